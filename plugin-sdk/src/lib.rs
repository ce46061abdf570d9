//! What the author of a provider plugin depends on: core's words under one name.
//!
//! The door between a plugin and its host comes with the plugin ABI.
#![warn(missing_docs)]

pub use mesheryctl_core::{auth_file, failure, flows, manifest, provider, secret, session, token};
