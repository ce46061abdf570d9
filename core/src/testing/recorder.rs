//! [`Recorder`]: makes a recording of a sign-in.

use std::fmt;

use serde_json::{Value, json};

use super::forwarding::forward_to_exchange;
use super::redaction::Redaction;
use super::secrets::Secrets;
use crate::failure::Failure;
use crate::messages::{self, Call, RemoteSession};
use crate::provider::{Request, SignIn};
use crate::secret::Secret;
use crate::session::{CallbackKind, HttpRequest, HttpResponse, Query, Session};

/// The form of a recording.
pub const VERSION: u64 = 1;

/// Passes each call on to a session, and keeps it with its answer. [`recording`](Self::recording) is the sign-in as a text
/// without its secrets, and [`Script::replay`](super::Script::replay) plays it.
///
/// ```
/// use mesheryctl_plugin_sdk::provider::{Action, Request, Settings};
/// use mesheryctl_plugin_sdk::session::Session;
/// use mesheryctl_plugin_sdk::testing::{Recorder, Script};
///
/// // In place of the script: the session of a real sign-in.
/// let mut real = Script::new().expects_secret("Your key", "hunter2").session();
/// let mut recorder = Recorder::new(&mut real, &Request::new(Action::Login, Settings::default()));
/// assert_eq!(recorder.ask_secret("Your key").unwrap().expose(), "hunter2");
/// let recording = recorder.recording();
/// assert!(!recording.contains("hunter2"));
///
/// let script = Script::replay(&recording).unwrap();
/// let key = script.run(|session| session.ask_secret("Your key")).unwrap();
/// assert_eq!(key.expose(), "canary-000000001");
/// ```
pub struct Recorder<'a> {
    session: &'a mut dyn Session,
    secrets: Secrets,
    /// Calls and their answers, which are JSON.
    asks: Vec<(Call, Value)>,
}

impl<'a> Recorder<'a> {
    /// Records what is asked of `session` for this request, whose token and stored state are secrets.
    pub fn new(session: &'a mut dyn Session, request: &Request) -> Self {
        Self { session, secrets: Secrets::of(request), asks: Vec::new() }
    }

    /// This text is a secret too, such as the value of a setting. A text of less than four characters is not replaced.
    pub fn secret(mut self, text: &str) -> Self {
        self.secrets.add(text);
        self
    }

    /// The token and the stored state of this sign-in, which the provider returned, are secrets too.
    pub fn signed_in(&mut self, sign_in: &SignIn) {
        self.secrets.add_sign_in(sign_in);
    }

    /// What was asked and answered, as JSON. Each secret is replaced, everywhere by the same canary, however it is encoded.
    ///
    /// JSON, forms, URLs, JWTs and JSON in base64 are taken apart, and each text and number in them is replaced unless its name
    /// is one of a list. These stay readable:
    /// - hosts, the short parts of a path, and the whole path of an issuer;
    /// - what decides the course of a sign-in: `issuer`, `client_id`, `aud`, `scope`, `grant_type`, `response_type`, `error`,
    ///   `error_description`, `status`, the lifetimes and times of a token, lists that are named `…_supported`, `true`, `false`,
    ///   `null`, and dates;
    /// - `email`, `name`, `preferred_username` and `sub`;
    /// - headers such as `Content-Type` and `Retry-After`, the names of the others, and the scheme of credentials;
    /// - questions, items of a choice, told lines and messages of failures, but for secrets in them, and answers of a person
    ///   that have at most three letters.
    ///
    /// A number becomes another one with as many digits; a JWT keeps its readable claims; base64url keeps its length. A body that
    /// is neither JSON nor a form is replaced as a whole. No list knows all: read the text before you publish it.
    pub fn recording(&self) -> String {
        let mut redaction = Redaction::of(&self.secrets, &self.asks);
        let asks: Vec<Value> = self.asks.iter().map(|it| redaction.exchange(it)).collect();
        let recording = json!({ "recording": VERSION, "asks": asks });
        format!("{recording:#}\n")
    }

    fn remote(&mut self) -> RemoteSession<impl FnMut(&str) -> String + '_> {
        RemoteSession::new(|call: &str| self.exchange(call))
    }

    fn exchange(&mut self, call: &str) -> String {
        let answer = messages::answer(self.session, call);
        let call = serde_json::from_str(call).unwrap_or(Call::Unknown);
        self.asks.push((call, serde_json::from_str(&answer).unwrap_or_default()));
        answer
    }
}

forward_to_exchange!(Recorder<'_>);

impl fmt::Debug for Recorder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("asks", &self.asks.len()).finish_non_exhaustive()
    }
}
