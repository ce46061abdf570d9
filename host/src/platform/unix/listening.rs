//! Listening sockets.

use std::io;
use std::net::TcpListener;

/// How many connections may wait in the kernel until they are accepted; systems allow no more than this.
const QUEUE: i32 = 4096;

/// Lets as many connections wait as the system allows. Further ones do not come through at all.
///
/// # Errors
/// When the system refuses.
pub fn lengthen_queue(listener: &TcpListener) -> io::Result<()> {
    Ok(rustix::net::listen(listener, QUEUE)?)
}
