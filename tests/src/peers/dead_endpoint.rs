//! Endpoints without a server: one refuses connections, on the other connecting hangs.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::net::{
    AddressFamily, SocketFlags, SocketType, bind, connect, getsockname, listen, socket_with,
};

/// A reserved port on 127.0.0.1 on which no server listens: connections are refused.
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

/// A port whose backlog is full: connecting hangs, as to a machine that is switched off.
#[derive(Debug)]
pub struct BlackHole {
    _full: Vec<OwnedFd>,
    address: SocketAddr,
}

impl BlackHole {
    #[must_use]
    pub fn start() -> Self {
        let (listener, address) = bound();
        listen(&listener, 0).expect("a backlog of one");
        let mut full = vec![listener];
        // The first connection fills the backlog; the kernel drops the packets of the others.
        for _ in 0..4 {
            let client = tcp(SocketFlags::NONBLOCK);
            let tried = connect(&client, &address);
            assert!(matches!(tried, Ok(()) | Err(Errno::INPROGRESS)), "a connect: {tried:?}");
            full.push(client);
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
