//! A Provider: a way to prove who you are. It does no I/O itself; it asks its Session.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::secret::Secret;
use crate::session::Session;
use crate::token::Token;

/// What a provider can be told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Prove who the person is and yield a token.
    Login,
    /// Undo at the provider what login did.
    Logout,
    /// Yield a new token from what an earlier sign-in kept.
    Refresh,
    /// Say whose token it is.
    Whoami,
    /// An action of a later generation.
    #[serde(other)]
    Unknown,
}

/// One call of a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// What to do.
    pub action: Action,
    /// The values of the settings that the manifest declares.
    #[serde(default)]
    pub settings: Settings,
    /// What an earlier sign-in of this provider asked the host to keep, byte for byte.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<Secret>,
    /// Whether a browser that is sent away can come back to this computer. Where it cannot, a
    /// [`Session::visit`] still works for a person who pastes the address that it ends on, but a code to
    /// enter on another device is the easier way. A host that does not say has one.
    #[serde(default = "yes")]
    pub browser: bool,
}

impl Request {
    /// A request of which only the action and the settings are known.
    pub fn new(action: Action, settings: Settings) -> Self {
        Self { action, settings, kept: None, browser: true }
    }
}

fn yes() -> bool {
    true
}

/// The values of a provider's settings, by key. Its `Debug` shows the keys only: a value may be secret.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Settings(BTreeMap<String, String>);

impl Settings {
    /// The value of this key, if it has one.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// The value of this key.
    ///
    /// # Errors
    /// `internal` when it has none: the host fills in defaults and insists on required settings.
    pub fn require(&self, key: &str) -> Result<&str, Failure> {
        self.get(key).ok_or_else(|| Failure::internal(format!("The setting {key} has no value.")))
    }

    /// Gives this key a value.
    pub fn set(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.0.insert(key.into(), value.into());
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// What a successful login yields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    /// The token that Meshery is shown.
    pub token: Token,
    /// Anything the provider wants back at its next action, such as a refresh token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<Secret>,
    /// When the token stops working, in seconds since the Unix epoch, if the provider knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<u64>,
    /// Whose token it is, such as an e-mail address, if the provider knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

impl SignIn {
    /// A sign-in of which only the token is known.
    pub fn with_token(token: Token) -> Self {
        Self { token, kept: None, expires_at: None, account: None }
    }

    /// A sign-in of which is known what the token says of itself.
    pub fn of(token: Token) -> Self {
        let claims = token.claims();
        Self { token, kept: None, expires_at: claims.expires_at, account: claims.account }
    }
}

/// A way to prove who you are.
///
/// Written the same by a built-in and by a plugin. A provider is straight-line code: it asks the
/// session, and passes an ask's failure on with `?`.
pub trait Provider: Send + Sync {
    /// Proves who the person is.
    ///
    /// # Errors
    /// Any failure of an ask, or `denied`, `invalid_answer`, `internal`.
    fn login(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure>;

    /// Undoes at the provider what login did. By default there is nothing to undo.
    ///
    /// # Errors
    /// As [`Provider::login`]. The host signs out locally whatever the answer.
    fn logout(&self, _request: &Request, _session: &mut dyn Session) -> Result<(), Failure> {
        Ok(())
    }

    /// Yields a new token from [`Request::kept`].
    ///
    /// # Errors
    /// `unsupported` by default; otherwise as [`Provider::login`].
    fn refresh(&self, _request: &Request, _session: &mut dyn Session) -> Result<SignIn, Failure> {
        Err(Failure::unsupported("refresh"))
    }

    /// Says whose token it is, such as an e-mail address.
    ///
    /// # Errors
    /// `unsupported` by default; otherwise as [`Provider::login`].
    fn whoami(&self, _request: &Request, _session: &mut dyn Session) -> Result<String, Failure> {
        Err(Failure::unsupported("whoami"))
    }
}

/// A built-in is a static: its catalog entry holds a reference to it.
impl<P: Provider + ?Sized> Provider for &P {
    fn login(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        (**self).login(request, session)
    }

    fn logout(&self, request: &Request, session: &mut dyn Session) -> Result<(), Failure> {
        (**self).logout(request, session)
    }

    fn refresh(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        (**self).refresh(request, session)
    }

    fn whoami(&self, request: &Request, session: &mut dyn Session) -> Result<String, Failure> {
        (**self).whoami(request, session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_never_show_their_values() {
        let mut settings = Settings::default();
        settings.set("client_secret", "canary");
        let request =
            Request { kept: Some(Secret::new("canary")), ..Request::new(Action::Login, settings) };
        assert!(!format!("{request:?}").contains("canary"));
    }

    #[test]
    fn a_host_that_says_nothing_of_a_browser_has_one() {
        let asked: Request = serde_json::from_str(r#"{"action":"login"}"#).unwrap();
        assert_eq!(asked, Request::new(Action::Login, Settings::default()));
        let asked: Request = serde_json::from_str(r#"{"action":"login","browser":false}"#).unwrap();
        assert!(!asked.browser);
    }
}
