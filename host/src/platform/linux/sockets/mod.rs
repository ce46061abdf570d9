//! The users of TCP sockets, from the kernel's `sock_diag(7)`. It finds a socket by its addresses, however many there
//! are, while `/proc/net/tcp` would have to be read whole and can miss a row that others move meanwhile.

mod message;
mod rules;

use std::cell::Cell;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::net::netlink::{self, SocketAddrNetlink};
use rustix::net::{AddressFamily, Protocol, RecvFlags, SendFlags, SocketFlags, SocketType};

use self::message::{LONGEST, Row, dump};
use self::rules::Users;
use crate::platform::OtherUser;

/// The kernel's table of the TCP sockets in this network namespace.
#[derive(Debug)]
pub struct SocketTable {
    netlink: OwnedFd,
    /// The number of the last question.
    number: Cell<u32>,
}

impl SocketTable {
    /// Opens the table. `None` if this kernel has none, or it is forbidden.
    ///
    /// # Errors
    /// For want of a descriptor or memory: another user can cause that, and must not be believed for it.
    pub fn open() -> io::Result<Option<Self>> {
        match Self::of(netlink::SOCK_DIAG) {
            Ok(table) => Ok(Some(table)),
            Err(error) if is_scarcity(error) => Err(error.into()),
            Err(_) => Ok(None),
        }
    }

    fn of(protocol: Protocol) -> Result<Self, Errno> {
        let (family, flags) = (AddressFamily::NETLINK, SocketFlags::CLOEXEC);
        let netlink = rustix::net::socket_with(family, SocketType::RAW, flags, Some(protocol))?;
        // Connected to the kernel, so that no process can answer.
        rustix::net::connect(&netlink, &SocketAddrNetlink::new(0, 0))?;
        Ok(Self { netlink, number: Cell::new(0) })
    }

    /// Why the client of this connection, which this process accepted, does not count. `None` if it counts: it is of
    /// this user or root, or is not in this network namespace, or the kernel does not tell.
    pub fn client(&self, connection: &TcpStream) -> Option<OtherUser> {
        let client = || {
            let (own, peer) = (connection.local_addr()?, connection.peer_addr()?);
            // The own end second: if it is established then, its peer was not closed when it was asked for.
            let (peer, own) = (self.find_anywhere(peer, own)?, self.find(own, peer)?);
            Ok(rules::refuse_client(peer, own, &Users::here(None)))
        };
        self.known(client())
    }

    /// Why the server that this connection leads to does not count. `None` if it counts: it is of this user, of root
    /// or of the user with the id `also`, or is not in this network namespace, or the kernel does not tell.
    pub fn server(&self, connection: &TcpStream, also: Option<u32>) -> Option<OtherUser> {
        let server = || {
            let (own, peer) = (connection.local_addr()?, connection.peer_addr()?);
            // In this order: while a connection waits to be accepted, the socket that listens is the one that it came to.
            let listener = self.listening(peer)?;
            let (peer, own) = (self.find_anywhere(peer, own)?, self.find(own, peer)?);
            Ok(rules::refuse_server(listener, peer, own, &Users::here(also)))
        };
        self.known(server())
    }

    /// What was found out. A kernel without `sock_diag` for TCP finds no socket, as if all were closed.
    fn known(&self, found: io::Result<Option<OtherUser>>) -> Option<OtherUser> {
        match found.unwrap_or(Some(OtherUser::Closed)) {
            Some(OtherUser::Closed) if !self.is_answering() => None,
            found => found,
        }
    }

    /// Whether the kernel answers questions about sockets: whether it finds one that exists. True if that cannot be found
    /// out for want of a port, a descriptor or memory, because another user can cause that.
    fn is_answering(&self) -> bool {
        use io::ErrorKind::{ConnectionRefused, InvalidData, PermissionDenied, Unsupported};
        let Ok(known) = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)) else { return true };
        match known.local_addr().and_then(|at| self.listening(at)) {
            Ok(found) => found.is_some(),
            Err(error) => !matches!(
                error.kind(),
                ConnectionRefused | InvalidData | PermissionDenied | Unsupported
            ),
        }
    }

    /// The socket that receives new connections to this address.
    fn listening(&self, at: SocketAddr) -> io::Result<Option<Row>> {
        let nowhere: IpAddr = match at.ip().to_canonical() {
            IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        self.find(at, SocketAddr::new(nowhere, 0))
    }

    /// The end of a connection, even if its owner has bound it to an interface to hide it.
    fn find_anywhere(&self, local: SocketAddr, remote: SocketAddr) -> io::Result<Option<Row>> {
        match self.find(local, remote)? {
            // On a socket of its own, because an answer that is not read to its end would be in the way of the next one.
            None => Self::of(netlink::SOCK_DIAG)?.find_by_ports(local, remote),
            found => Ok(found),
        }
    }

    fn find(&self, local: SocketAddr, remote: SocketAddr) -> io::Result<Option<Row>> {
        let [local, remote] = [local, remote].map(canonical);
        let number = self.next_number();
        self.ask(&message::question(number, local, remote))?;
        let mut bytes = [0; LONGEST];
        let read = self.receive(&mut bytes)?;
        message::answer(&bytes[..read], number, local, remote).map_err(unreadable)
    }

    /// As [`Self::find`], among all sockets with these ports: it takes some milliseconds where the table is large.
    fn find_by_ports(&self, local: SocketAddr, remote: SocketAddr) -> io::Result<Option<Row>> {
        let [local, remote] = [local, remote].map(canonical);
        let mut answer = dump::Answer::default();
        let mut bytes = vec![0; dump::LONGEST];
        for family in dump::families(local) {
            let number = self.next_number();
            self.ask(&dump::question(number, *family, local, remote))?;
            loop {
                let read = self.receive(&mut bytes)?;
                if answer.read(&bytes[..read], number, local, remote).map_err(unreadable)? {
                    break;
                }
            }
        }
        Ok(answer.found())
    }

    fn next_number(&self) -> u32 {
        self.number.set(self.number.get().wrapping_add(1));
        self.number.get()
    }

    fn ask(&self, question: &[u8]) -> io::Result<()> {
        rustix::net::send(&self.netlink, question, SendFlags::empty())?;
        Ok(())
    }

    /// One datagram. The kernel has answered when the question is sent, and goes on when a part of its answer is read.
    fn receive(&self, bytes: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::net::recv(&self.netlink, bytes, RecvFlags::DONTWAIT)?.0)
    }
}

/// An IPv4 address in an IPv6 one as the IPv4 address.
fn canonical(at: SocketAddr) -> SocketAddr {
    SocketAddr::new(at.ip().to_canonical(), at.port())
}

fn unreadable(_: message::Unreadable) -> io::Error {
    io::ErrorKind::InvalidData.into()
}

/// Whether the system has the table, and lacks what it takes to open it now.
fn is_scarcity(error: Errno) -> bool {
    [Errno::MFILE, Errno::NFILE, Errno::NOMEM, Errno::NOBUFS, Errno::AGAIN].contains(&error)
}

#[cfg(test)]
mod tests;
