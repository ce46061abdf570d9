//! Sign-in flows, as straight-line code over a [`Session`](crate::session::Session), for built-in providers
//! and plugins alike.

pub mod no_account;
#[cfg(feature = "oauth")]
pub mod oauth;
pub mod remote_provider;
