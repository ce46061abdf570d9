//! [`Session`]: everything that a provider may ask of the host while it runs.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::secret::Secret;

mod http;

pub use http::{HttpRequest, HttpResponse, Method};

/// Which loopback address [`Session::callback`] opens; in JSON `"marked"` or `"fixed"`.
///
/// ```
/// use mesheryctl_plugin_sdk::failure::Failure;
/// use mesheryctl_plugin_sdk::session::{CallbackKind, Query, Session};
///
/// fn answer(session: &mut dyn Session) -> Result<Query, Failure> {
///     let callback = session.callback(CallbackKind::NoncePath)?;
///     session.visit(&format!("https://sso.example.org/login?return={callback}"))
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum CallbackKind {
    /// `http://localhost:PORT/NONCE`, for Meshery remote providers. The nonce protects it; the provider may
    /// append to the path and add parameters.
    #[serde(rename = "marked")]
    NoncePath,
    /// `http://127.0.0.1:PORT/callback`, for OAuth (RFC 8252, section 7.3). The path must match exactly, and
    /// the flow's own `state` protects it.
    #[serde(rename = "fixed")]
    FixedPath,
}

/// The decoded query parameters that arrived at the callback. `Debug` shows the names only.
///
/// ```
/// use mesheryctl_plugin_sdk::session::Query;
///
/// let query = Query::new(vec![("token".into(), "abc".into())]);
/// assert_eq!(query.get("token"), Some("abc"));
/// assert_eq!(query.get("error"), None);
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Names and values in the order of the URL. The host refuses a query that repeats a name.
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// The value of the parameter `name`, if it is present.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Everything that a provider may ask of the host while it runs.
///
/// Every method fails with `unsupported` unless the implementor overrides it, so that a new method breaks no
/// existing implementor. Any method may fail with `cancelled` or `timed_out`; the sections below name the
/// other kinds.
///
/// A test implements the methods that the provider calls:
///
/// ```
/// use mesheryctl_plugin_sdk::failure::Failure;
/// use mesheryctl_plugin_sdk::session::{HttpRequest, HttpResponse, Session};
///
/// struct OneAnswer;
///
/// impl Session for OneAnswer {
///     fn ask(&mut self, _prompt: &str) -> Result<String, Failure> {
///         Ok("ada".into())
///     }
///     fn fetch(&mut self, _request: &HttpRequest) -> Result<HttpResponse, Failure> {
///         Ok(HttpResponse::new(200, r#"{"token": "0123456789abcdef"}"#))
///     }
/// }
///
/// assert_eq!(OneAnswer.ask("Your name"), Ok("ada".to_owned()));
/// assert!(OneAnswer.tell("Hello").is_err(), "every other method is unsupported");
/// ```
pub trait Session {
    /// Shows the person one line of text. The host puts the provider's name before it.
    ///
    /// # Errors
    /// `unsupported`.
    fn tell(&mut self, _text: &str) -> Result<(), Failure> {
        Err(Failure::unsupported("tell"))
    }

    /// Asks the person for a line of text, and shows what is typed.
    ///
    /// # Errors
    /// `needs_terminal` if there is no terminal.
    fn ask(&mut self, _prompt: &str) -> Result<String, Failure> {
        Err(Failure::unsupported("ask"))
    }

    /// Asks the person for a line of text, such as a password, and hides what is typed.
    ///
    /// # Errors
    /// `needs_terminal` if there is no terminal.
    fn ask_secret(&mut self, _prompt: &str) -> Result<Secret, Failure> {
        Err(Failure::unsupported("ask_secret"))
    }

    /// Asks the person to choose one of `items`, and returns its index.
    ///
    /// # Errors
    /// `needs_terminal` if there is no terminal.
    fn choose(&mut self, _prompt: &str, _items: &[String]) -> Result<usize, Failure> {
        Err(Failure::unsupported("choose"))
    }

    /// Opens a loopback address for the provider's answer, and returns its URL.
    ///
    /// # Errors
    /// `refused` if no loopback port is available.
    fn callback(&mut self, _kind: CallbackKind) -> Result<String, Failure> {
        Err(Failure::unsupported("callback"))
    }

    /// Sends the person's browser to `url`, waits for a request to the callback, and returns its query.
    ///
    /// # Errors
    /// `refused` for a host name that the manifest does not list, or without a preceding
    /// [`callback`](Self::callback).
    fn visit(&mut self, _url: &str) -> Result<Query, Failure> {
        Err(Failure::unsupported("visit"))
    }

    /// Sends an HTTP request and returns the response, whatever its status.
    ///
    /// # Errors
    /// `refused` for a host name that the manifest does not list; `unreachable`; `timed_out`, also for
    /// this request alone; `invalid_answer` for a body that is not UTF-8 or is longer than 1 MiB.
    fn fetch(&mut self, _request: &HttpRequest) -> Result<HttpResponse, Failure> {
        Err(Failure::unsupported("fetch"))
    }

    /// Shows the URL at which the person signs in on any device and the code to enter there. The code
    /// is valid for `expires_in` seconds.
    ///
    /// # Errors
    /// `refused` for a host name that the manifest does not list.
    fn show_code(&mut self, _url: &str, _code: &str, _expires_in: u64) -> Result<(), Failure> {
        Err(Failure::unsupported("show_code"))
    }

    /// Returns the time, in seconds since the Unix epoch.
    ///
    /// # Errors
    /// `unsupported`.
    fn now(&mut self) -> Result<u64, Failure> {
        Err(Failure::unsupported("now"))
    }

    /// Waits this many milliseconds.
    ///
    /// # Errors
    /// `cancelled` and `timed_out`, as soon as either happens.
    fn sleep(&mut self, _milliseconds: u64) -> Result<(), Failure> {
        Err(Failure::unsupported("sleep"))
    }

    /// Returns this many random bytes from the system's generator, as base64url without padding.
    ///
    /// # Errors
    /// `refused` for more than 1,024 bytes.
    fn random(&mut self, _bytes: u32) -> Result<String, Failure> {
        Err(Failure::unsupported("random"))
    }

    /// Whether the person has cancelled the sign-in.
    ///
    /// # Errors
    /// `unsupported`.
    fn cancelled(&mut self) -> Result<bool, Failure> {
        Err(Failure::unsupported("cancelled"))
    }

    /// Fails if the sign-in must stop, and returns at once. For a long computation or a loop that makes no
    /// other session call.
    ///
    /// # Errors
    /// `cancelled` if the person cancelled the sign-in, `timed_out` if its deadline has passed.
    fn check_cancelled(&mut self) -> Result<(), Failure> {
        // Every implementor of `sleep` checks both, so this needs no message of its own.
        self.sleep(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::FailureKind;

    /// A session that implements no method.
    struct Bare;

    impl Session for Bare {}

    #[test]
    fn a_method_that_is_not_implemented_is_unsupported_and_named() {
        for (name, result) in [
            ("tell", Bare.tell("")),
            ("ask", Bare.ask("").map(drop)),
            ("ask_secret", Bare.ask_secret("").map(drop)),
            ("choose", Bare.choose("", &[]).map(drop)),
            ("callback", Bare.callback(CallbackKind::FixedPath).map(drop)),
            ("visit", Bare.visit("").map(drop)),
            ("fetch", Bare.fetch(&HttpRequest::get("")).map(drop)),
            ("show_code", Bare.show_code("", "", 0)),
            ("now", Bare.now().map(drop)),
            ("sleep", Bare.sleep(0)),
            ("random", Bare.random(0).map(drop)),
            ("cancelled", Bare.cancelled().map(drop)),
            ("sleep", Bare.check_cancelled()),
        ] {
            let failure = result.unwrap_err();
            let message = format!("{name} is not supported here.");
            assert_eq!((failure.kind, failure.message), (FailureKind::Unsupported, message));
        }
    }

    /// A session in which the sign-in has ended for this reason, if any.
    struct Ended(Option<FailureKind>);

    impl Session for Ended {
        fn sleep(&mut self, milliseconds: u64) -> Result<(), Failure> {
            assert_eq!(milliseconds, 0, "the check must not wait");
            self.0.map_or(Ok(()), |kind| Err(Failure::new(kind, "")))
        }
    }

    #[test]
    fn check_cancelled_fails_only_if_the_sign_in_must_stop() {
        for reason in [None, Some(FailureKind::Cancelled), Some(FailureKind::TimedOut)] {
            let result = Ended(reason).check_cancelled();
            assert_eq!(result.err().map(|failure| failure.kind), reason);
        }
    }

    #[test]
    fn debug_shows_the_names_of_a_query_and_never_their_values() {
        let query = Query::new(vec![("code".into(), "canary".into())]);
        assert_eq!(format!("{query:?}"), r#"{"code"}"#);
    }

    #[test]
    fn a_query_returns_the_value_of_the_exact_name() {
        let query = Query::new(vec![("a".into(), "1".into()), ("A".into(), String::new())]);
        for (name, value) in [("a", Some("1")), ("A", Some("")), ("", None), ("b", None)] {
            assert_eq!(query.get(name), value, "{name}");
        }
    }

    #[test]
    fn callback_kinds_have_their_frozen_names() {
        let json = |kind| serde_json::to_string(&kind).unwrap();
        assert_eq!(json(CallbackKind::NoncePath), r#""marked""#);
        assert_eq!(json(CallbackKind::FixedPath), r#""fixed""#);
    }
}
