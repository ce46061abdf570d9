//! Sign-in by OAuth 2 and OpenID Connect, for a client without a secret: a code with PKCE by way of a
//! browser, or a code to enter on another device.
//!
//! A provider finds out about the identity provider, and then asks one of the flows for [`Tokens`]:
//!
//! ```
//! use mesheryctl_core::failure::Failure;
//! use mesheryctl_core::flows::oauth::{Client, Metadata, Tokens, authorization_code, device_code};
//! use mesheryctl_core::session::Session;
//!
//! fn sign_in(browser: bool, session: &mut dyn Session) -> Result<Tokens, Failure> {
//!     let metadata = Metadata::discover("https://id.example.org", session)?;
//!     let client = Client { metadata, id: "meshery".into(), scope: "openid email".into() };
//!     match browser {
//!         true => authorization_code::sign_in(&client, session),
//!         false => device_code::sign_in(&client, session),
//!     }
//! }
//! ```
//!
//! Held here: RFC 6749, 7009, 7636, 8252, 8628, 9207, 9700 and OpenID Connect, as far as they speak of
//! such a client. Where the identity provider may be found, https or http on loopback, is for the host to
//! hold: every URL passes its broker.

pub mod authorization_code;
pub mod client;
pub mod device_code;
pub mod discovery;
pub mod id_token;
mod message;
pub mod refresh;
pub mod revocation;
pub mod tokens;
pub mod userinfo;

pub use client::Client;
pub use discovery::Metadata;
pub use tokens::Tokens;
