//! HTTP on loopback: URLs, a client that chooses every byte, a server, a listener, a forwarder.

pub mod forwarder;
pub mod http_client;
pub mod http_server;
pub(crate) mod listener;
pub mod url;
