//! Plugins: discovery without loading, trust by the person, and execution in a worker process.

pub mod guest;
pub mod isolation;
pub mod library;
pub mod look_alike;
pub mod protocol;
mod provider;
pub mod registry;
mod stderr;
pub mod trust;
mod worker;
mod worker_error;

pub use provider::Plugin;
