//! Sign-in by OAuth 2 and OpenID Connect, for a client without a secret: the authorization code flow with
//! PKCE in a browser, or the device flow.
//!
//! [`OpenIdProvider`] is a whole provider. One with something of its own reads the metadata of the identity provider, and
//! then calls one of the flows for [`Tokens`]:
//!
//! ```
//! use mesheryctl_plugin_sdk::failure::Failure;
//! use mesheryctl_plugin_sdk::flows::oauth::{Client, Metadata, Tokens, authorization_code, device_code};
//! use mesheryctl_plugin_sdk::session::Session;
//!
//! fn sign_in(browser: bool, session: &mut dyn Session) -> Result<Tokens, Failure> {
//!     let metadata = Metadata::discover("https://id.example.org", session)?;
//!     let client = Client::new(metadata, "meshery", "openid email");
//!     match browser {
//!         true => authorization_code::sign_in(&client, session),
//!         false => device_code::sign_in(&client, session),
//!     }
//! }
//! ```
//!
//! Implemented, as far as they apply to such a client: RFC 6749, 7009, 7636, 8252, 8628, 9207, 9700, OpenID
//! Connect Core 1.0 and Discovery 1.0. Which URLs are allowed (https, or http on a loopback address) is the
//! host's policy, not checked here.

pub mod authorization_code;
mod client;
pub mod device_code;
mod discovery;
mod id_token;
mod pkce;
mod poll_interval;
mod provider;
pub mod refresh;
mod rejection;
mod response;
pub mod revocation;
mod tokens;
pub mod userinfo;

#[cfg(test)]
mod script;

pub use client::Client;
pub use discovery::Metadata;
pub use id_token::IdToken;
pub use provider::OpenIdProvider;
pub use tokens::{StoredTokens, Tokens};
