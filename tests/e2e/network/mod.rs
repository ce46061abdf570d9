//! The network: errors, proxies, and the Meshery Server.

mod connection_errors;
mod meshery_server;
mod proxies;
mod recipient;
mod server_errors;
mod unhelpful_ca_file;
