//! Sign-in flows written once, as straight-line code over a Session, for built-ins and plugins alike.

pub mod no_account;
#[cfg(feature = "oauth")]
pub mod oauth;
pub mod remote_provider;
