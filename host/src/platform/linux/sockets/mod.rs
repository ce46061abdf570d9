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

use self::message::{LONGEST, Row};
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
        self.known(self.peer(connection, &Users::here(None)))
    }

    /// Why the server that this connection leads to does not count. `None` if it counts: it is of this user, of root
    /// or of the user with the id `also`, or is not in this network namespace, or the kernel does not tell.
    pub fn server(&self, connection: &TcpStream, also: Option<u32>) -> Option<OtherUser> {
        let users = Users::here(also);
        let server = || match self.listening(connection.peer_addr()?)? {
            Some(row) => Ok(users.refuse(row)),
            None => self.peer(connection, &users),
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

    fn peer(&self, connection: &TcpStream, users: &Users) -> io::Result<Option<OtherUser>> {
        let (own, peer) = (connection.local_addr()?, connection.peer_addr()?);
        // The own end second: if it is established then, its peer was not closed when it was asked for.
        let (peer, own) = (self.find(peer, own)?, self.find(own, peer)?);
        Ok(rules::refuse_peer(peer, own, users))
    }

    /// The socket that receives new connections to this address.
    fn listening(&self, at: SocketAddr) -> io::Result<Option<Row>> {
        let nowhere: IpAddr = match at.ip().to_canonical() {
            IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        self.find(at, SocketAddr::new(nowhere, 0))
    }

    fn find(&self, local: SocketAddr, remote: SocketAddr) -> io::Result<Option<Row>> {
        let [local, remote] =
            [local, remote].map(|it| SocketAddr::new(it.ip().to_canonical(), it.port()));
        self.number.set(self.number.get().wrapping_add(1));
        let question = message::question(self.number.get(), local, remote);
        rustix::net::send(&self.netlink, &question, SendFlags::empty())?;
        let mut bytes = [0; LONGEST];
        // The kernel has answered when the question is sent.
        let (read, _) = rustix::net::recv(&self.netlink, &mut bytes, RecvFlags::DONTWAIT)?;
        message::answer(&bytes[..read], self.number.get(), local, remote)
            .map_err(|_| io::ErrorKind::InvalidData.into())
    }
}

/// Whether the system has the table, and lacks what it takes to open it now.
fn is_scarcity(error: Errno) -> bool {
    [Errno::MFILE, Errno::NFILE, Errno::NOMEM, Errno::NOBUFS, Errno::AGAIN].contains(&error)
}

#[cfg(test)]
mod tests;
