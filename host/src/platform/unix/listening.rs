//! The backlog of listening sockets.

use std::io;
use std::net::TcpListener;

/// How many connections can wait in the kernel until they are accepted; systems lower it to their own limit.
const BACKLOG: i32 = 4096;

/// Sets the longest backlog that the system allows. Connections beyond it are not established.
///
/// # Errors
/// When the system refuses.
pub fn lengthen_queue(listener: &TcpListener) -> io::Result<()> {
    Ok(rustix::net::listen(listener, BACKLOG)?)
}
