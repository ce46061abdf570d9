//! Servers that the program talks to, on loopback: right ones, faulty ones, and ports without one.

pub mod authority;
pub mod cloud;
pub mod cloud_behavior;
pub mod dead_endpoint;
pub mod identity_provider;
pub mod impostor;
pub mod impostor_fault;
pub mod key_server;
pub mod meshery_api;
mod meshery_redirects;
pub mod meshery_server;
pub mod proxy;
pub mod server_fault;
pub mod tls_front;
pub mod token;
