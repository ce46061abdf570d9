//! The messages of `sock_diag(7)`: the question for one TCP socket by its addresses, and the kernel's answer. The question
//! for all sockets with two ports is in [`dump`].
//!
//! The header and the numbers are in the byte order of the machine; ports and addresses are in that of the network.

pub mod dump;

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// The states of a TCP socket that the rules name; the numbers are the kernel's.
pub const ESTABLISHED: u8 = 1;
pub const SYN_RECV: u8 = 3;
pub const LISTEN: u8 = 10;

/// The longest answer, in bytes: an error repeats the question.
pub const LONGEST: usize = 256;

const HEADER: usize = 16;
const ADDRESSES: usize = 48;
/// The length of `inet_diag_msg`.
const ROW: usize = 4 + ADDRESSES + 20;

const ERROR: u16 = 2;
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const REQUEST: u16 = 1;
const NO_SUCH_ENTRY: i32 = -2;
const INET: u8 = 2;
const INET6: u8 = 10;
const TCP: u8 = 6;
/// The loopback interface has this index in every network namespace. A socket that is bound to it is found only
/// with its index, any other socket with every index.
const LOOPBACK: u32 = 1;

/// What the kernel says about a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    pub state: u8,
    pub uid: u32,
    /// 0 for a socket that no process has: closed, or not accepted yet. Its `uid` means nothing.
    pub inode: u32,
}

/// An answer that is not one to the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

/// Asks for the socket with these two addresses. If `remote` has port 0, no connection has them, and the kernel
/// answers with the socket that listens at `local`.
pub fn question(number: u32, local: SocketAddr, remote: SocketAddr) -> Vec<u8> {
    let family = if local.is_ipv4() { INET } else { INET6 };
    let addresses = [padded(local.ip()), padded(remote.ip())];
    request(number, REQUEST, family, [local.port(), remote.port()], addresses, LOOPBACK)
}

/// A message to the kernel. In `ports` and `addresses`, those of the socket itself are first.
fn request(
    number: u32,
    flags: u16,
    family: u8,
    ports: [u16; 2],
    addresses: [[u8; 16]; 2],
    interface: u32,
) -> Vec<u8> {
    let mut message = Vec::with_capacity(HEADER + 8 + ADDRESSES);
    message.extend(((HEADER + 8 + ADDRESSES) as u32).to_ne_bytes());
    message.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    message.extend(flags.to_ne_bytes());
    message.extend(number.to_ne_bytes());
    // From: the kernel fills it in.
    message.extend([0; 4]);
    message.extend([family, TCP, 0, 0]);
    // Every state.
    message.extend([0xff; 4]);
    message.extend(ports.into_iter().flat_map(u16::to_be_bytes));
    message.extend(addresses.as_flattened());
    message.extend(interface.to_ne_bytes());
    // No cookie.
    message.extend([0xff; 8]);
    message
}

/// The address in the first of 16 bytes.
fn padded(ip: IpAddr) -> [u8; 16] {
    let mut bytes = [0; 16];
    match ip {
        IpAddr::V4(ip) => bytes[..4].copy_from_slice(&ip.octets()),
        IpAddr::V6(ip) => bytes = ip.octets(),
    }
    bytes
}

/// Reads the answer to [`question`] with the same arguments. `None` if there is no such socket.
///
/// # Errors
/// If it is not an answer to that question, or is an error other than "no such socket".
pub fn answer(
    bytes: &[u8],
    number: u32,
    local: SocketAddr,
    remote: SocketAddr,
) -> Result<Option<Row>, Unreadable> {
    let length = u32::from_ne_bytes(part(bytes, 0)?) as usize;
    let message = bytes.get(..length).ok_or(Unreadable)?;
    let body = body_of(message, number)?;
    match u16::from_ne_bytes(part(message, 4)?) {
        ERROR if i32::from_ne_bytes(part(body, 0)?) == NO_SUCH_ENTRY => Ok(None),
        SOCK_DIAG_BY_FAMILY => {
            let row = read_row(body)?;
            Ok(is_about(body, row.state, local, remote)?.then_some(row))
        }
        _ => Err(Unreadable),
    }
}

fn read_row(body: &[u8]) -> Result<Row, Unreadable> {
    let body = body.get(..ROW).ok_or(Unreadable)?;
    Ok(Row {
        state: body[1],
        uid: u32::from_ne_bytes(part(body, 64)?),
        inode: u32::from_ne_bytes(part(body, 68)?),
    })
}

/// What follows the header of a message that answers the question with this number.
fn body_of(message: &[u8], number: u32) -> Result<&[u8], Unreadable> {
    let is_answer = u32::from_ne_bytes(part(message, 8)?) == number;
    message.get(HEADER..).filter(|_| is_answer).ok_or(Unreadable)
}

/// Whether the row has the addresses of the question. For a connection that does not exist, the kernel answers with
/// a socket that listens at `local`, which may be any socket of that port.
fn is_about(
    body: &[u8],
    state: u8,
    local: SocketAddr,
    remote: SocketAddr,
) -> Result<bool, Unreadable> {
    let port = |at| part(body, at).map(u16::from_be_bytes);
    if port(4)? != local.port() {
        return Ok(false);
    }
    if remote.port() == 0 {
        return Ok(state == LISTEN);
    }
    let family = body[0];
    let ip = |at| part::<16>(body, at).and_then(|it| read_ip(family, it));
    Ok(port(6)? == remote.port()
        && ip(8)? == local.ip().to_canonical()
        && ip(24)? == remote.ip().to_canonical())
}

/// An IPv4 address in an IPv6 socket is read as the IPv4 address.
fn read_ip(family: u8, bytes: [u8; 16]) -> Result<IpAddr, Unreadable> {
    match family {
        INET => Ok(IpAddr::from([bytes[0], bytes[1], bytes[2], bytes[3]])),
        INET6 => Ok(Ipv6Addr::from(bytes).to_canonical()),
        _ => Err(Unreadable),
    }
}

fn part<const LENGTH: usize>(bytes: &[u8], at: usize) -> Result<[u8; LENGTH], Unreadable> {
    bytes.get(at..at + LENGTH).and_then(|it| it.try_into().ok()).ok_or(Unreadable)
}

#[cfg(test)]
mod tests;
