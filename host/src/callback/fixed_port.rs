//! The port of the callback that the person chose, so that it can be forwarded from another computer.

use std::env;
use std::io;
use std::net::{IpAddr, TcpListener};

use super::listener::listen_on;
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::text::Line;

const VARIABLE: &str = "MESHERYCTL_CALLBACK_PORT";
/// Ports below need privileges on some systems.
const LOWEST: u16 = 1024;

/// The port in use: of `--callback-port`, else of the environment.
///
/// # Errors
/// If the environment's value is not a port from 1024 to 65535.
pub fn chosen(option: Option<u16>) -> Result<Option<u16>> {
    match option {
        Some(port) => Ok(Some(port)),
        None => of_variable(env::var_os(VARIABLE).map(|it| it.to_string_lossy().into_owned())),
    }
}

fn of_variable(value: Option<String>) -> Result<Option<u16>> {
    let Some(value) = value.filter(|it| !it.is_empty()) else { return Ok(None) };
    match value.parse() {
        Ok(port) if port >= LOWEST => Ok(Some(port)),
        _ => {
            let value = Line::new(value);
            let message = format!("{VARIABLE} must be a port from {LOWEST} to 65535, not {value}.");
            Err(Error::new(Code::CallbackPortUnusable, message).nothing_changed().next(
                Suggestion::new(
                    "Let the system choose one",
                    Command::from("unset").literal(VARIABLE),
                ),
            ))
        }
    }
}

/// The listeners on a chosen port.
pub struct FixedPort {
    pub port: u16,
    pub(super) listeners: Vec<TcpListener>,
}

impl FixedPort {
    /// Listens on the port of 127.0.0.1 and of ::1; on a system without IPv6, of 127.0.0.1 alone. Browsers that connect
    /// before the callback is opened wait.
    ///
    /// # Errors
    /// If another program listens there, or the system refuses.
    pub fn listen(port: u16) -> Result<Self> {
        let listeners =
            listen_on(port).map_err(|(address, error)| unusable(port, address, &error))?;
        Ok(Self { port, listeners })
    }
}

fn unusable(port: u16, address: IpAddr, error: &io::Error) -> Error {
    if error.kind() != io::ErrorKind::AddrInUse {
        let message = format!(
            "Cannot listen on port {port} of {address} for the browser: {error}. Choose another port with --callback-port."
        );
        return Error::new(Code::CallbackPortUnusable, message).nothing_changed();
    }
    let message = format!(
        "Port {port} of {address} is in use, so the browser's answer could not be received there. Stop the program that \
         uses it, or choose another port with --callback-port and for the port forwarding."
    );
    let find = Command::from("lsof -nP -sTCP:LISTEN").value(format!("-iTCP:{port}"));
    Error::new(Code::CallbackPortUnusable, message)
        .nothing_changed()
        .next(Suggestion::new("Find that program", find))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_is_a_port_from_1024_to_65535() {
        for (value, port) in [
            (None, None),
            (Some(""), None),
            (Some("1024"), Some(1024)),
            (Some("65535"), Some(65535)),
        ] {
            assert_eq!(of_variable(value.map(str::to_owned)), Ok(port), "{value:?}");
        }
        for value in ["0", "1023", "65536", "-1", "8765 ", "http", "\u{1b}[2J"] {
            let error = of_variable(Some(value.to_owned())).unwrap_err();
            assert_eq!(error.code, Code::CallbackPortUnusable, "{value:?}");
            assert!(!error.to_string().contains('\u{1b}'), "{error}");
        }
    }
}
