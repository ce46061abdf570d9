//! [`Recorder`]: makes a recording of a sign-in.

use std::fmt;

use serde_json::{Value, json};

use super::forwarding::forward_to_exchange;
use super::redaction::Redaction;
use super::secrets::Secrets;
use crate::failure::Failure;
use crate::messages::{self, Call, RemoteSession};
use crate::provider::Request;
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
    /// Calls and their answers, both JSON.
    asks: Vec<(Value, Value)>,
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

    /// What was asked and answered, as JSON. Each secret is replaced, everywhere by the same canary: answers of `ask_secret`
    /// and `random`, the query that the browser returned but for errors, cookies, the headers and the members or fields of a body that are
    /// named like a token, key, secret, password or code. Of a JWT the signature is replaced. Names and e-mail addresses stay:
    /// read the text before you publish it.
    pub fn recording(&self) -> String {
        let redaction = Redaction::of(&self.secrets);
        let redacted = |(ask, answer): &(Value, Value)| json!({ "ask": redaction.apply(ask), "answer": redaction.apply(answer) });
        let asks: Vec<Value> = self.asks.iter().map(redacted).collect();
        let recording = json!({ "recording": VERSION, "asks": asks });
        format!("{recording:#}\n")
    }

    fn remote(&mut self) -> RemoteSession<impl FnMut(&str) -> String + '_> {
        RemoteSession::new(|call: &str| self.exchange(call))
    }

    fn exchange(&mut self, call: &str) -> String {
        let answer = messages::answer(self.session, call);
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
        self.secrets.learn(&serde_json::from_str(call).unwrap_or(Call::Unknown), &answer);
        self.asks.push((read(call), read(&answer)));
        answer
    }
}

forward_to_exchange!(Recorder<'_>);

impl fmt::Debug for Recorder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("asks", &self.asks.len()).finish_non_exhaustive()
    }
}
