//! [`Provider`]: a way to prove a person's identity. It does no I/O itself; it calls its session.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::secret::Secret;
use crate::session::Session;
use crate::token::Token;

/// What a host can ask a provider to do; in JSON its name in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
}

fn browser_if_absent() -> bool {
    true
}

/// The values of a provider's settings, by key. `Debug` shows the keys only, because a value may be secret.
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
        self.get(key).ok_or_else(|| Failure::internal(format!("The setting {key} has no value.")))
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
}

/// A way to prove a person's identity.
///
/// Built-in providers and plugins implement the same trait. An implementation is straight-line code that
/// calls the session and passes a failed call on with `?`; the crate's documentation shows one.
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
mod tests {
    use super::*;
    use crate::failure::FailureKind;

    struct NoSession;

    impl Session for NoSession {}

    /// A provider that implements only what it must.
    struct LoginOnly;

    impl Provider for LoginOnly {
        fn login(&self, _: &Request, _: &mut dyn Session) -> Result<SignIn, Failure> {
            Err(Failure::denied("login"))
        }
    }

    /// A provider whose every action fails with its own name.
    struct Named;

    impl Provider for Named {
        fn login(&self, _: &Request, _: &mut dyn Session) -> Result<SignIn, Failure> {
            Err(Failure::denied("login"))
        }
        fn logout(&self, _: &Request, _: &mut dyn Session) -> Result<(), Failure> {
            Err(Failure::denied("logout"))
        }
        fn refresh(&self, _: &Request, _: &mut dyn Session) -> Result<SignIn, Failure> {
            Err(Failure::denied("refresh"))
        }
        fn whoami(&self, _: &Request, _: &mut dyn Session) -> Result<String, Failure> {
            Err(Failure::denied("whoami"))
        }
    }

    /// The failures of login, logout, refresh and whoami.
    fn failures(provider: &dyn Provider) -> [Option<Failure>; 4] {
        let request = Request::new(Action::Login, Settings::default());
        [
            provider.login(&request, &mut NoSession).err(),
            provider.logout(&request, &mut NoSession).err(),
            provider.refresh(&request, &mut NoSession).err(),
            provider.whoami(&request, &mut NoSession).err(),
        ]
    }

    #[test]
    fn by_default_logout_refresh_and_whoami_are_unsupported() {
        let [_, logout, refresh, whoami] = failures(&LoginOnly);
        assert_eq!(logout, Some(Failure::unsupported("logout")));
        assert_eq!(refresh, Some(Failure::unsupported("refresh")));
        assert_eq!(whoami, Some(Failure::unsupported("whoami")));
    }

    #[test]
    fn a_reference_to_a_provider_acts_as_the_provider() {
        let reference: &dyn Provider = &&Named;
        let names = ["login", "logout", "refresh", "whoami"];
        assert_eq!(failures(reference), names.map(|name| Some(Failure::denied(name))));
    }

    #[test]
    fn settings_return_what_was_set_and_a_missing_one_is_an_internal_failure() {
        let mut settings = Settings::default();
        settings.set("url", "first");
        settings.set("url", "second");
        assert_eq!((settings.get("url"), settings.require("url")), (Some("second"), Ok("second")));
        let failure = settings.require("flow").unwrap_err();
        assert_eq!(settings.get("flow"), None);
        assert_eq!(failure.kind, FailureKind::Internal);
        assert_eq!(failure.message, "The setting flow has no value.");
    }

    #[test]
    fn a_setting_with_fixed_values_has_no_other_value() {
        let mut settings = Settings::default();
        for (value, expected) in [
            ("access", Ok("access")),
            ("id", Ok("id")),
            ("both", Err("The setting token must be one of: access, id.")),
            ("", Err("The setting token must be one of: access, id.")),
            ("ID", Err("The setting token must be one of: access, id.")),
        ] {
            settings.set("token", value);
            let expected = expected.map_err(|it| Failure::misconfigured(it, &["token"]));
            assert_eq!(settings.one_of("token", &["access", "id"]), expected, "{value}");
        }
        assert_eq!(settings.one_of("flow", &["auto"]).unwrap_err().kind, FailureKind::Internal);
    }

    #[test]
    fn debug_shows_the_keys_of_settings_and_never_their_values() {
        let mut settings = Settings::default();
        settings.set("client_secret", "canary");
        assert_eq!(format!("{settings:?}"), r#"{"client_secret"}"#);
        let request = Request {
            stored_state: Some(Secret::new("canary")),
            token: Token::parse("canary").ok(),
            ..Request::new(Action::Login, settings)
        };
        assert!(!format!("{request:?}").contains("canary"));
    }

    #[test]
    fn a_request_without_browser_has_one() {
        let read: Request = serde_json::from_str(r#"{"action":"login"}"#).unwrap();
        assert_eq!(read, Request::new(Action::Login, Settings::default()));
        let read: Request = serde_json::from_str(r#"{"action":"login","browser":false}"#).unwrap();
        assert!(!read.browser);
    }

    #[test]
    fn requests_and_sign_ins_have_their_frozen_names() {
        let mut settings = Settings::default();
        settings.set("url", "u");
        let stored_state = Some(Secret::new("s"));
        let request = Request {
            stored_state: stored_state.clone(),
            ..Request::new(Action::Logout, settings)
        };
        assert_eq!(
            serde_json::to_string(&request).unwrap(),
            r#"{"action":"logout","settings":{"url":"u"},"kept":"s","browser":true}"#
        );
        let token = Token::parse("t").unwrap();
        let request = Request {
            token: Some(token.clone()),
            ..Request::new(Action::Whoami, Settings::default())
        };
        assert_eq!(
            serde_json::to_string(&request).unwrap(),
            r#"{"action":"whoami","settings":{},"browser":true,"token":"t"}"#
        );
        let (expires_at, account) = (Some(7), Some("a".to_owned()));
        let sign_in = SignIn { token: token.clone(), stored_state, expires_at, account };
        let json = r#"{"token":"t","kept":"s","expires_at":7,"account":"a"}"#;
        assert_eq!(serde_json::to_string(&sign_in).unwrap(), json);
        assert_eq!(serde_json::from_str::<SignIn>(json).unwrap(), sign_in);
        let bare = SignIn::with_token(token);
        assert_eq!(serde_json::to_string(&bare).unwrap(), r#"{"token":"t"}"#);
    }

    #[test]
    fn an_action_that_is_not_known_is_read_as_unknown() {
        use Action::*;
        for (name, action) in [
            ("login", Login),
            ("logout", Logout),
            ("refresh", Refresh),
            ("whoami", Whoami),
            ("teleport", Unknown),
        ] {
            assert_eq!(serde_json::from_str::<Action>(&format!("{name:?}")).unwrap(), action);
        }
    }

    #[test]
    fn a_sign_in_from_claims_states_what_the_token_states() {
        // {"alg":"none"}.{"email":"ada@example.org","exp":7}
        let text = "eyJhbGciOiJub25lIn0.eyJlbWFpbCI6ImFkYUBleGFtcGxlLm9yZyIsImV4cCI6N30.c2ln";
        let token = Token::parse(text).unwrap();
        let sign_in = SignIn::from_claims(token.clone());
        let account = Some("ada@example.org".to_owned());
        assert_eq!(sign_in, SignIn { token, stored_state: None, expires_at: Some(7), account });
    }
}
