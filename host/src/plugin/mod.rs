//! Plugins: found without being run, trusted by a person, and run each in a worker of its own.

pub mod guest;
pub mod isolation;
pub mod library;
pub mod protocol;
mod provider;
pub mod registry;
pub mod trust;
mod worker;

pub use provider::Plugin;
