//! Plugins: trust, sandbox, broker, and plugins with faults.

mod allowed_plugins;
mod broker;
mod builds;
mod claims;
mod faults;
mod hostile_files;
mod imitation;
mod kept_files;
mod kept_plugins;
mod kept_settings;
pub(crate) mod lifecycle;
mod mock;
mod new;
mod parity;
mod policy;
mod reports;
mod sandbox;
mod settings;
mod trust;
mod try_out;
mod validate;
mod whoami;
