//! The port of a server on loopback: any user of this computer can listen there while the server is down, so it is
//! found out whose it is before anything is sent.

use std::io::ErrorKind;
use std::net::TcpStream;
use std::time::Duration;

use reqwest::Url;

use super::url;
use crate::net::HttpError;
use crate::platform::sockets::SocketTable;

/// For each address. Loopback answers at once, unless the queue of the server is full.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(300);

/// Connects to the first address of a URL on loopback that accepts a connection.
///
/// # Errors
/// Why the last address did not.
pub fn connect(url: &Url) -> Result<TcpStream, HttpError> {
    let mut failed = HttpError::UnknownHost;
    for address in url::addresses(url).unwrap_or_default() {
        match TcpStream::connect_timeout(&address, CONNECT_TIMEOUT) {
            Ok(connection) => return Ok(connection),
            Err(error) => {
                failed = match error.kind() {
                    ErrorKind::ConnectionRefused => HttpError::Refused,
                    ErrorKind::TimedOut => HttpError::TimedOut(CONNECT_TIMEOUT),
                    _ => HttpError::Other(error.to_string()),
                }
            }
        }
    }
    Err(failed)
}

/// Checks whose port a connection to loopback leads to, where the system tells. `also` is the id of a user whose
/// server may be used besides those of this user and root.
///
/// # Errors
/// [`HttpError::OtherUser`], or why that cannot be found out now.
pub fn check(connection: &TcpStream, also: Option<u32>) -> Result<(), HttpError> {
    let table = SocketTable::open().map_err(|error| HttpError::Other(error.to_string()))?;
    let other_user = table.and_then(|it| it.server(connection, also));
    other_user.map_or(Ok(()), |it| Err(HttpError::OtherUser(it)))
}
