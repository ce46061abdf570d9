//! Types and sign-in flows shared by the host, its built-in providers and every provider plugin.
//!
//! The crate does no I/O: it reads no clock, file, socket or environment variable. A
//! [`Provider`](provider::Provider) asks its [`Session`](session::Session), and the host that implements
//! the session does the I/O.
//!
//! | module | contents |
//! |---|---|
//! | [`provider`] | the trait [`Provider`](provider::Provider), its requests and results |
//! | [`session`] | the trait [`Session`](session::Session): everything that a provider may ask of the host |
//! | [`failure`] | [`Failure`](failure::Failure): why a session call or an action failed |
//! | [`flows`] | sign-in flows to call from a provider: Meshery remote providers, OAuth 2, OpenID Connect |
//! | [`token`], [`secret`] | text that no print statement shows |
//! | [`manifest`] | `provider.json` |
//! | `testing` | the test kit: scripted sessions, recordings, and every step gone wrong; only with the feature `testing` |
//! | [`auth_file`] | `auth.json`; for the host |
//! | [`messages`] | session calls as JSON, for a provider in another process; for the host and the SDK |
//!
//! The author of a plugin depends on `mesheryctl-plugin-sdk`, which exports all but the last two. The examples import from it.
//!
//! A provider is tested without a host, on a session that the test implements:
//!
//! ```
//! use mesheryctl_core::failure::Failure;
//! use mesheryctl_core::provider::{Action, Provider, Request, Settings, SignIn};
//! use mesheryctl_core::secret::Secret;
//! use mesheryctl_core::session::Session;
//! use mesheryctl_core::token::Token;
//!
//! struct Pasted;
//!
//! impl Provider for Pasted {
//!     fn login(&self, _: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
//!         let text = session.ask_secret("Paste your token")?;
//!         Ok(SignIn::with_token(Token::parse(text.expose())?))
//!     }
//! }
//!
//! struct TestSession;
//!
//! impl Session for TestSession {
//!     fn ask_secret(&mut self, _prompt: &str) -> Result<Secret, Failure> {
//!         Ok(Secret::new("abc"))
//!     }
//! }
//!
//! let request = Request::new(Action::Login, Settings::default());
//! let sign_in = Pasted.login(&request, &mut TestSession)?;
//! assert_eq!(sign_in.token.expose(), "abc");
//! # Ok::<(), Failure>(())
//! ```
#![warn(missing_docs)]

pub mod auth_file;
pub mod failure;
pub mod flows;
pub mod manifest;
pub mod messages;

pub mod provider;
pub mod secret;
pub mod session;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod token;
