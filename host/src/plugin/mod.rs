//! Plugins: discovery without loading, trust by the person, and execution in a worker process.

pub mod guest;
pub mod isolation;
pub mod library;
mod look_alike;
pub mod protocol;
pub mod provider;
pub mod registry;
pub mod rules;
mod stderr;
pub mod trial;
pub mod trust;
pub mod worker;
pub mod worker_error;

pub use provider::Plugin;
