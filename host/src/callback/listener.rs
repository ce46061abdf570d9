//! The listeners of the callback: one port in both address families of loopback.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};

use crate::platform::listening::{is_without_address, lengthen_queue};

/// Listens on one port in both address families. A browser may connect to 127.0.0.1 or ::1. If one were left free,
/// another program could take it and receive the answer.
pub fn listen() -> io::Result<(u16, Vec<TcpListener>)> {
    // They stay bound until a port fits, so that the system does not offer the same port again.
    let mut rejected = Vec::new();
    for _ in 0..32 {
        let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        lengthen_queue(&v4)?;
        let port = v4.local_addr()?.port();
        match TcpListener::bind((Ipv6Addr::LOCALHOST, port)) {
            Ok(v6) => {
                lengthen_queue(&v6)?;
                return Ok((port, vec![v4, v6]));
            }
            // No other program can listen there either.
            Err(error) if is_without_address(&error) => return Ok((port, vec![v4])),
            Err(error) => rejected.push((v4, error)),
        }
    }
    let why = rejected.pop().map(|(_, error)| format!(" ({error})")).unwrap_or_default();
    Err(io::Error::other(format!("no port is free on both 127.0.0.1 and ::1{why}")))
}

/// Listens on this port in both address families, or returns the address that cannot be bound.
pub fn listen_on(port: u16) -> Result<Vec<TcpListener>, (IpAddr, io::Error)> {
    let bind = |address: IpAddr| {
        let listener = TcpListener::bind((address, port));
        listener.and_then(|it| lengthen_queue(&it).map(|()| it)).map_err(|error| (address, error))
    };
    let v4 = bind(Ipv4Addr::LOCALHOST.into())?;
    match bind(Ipv6Addr::LOCALHOST.into()) {
        Ok(v6) => Ok(vec![v4, v6]),
        // No other program can listen there either.
        Err((_, error)) if is_without_address(&error) => Ok(vec![v4]),
        Err(error) => Err(error),
    }
}

/// Whether the error concerns one connection, such as one closed before it was accepted, and not the listener.
pub fn is_connection_error(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted)
}
