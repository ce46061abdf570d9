//! Unanswered: endpoints without a server: one that refuses every connection, one on which connecting hangs.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::net::{
    AddressFamily, SocketFlags, SocketType, bind, connect, getsockname, listen, socket_with,
};

/// A port on 127.0.0.1 that stays reserved and on which nobody listens.
#[derive(Debug)]
pub struct ClosedPort {
    _reserved: OwnedFd,
    address: SocketAddr,
}

impl ClosedPort {
    #[must_use]
    pub fn start() -> Self {
        let (reserved, address) = bound();
        Self { _reserved: reserved, address }
    }

    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// A port whose queue is full: connecting hangs, as to a machine that is switched off.
#[derive(Debug)]
pub struct BlackHole {
    _full: Vec<OwnedFd>,
    address: SocketAddr,
}

impl BlackHole {
    #[must_use]
    pub fn start() -> Self {
        let (listener, address) = bound();
        listen(&listener, 0).expect("a queue of one");
        let mut full = vec![listener];
        // The first fills the queue, the others wait for ever: the kernel drops what they send.
        for _ in 0..4 {
            let visitor = tcp(SocketFlags::NONBLOCK);
            let tried = connect(&visitor, &address);
            assert!(matches!(tried, Ok(()) | Err(Errno::INPROGRESS)), "a connect: {tried:?}");
            full.push(visitor);
        }
        Self { _full: full, address }
    }

    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn bound() -> (OwnedFd, SocketAddr) {
    let socket = tcp(SocketFlags::empty());
    bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
    let address = getsockname(&socket).expect("the port");
    (socket, SocketAddr::try_from(address).expect("an internet address"))
}

fn tcp(flags: SocketFlags) -> OwnedFd {
    let flags = flags | SocketFlags::CLOEXEC;
    socket_with(AddressFamily::INET, SocketType::STREAM, flags, None).expect("a socket")
}
