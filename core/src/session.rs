//! A Session: all that a provider may ask of the host while it acts.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::secret::Secret;

/// Which kind of loopback address the provider's answer comes back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallbackKind {
    /// `http://localhost:PORT/<nonce>`, any suffix and extra parameters: Meshery remote providers.
    Marked,
    /// `http://127.0.0.1:PORT/callback`, exact, protected by the flow's own `state`: OAuth.
    Fixed,
}

/// An HTTP request that the host sends for the provider, to hosts that its manifest names.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetch {
    /// `GET` or `POST`.
    pub method: String,
    /// Where to: https, or http on loopback.
    pub url: String,
    /// Header names and values; they may hold secrets.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The body, UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl Fetch {
    /// A GET request without headers.
    pub fn get(url: impl Into<String>) -> Self {
        Self { method: "GET".into(), url: url.into(), headers: Vec::new(), body: None }
    }

    /// Adds a header.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

impl fmt::Debug for Fetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetch").field("method", &self.method).finish_non_exhaustive()
    }
}

/// The answer to a [`Fetch`]. A redirect is returned, not followed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetched {
    /// The HTTP status code.
    pub status: u16,
    /// Header names in lower case, and values.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The body, UTF-8, at most 1 MiB.
    #[serde(default)]
    pub body: String,
}

impl fmt::Debug for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetched").field("status", &self.status).finish_non_exhaustive()
    }
}

/// The decoded query that came back to the callback. Its `Debug` shows the names only.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// The pairs as they came, in order. The host refuses a repeated name before it makes one.
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// The value of this name, if it came.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// All that a provider may ask of the host while it acts.
///
/// Each ask is refused as `unsupported` unless the implementor answers it, so that a later ask
/// breaks no earlier implementor. Any ask may fail with `cancelled` or `timed_out`.
pub trait Session {
    /// Shows the person one line. The host puts the provider's name before it.
    ///
    /// # Errors
    /// `unsupported`, `cancelled`, `timed_out`.
    fn tell(&mut self, _text: &str) -> Result<(), Failure> {
        Err(Failure::unsupported("tell"))
    }

    /// Asks the person for a line of text, hidden while typed if `secret`.
    ///
    /// # Errors
    /// `needs_terminal` where there is no person to ask.
    fn ask(&mut self, _prompt: &str, _secret: bool) -> Result<Secret, Failure> {
        Err(Failure::unsupported("ask"))
    }

    /// Asks the person to choose one of `items`; answers its index.
    ///
    /// # Errors
    /// `needs_terminal` where there is no person to ask.
    fn choose(&mut self, _prompt: &str, _items: &[String]) -> Result<usize, Failure> {
        Err(Failure::unsupported("choose"))
    }

    /// Opens a loopback address for the provider's answer and says what it is.
    ///
    /// # Errors
    /// `refused` when no loopback port can be had.
    fn callback(&mut self, _kind: CallbackKind) -> Result<String, Failure> {
        Err(Failure::unsupported("callback"))
    }

    /// Sends the person's browser to `url` and waits for what comes back to the callback.
    ///
    /// # Errors
    /// `refused` for a host that the manifest does not name; `timed_out`; `cancelled`.
    fn visit(&mut self, _url: &str) -> Result<Query, Failure> {
        Err(Failure::unsupported("visit"))
    }

    /// Sends an HTTP request and answers what came back, whatever its status.
    ///
    /// # Errors
    /// `refused` for a host that the manifest does not name; `unreachable`; `timed_out`;
    /// `invalid_answer` for a body that is no UTF-8 or longer than 1 MiB.
    fn fetch(&mut self, _request: &Fetch) -> Result<Fetched, Failure> {
        Err(Failure::unsupported("fetch"))
    }

    /// Shows where to sign in on any device, the code to enter there, and for how many seconds it holds.
    ///
    /// # Errors
    /// `refused` for a host that the manifest does not name.
    fn show_code(&mut self, _url: &str, _code: &str, _expires_in: u64) -> Result<(), Failure> {
        Err(Failure::unsupported("show_code"))
    }

    /// The time, in seconds since the Unix epoch.
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

    /// This many random bytes from the system's generator, as base64url without padding.
    ///
    /// # Errors
    /// `refused` for more than 1,024 bytes.
    fn random(&mut self, _bytes: u32) -> Result<String, Failure> {
        Err(Failure::unsupported("random"))
    }

    /// Whether the person has cancelled the login.
    ///
    /// # Errors
    /// `unsupported`.
    fn cancelled(&mut self) -> Result<bool, Failure> {
        Err(Failure::unsupported("cancelled"))
    }
}
