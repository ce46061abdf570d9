//! The question for all TCP sockets with two ports, on every interface, and the kernel's answer: messages with one row
//! each, in one or more datagrams, and a message that ends them.
//!
//! It finds a socket that its owner has bound to another interface than that on which its connection came. The question
//! for one socket does not.

use std::net::SocketAddr;

use super::{
    INET, INET6, REQUEST, Row, SOCK_DIAG_BY_FAMILY, Unreadable, body_of, is_about, part, read_row,
    request,
};

/// The longest datagram that the kernel sends, in bytes.
pub const LONGEST: usize = 32 * 1024;

/// Every matching socket: the flags ROOT and MATCH.
const ALL: u16 = 0x300;
const DONE: u16 = 3;
/// An answer with more rows is not believed. The kernel looks at 16 matching sockets at a time, and can pass over one if
/// others before it are closed meanwhile. A connection on loopback has one.
const MOST_ROWS: usize = 15;

/// The families of the sockets that can have these addresses.
pub fn families(local: SocketAddr) -> &'static [u8] {
    // An IPv6 socket has IPv4 connections too.
    if local.is_ipv4() { &[INET, INET6] } else { &[INET6] }
}

/// Asks for all sockets of a family with the ports of these addresses.
pub fn question(number: u32, family: u8, local: SocketAddr, remote: SocketAddr) -> Vec<u8> {
    let ports = [local.port(), remote.port()];
    request(number, REQUEST | ALL, family, ports, [[0; 16]; 2], 0)
}

/// The answers about each family, as far as they were read.
#[derive(Debug, Default)]
pub struct Answer {
    rows: usize,
    found: Option<Row>,
}

impl Answer {
    /// Reads one datagram of the answer to [`question`]. Returns whether it was the last one about that family.
    ///
    /// # Errors
    /// If it is not part of an answer to that question, is an error, has too many rows, or has two with these addresses.
    pub fn read(
        &mut self,
        mut bytes: &[u8],
        number: u32,
        local: SocketAddr,
        remote: SocketAddr,
    ) -> Result<bool, Unreadable> {
        if bytes.is_empty() {
            return Err(Unreadable);
        }
        while !bytes.is_empty() {
            let length = u32::from_ne_bytes(part(bytes, 0)?) as usize;
            let message = bytes.get(..length).ok_or(Unreadable)?;
            let body = body_of(message, number)?;
            match u16::from_ne_bytes(part(message, 4)?) {
                // With the error that ended it, if there was one.
                DONE if part(body, 0)? == [0; 4] => return Ok(true),
                SOCK_DIAG_BY_FAMILY => self.add(body, local, remote)?,
                _ => return Err(Unreadable),
            }
            // Messages begin at multiples of 4.
            bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
        }
        Ok(false)
    }

    fn add(
        &mut self,
        body: &[u8],
        local: SocketAddr,
        remote: SocketAddr,
    ) -> Result<(), Unreadable> {
        let row = read_row(body)?;
        self.rows += 1;
        let is_second =
            is_about(body, row.state, local, remote)? && self.found.replace(row).is_some();
        if is_second || self.rows > MOST_ROWS { Err(Unreadable) } else { Ok(()) }
    }

    /// The socket with the addresses.
    pub fn found(self) -> Option<Row> {
        self.found
    }
}

#[cfg(test)]
mod tests;
