//! HTTP on loopback: URLs, a client that chooses every byte, a server, a listener.

pub mod http;
pub(crate) mod listening;
pub mod serve;
pub mod url;
