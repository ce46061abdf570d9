//! [`Provider`]: a way to prove a person's identity. It does no I/O itself; it calls its session.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::secret::Secret;
use crate::session::Session;
use crate::token::Token;

/// What a host can ask a provider to do; in JSON its name in lower case.
///
/// ```
/// use mesheryctl_plugin_sdk::provider::{Action, Request, Settings};
///
/// let request = Request::new(Action::Whoami, Settings::default());
/// assert_eq!(request.action, Action::Whoami);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// Prove who the person is, and return a token.
    Login,
    /// Revoke at the provider what a login obtained.
    Logout,
    /// Return a new token, from the stored state of an earlier sign-in.
    Refresh,
    /// Return the account that the token belongs to.
    Whoami,
    /// An action that this version does not know.
    #[serde(other)]
    Unknown,
}

/// The input of one action.
///
/// As JSON: `{"action": "whoami", "settings": {"url": "…"}, "kept": "…", "browser": true, "token": "…"}`; all but
/// `action` may be absent.
///
/// A host makes it; so does the test of a provider:
///
/// ```
/// use mesheryctl_plugin_sdk::provider::{Action, Request, Settings};
/// use mesheryctl_plugin_sdk::secret::Secret;
///
/// let settings = Settings::default().with("url", "https://id.example.org");
/// let request = Request::new(Action::Refresh, settings).stored_state(Secret::new("state-1"));
/// assert_eq!(request.settings.require("url"), Ok("https://id.example.org"));
/// assert!(request.browser && request.token.is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Request {
    /// What to do.
    pub action: Action,
    /// The values of the settings that the manifest declares.
    #[serde(default)]
    pub settings: Settings,
    /// The [`SignIn::stored_state`] of an earlier sign-in with this provider, byte for byte; in JSON `kept`.
    #[serde(default, rename = "kept", skip_serializing_if = "Option::is_none")]
    pub stored_state: Option<Secret>,
    /// Whether a browser can reach a callback on this computer; true if absent in JSON. If it is false,
    /// [`Session::visit`] still works, but the person must paste the final URL, so a code to enter on another
    /// device is easier.
    #[serde(default = "browser_if_absent")]
    pub browser: bool,
    /// The token of the earlier sign-in. A login has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Token>,
}

impl Request {
    /// A request with this action and these settings, no stored state, no token, and a browser.
    pub fn new(action: Action, settings: Settings) -> Self {
        Self { action, settings, stored_state: None, browser: true, token: None }
    }

    /// The token of the earlier sign-in.
    ///
    /// # Errors
    /// `internal` if the request has no token. The host passes one to every action but login.
    pub fn require_token(&self) -> Result<&Token, Failure> {
        self.token.as_ref().ok_or_else(|| Failure::internal("The request has no token."))
    }

    /// With the stored state of an earlier sign-in.
    pub fn stored_state(mut self, stored_state: Secret) -> Self {
        self.stored_state = Some(stored_state);
        self
    }

    /// With the token of an earlier sign-in.
    pub fn token(mut self, token: Token) -> Self {
        self.token = Some(token);
        self
    }

    /// Without a browser that can reach a callback on this computer.
    pub fn without_browser(mut self) -> Self {
        self.browser = false;
        self
    }
}

fn browser_if_absent() -> bool {
    true
}

/// The values of a provider's settings, by key. `Debug` shows the keys only, because a value may be secret.
///
/// ```
/// use mesheryctl_plugin_sdk::failure::FailureKind;
/// use mesheryctl_plugin_sdk::provider::Settings;
///
/// let settings = Settings::default().with("tenant", "acme").with("token", "both");
/// assert_eq!(settings.require("tenant"), Ok("acme"));
/// assert_eq!(settings.get("region"), None);
/// let failure = settings.one_of("token", &["access", "id"]).unwrap_err();
/// assert_eq!(failure.kind, FailureKind::Misconfigured);
/// ```
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
    /// `internal` if it has none. The host applies defaults and insists on required settings, so this is a
    /// key that the manifest declares neither with a default nor as required.
    pub fn require(&self, key: &str) -> Result<&str, Failure> {
        self.get(key).ok_or_else(|| {
            Failure::internal(format!(
                "The setting {key} has no value: provider.json must declare it, as required or with a default."
            ))
        })
    }

    /// The value of this key, which must be one of `values`. Call it before anybody signs in.
    ///
    /// # Errors
    /// `misconfigured` if it is another value; `internal` if it has none, as [`Self::require`].
    pub fn one_of(&self, key: &str, values: &[&str]) -> Result<&str, Failure> {
        let value = self.require(key)?;
        match values.contains(&value) {
            true => Ok(value),
            false => {
                let message = format!("The setting {key} must be one of: {}.", values.join(", "));
                Err(Failure::misconfigured(message, &[key]))
            }
        }
    }

    /// With this value of this key.
    pub fn with(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.set(key, value);
        self
    }

    /// Sets the value of this key.
    pub fn set(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.0.insert(key.into(), value.into());
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The result of a successful login or refresh.
///
/// As JSON: `{"token": "…", "kept": "…", "expires_at": 1900000000, "account": "…"}`; all but `token` may be
/// absent.
///
/// ```
/// use mesheryctl_plugin_sdk::provider::SignIn;
/// use mesheryctl_plugin_sdk::secret::Secret;
/// use mesheryctl_plugin_sdk::token::{Token, TokenError};
///
/// let sign_in = SignIn::with_token(Token::parse("0123456789abcdef")?)
///     .account("ada@example.org")
///     .expires_at(1_900_000_000)
///     .stored_state(Secret::new("refresh-1"));
/// assert_eq!(sign_in.expires_at, Some(1_900_000_000));
/// # Ok::<(), TokenError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SignIn {
    /// The token to send to Meshery.
    pub token: Token,
    /// What the provider needs for its next action, such as a refresh token; in JSON `kept`. The host
    /// stores it in a private file beside the token, and passes it back in [`Request::stored_state`]. At
    /// most 64 KiB.
    #[serde(default, rename = "kept", skip_serializing_if = "Option::is_none")]
    pub stored_state: Option<Secret>,
    /// When the token expires, in seconds since the Unix epoch, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<u64>,
    /// The account that the token belongs to, such as an e-mail address, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

impl SignIn {
    /// A sign-in with this token and nothing else.
    pub fn with_token(token: Token) -> Self {
        Self { token, stored_state: None, expires_at: None, account: None }
    }

    /// A sign-in with this token, and the account and expiry that the token's own claims state.
    pub fn from_claims(token: Token) -> Self {
        let claims = token.claims();
        Self { token, stored_state: None, expires_at: claims.expires_at, account: claims.account }
    }

    /// With this account, such as an e-mail address.
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// With this time at which the token expires, in seconds since the Unix epoch.
    pub fn expires_at(mut self, seconds: u64) -> Self {
        self.expires_at = Some(seconds);
        self
    }

    /// With what the provider needs for its next action; at most 64 KiB.
    pub fn stored_state(mut self, stored_state: Secret) -> Self {
        self.stored_state = Some(stored_state);
        self
    }
}

/// A way to prove a person's identity.
///
/// Built-in providers and plugins implement the same trait. An implementation is straight-line code that
/// calls the session and passes a failed call on with `?`.
///
/// ```
/// use mesheryctl_plugin_sdk::failure::Failure;
/// use mesheryctl_plugin_sdk::provider::{Provider, Request, SignIn};
/// use mesheryctl_plugin_sdk::session::Session;
/// use mesheryctl_plugin_sdk::token::Token;
///
/// struct Pasted;
///
/// impl Provider for Pasted {
///     fn login(&self, _: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
///         let text = session.ask_secret("Paste your token")?;
///         Ok(SignIn::with_token(Token::parse(text.expose())?))
///     }
/// }
/// ```
pub trait Provider: Send + Sync {
    /// Proves who the person is, and returns a token.
    ///
    /// # Errors
    /// The failure of any session call, or `denied`, `invalid_answer`, `internal`.
    fn login(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure>;

    /// Revokes at the provider what a login obtained: [`Request::token`] and [`Request::stored_state`]. `Ok` says that the
    /// provider confirmed it; the person is told so. The host calls it without a person, as [`Provider::whoami`].
    ///
    /// # Errors
    /// `unsupported` by default, if the provider offers no revocation; any other failure if it did not confirm it. The host
    /// knows whether a POST may have arrived, and then says that the provider was asked. It deletes the token in any case.
    fn logout(&self, _request: &Request, _session: &mut dyn Session) -> Result<(), Failure> {
        Err(Failure::unsupported("logout"))
    }

    /// Returns a new token, from [`Request::token`] and [`Request::stored_state`], without a person, as
    /// [`Provider::whoami`].
    ///
    /// # Errors
    /// `rejected` if the provider ended the session, so that a new sign-in is needed; `unsupported` by default, if it offers
    /// no renewal; after any other failure the host uses the old token while it is valid, and tries again.
    fn refresh(&self, _request: &Request, _session: &mut dyn Session) -> Result<SignIn, Failure> {
        Err(Failure::unsupported("refresh"))
    }

    /// Returns the account that [`Request::token`] belongs to, such as an e-mail address. The host calls it to verify the
    /// token, without a person: `ask`, `choose`, `callback`, `visit` and `show_code` fail with `needs_terminal`.
    ///
    /// # Errors
    /// `rejected` if the token is not valid; `unsupported` by default, if the provider cannot be asked; any other failure of a
    /// session call, or `invalid_answer`, leaves open whether the token is valid.
    fn whoami(&self, _request: &Request, _session: &mut dyn Session) -> Result<String, Failure> {
        Err(Failure::unsupported("whoami"))
    }
}

/// A reference to a provider is a provider, because a catalog refers to built-in providers in statics.
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
mod tests;
