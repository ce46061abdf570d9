//! The words of mesheryctl's sign-in, shared by the host, its built-in providers and every plugin.
//!
//! Nothing in here knows a clock, a disk, a network or a process: a [`Provider`](provider::Provider)
//! asks its [`Session`](session::Session), and whoever runs the provider acts.
#![warn(missing_docs)]

pub mod auth_file;
pub mod failure;
pub mod flows;
pub mod manifest;
pub mod provider;
pub mod secret;
pub mod session;
pub mod token;
pub mod wire;
