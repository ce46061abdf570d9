//! The port of a server on loopback: any user of this computer can listen there while the server is down, so it is
//! found out whose it is before anything is sent.

use std::env;
use std::io::ErrorKind;
use std::net::TcpStream;
use std::time::Duration;

use reqwest::Url;

use super::url;
use crate::error::{self, Code, Command, Error, Suggestion};
use crate::net::HttpError;
use crate::platform::sockets::SocketTable;
use crate::platform::users;
use crate::text::Label;

/// For each address. Loopback answers at once, unless the queue of the server is full.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(300);

/// The variable of `--server-user`.
const SERVER_USER: &str = "MESHERYCTL_SERVER_USER";

/// The id of the user that `--server-user` names, else the variable.
///
/// # Errors
/// `server_user_unknown`.
pub fn allowed_user(named: Option<&str>) -> error::Result<Option<u32>> {
    let variable = || env::var(SERVER_USER).ok().filter(|it| !it.is_empty());
    let user = named.map(str::to_owned).or_else(variable);
    user.map(|it| users::id_of(&it).ok_or_else(|| unknown_user(&it))).transpose()
}

fn unknown_user(user: &str) -> Error {
    let user = Label::new(user);
    let message = format!(
        "`--server-user` or {SERVER_USER} names the user {user}, who is not in /etc/passwd."
    );
    Error::new(Code::ServerUserUnknown, message).nothing_changed().next(Suggestion::new(
        "Find the id, and pass it instead",
        Command::from("id -u").value(user.raw()),
    ))
}

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
                    _ => HttpError::other(error),
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
    let table = SocketTable::open().map_err(HttpError::other)?;
    let other_user = table.and_then(|it| it.server(connection, also));
    other_user.map_or(Ok(()), |it| Err(HttpError::OtherUser(it)))
}
