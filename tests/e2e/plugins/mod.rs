//! Plugins: trust, sandbox, broker, and plugins with faults.

mod broker;
mod claims;
mod faults;
mod hostile_files;
mod imitation;
pub(crate) mod lifecycle;
mod parity;
mod reports;
mod sandbox;
mod settings;
mod trust;
mod whoami;
