//! The backlog of listening sockets, and why one cannot be bound.

use std::io;
use std::net::TcpListener;

use rustix::io::Errno;

/// How many connections can wait in the kernel until they are accepted; systems lower it to their own limit.
const BACKLOG: i32 = 4096;

/// Sets the longest backlog that the system allows. Connections beyond it are not established.
///
/// # Errors
/// When the system refuses.
pub fn lengthen_queue(listener: &TcpListener) -> io::Result<()> {
    Ok(rustix::net::listen(listener, BACKLOG)?)
}

/// Whether an address could not be bound because this system does not have it or its address family. Any other error,
/// such as a port in use, leaves the address to other programs.
pub fn is_without_address(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::AFNOSUPPORT | Errno::ADDRNOTAVAIL))
}
