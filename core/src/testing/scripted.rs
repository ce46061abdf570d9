//! [`Scripted`]: a session that plays a script.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use super::ending::Ending;
use super::expected::Step;
use super::fault::Fault;
use super::forwarding::forward_to_exchange;
use super::random::Random;
use super::script::Script;
use super::secrets::Secrets;
use super::words;
use crate::failure::Failure;
use crate::messages::{Call, RemoteSession, encode};
use crate::secret::Secret;
use crate::session::{CallbackKind, HttpRequest, HttpResponse, Query, Session};

/// How many asks the host answers in one action.
const MAX_ASKS: usize = 10_000;

/// The address of the callback, without its path.
const PORT: u16 = 43_127;

/// A session that plays a [`Script`]; made by [`Script::session`].
///
/// Its calls and answers pass as JSON, as those of a plugin do. When it is dropped it panics as [`finish`](Self::finish) does.
///
/// ```
/// use mesheryctl_plugin_sdk::session::Session;
/// use mesheryctl_plugin_sdk::testing::Script;
///
/// let mut session = Script::new().expects_ask("Your name", "Ada").session();
/// session.tell("Hello!").unwrap();
/// assert_eq!(session.ask("Your name").unwrap(), "Ada");
/// assert_eq!(session.told(), ["Hello!"]);
/// assert_eq!(session.asked(), ["tell `Hello!`", "ask `Your name`"]);
/// session.finish();
/// ```
#[must_use = "finish() says whether the script was played to its end"]
pub struct Scripted {
    script: Script,
    /// The place of the next expected ask.
    next: usize,
    /// In milliseconds since the Unix epoch.
    now: u64,
    random: Random,
    pub(super) calls: Vec<Call>,
    /// The answer to each call, as JSON.
    pub(super) answers: Vec<String>,
    pub(super) secrets: Secrets,
    told: Vec<String>,
    /// The first ask that was not expected, in words.
    pub(super) unexpected: Option<String>,
    pub(super) fault: Option<(usize, Fault)>,
    /// The step that the ask with the fault was.
    faulted: Option<usize>,
    /// Whether the request with the fault was made once more, and then answered as the script says.
    pub(super) is_asked_again: bool,
    /// The first ask after the end of the sign-in.
    pub(super) after_the_end: Option<String>,
    /// The failure of each ask since the sign-in was cancelled or its deadline passed.
    end: Option<Failure>,
    pub(super) is_checked: bool,
}

impl Scripted {
    pub(super) fn new(script: Script) -> Self {
        Self {
            next: 0,
            now: script.now.saturating_mul(1000),
            random: Random::seeded(script.seed),
            calls: Vec::new(),
            answers: Vec::new(),
            secrets: Secrets::new(&script.secrets),
            told: Vec::new(),
            unexpected: None,
            fault: None,
            faulted: None,
            is_asked_again: false,
            after_the_end: None,
            end: None,
            is_checked: false,
            script,
        }
    }

    /// The lines that were told, in their order.
    pub fn told(&self) -> &[String] {
        &self.told
    }

    /// All asks in their order and in words, such as ``fetch `POST https://id.example.org/token` ``.
    pub fn asked(&self) -> Vec<String> {
        self.calls.iter().map(|it| self.secrets.hidden_in(&words::of(it))).collect()
    }

    /// Checks that each ask was expected and each expected one made.
    ///
    /// # Panics
    /// If not, with the first ask that differs.
    #[track_caller]
    pub fn finish(mut self) {
        self.check(&Ending::Unknown);
    }

    /// As [`finish`](Self::finish), for an action that ended so.
    #[track_caller]
    pub(super) fn finish_after(mut self, ending: &Ending) {
        self.check(ending);
    }

    #[track_caller]
    fn check(&mut self, ending: &Ending) {
        if !std::mem::replace(&mut self.is_checked, true) {
            let problem = self.problem(ending);
            assert!(problem.is_none(), "{}", problem.unwrap_or_default());
        }
    }

    /// Whether the host would have ended the action for its many asks.
    pub(super) fn is_endless(&self) -> bool {
        self.calls.len() >= MAX_ASKS
    }

    /// What differs from the script after this ending, in words.
    pub(super) fn problem(&self, ending: &Ending) -> Option<String> {
        let missing = self.script.steps.get(self.next);
        let missing = missing.map(|it| format!("expected {}, but {}", it.words(), ending.words()));
        let problem = self.unexpected.clone().or(missing).or_else(|| self.refusal(ending));
        problem.map(|it| self.secrets.hidden_in(&it))
    }

    /// Whether an ask of the script fails with this failure.
    pub(super) fn fails_with(&self, failure: &Failure) -> bool {
        self.script.steps.iter().any(|it| it.failure.as_ref() == Some(failure))
    }

    /// What a host does not accept of this ending, in words.
    pub(super) fn refusal(&self, ending: &Ending) -> Option<String> {
        ending.refusal().filter(|_| !self.script.allows_empty_token)
    }

    fn remote(&mut self) -> RemoteSession<impl FnMut(&str) -> String + '_> {
        RemoteSession::new(|call: &str| self.exchange(call))
    }

    /// Answers one call; both are JSON.
    pub(super) fn exchange(&mut self, call: &str) -> String {
        let call = serde_json::from_str(call).unwrap_or(Call::Unknown);
        let number = self.calls.len();
        if number >= MAX_ASKS {
            return failed(Failure::internal("The script ends after 10,000 asks."));
        }
        self.calls.push(call.clone());
        let answer = match (&self.end, &self.fault) {
            (Some(end), _) => {
                // These ask nothing of anybody; the second is `check_cancelled`.
                let is_harmless =
                    matches!(call, Call::Now | Call::Sleep { milliseconds: 0 } | Call::Cancelled);
                if !is_harmless {
                    self.after_the_end.get_or_insert_with(|| words::of(&call));
                }
                failed(end.clone())
            }
            (None, Some((at, fault))) if *at == number => {
                let answer = fault.answer.clone();
                self.end = fault.end_after(&call);
                self.faulted = Some(self.next);
                answer
            }
            _ => self.scripted(&call),
        };
        self.secrets.learn(&call, &answer);
        self.answers.push(answer.clone());
        answer
    }

    fn scripted(&mut self, call: &Call) -> String {
        let has_faulted = self.fault.as_ref().is_some_and(|(at, _)| *at < self.calls.len() - 1);
        // After a fault a provider may make the ask again, or go on with the next one.
        let reach = if has_faulted { 2 } else { 1 };
        let rest = self.script.steps.iter().enumerate().skip(self.next).take(reach);
        let found = rest.into_iter().find(|(_, step)| step.matches(call));
        if let Some((at, step)) = found {
            let answer = match has_faulted {
                true => of_a_doubtful_peer(step, call),
                false => step.answer(call),
            };
            let is_fetch = matches!(call, Call::Fetch(_));
            self.is_asked_again |= is_fetch && self.faulted == Some(at);
            self.next = at + 1;
            self.advance(call);
            return answer;
        }
        match self.unscripted(call) {
            Some(answer) => answer,
            None if has_faulted => failed(Failure::unreachable("The script has no such ask.")),
            None => failed(self.refuse(call)),
        }
    }

    /// The answer to a call that needs no expectation.
    fn unscripted(&mut self, call: &Call) -> Option<String> {
        self.advance(call);
        let end = (self.script.now.saturating_add(self.script.time_limit)).saturating_mul(1000);
        Some(match call {
            Call::Tell { .. } => encode(Ok(())),
            Call::Callback { kind: CallbackKind::NoncePath } => {
                encode(Ok(format!("http://localhost:{PORT}/{}", self.random.text(16))))
            }
            Call::Callback { kind: CallbackKind::FixedPath } => {
                encode(Ok(format!("http://127.0.0.1:{PORT}/callback")))
            }
            Call::Now => encode(Ok(self.now / 1000)),
            Call::Sleep { .. } if self.now >= end => {
                failed(Failure::timed_out("The time limit of the sign-in has passed."))
            }
            Call::Sleep { .. } => encode(Ok(())),
            Call::Random { bytes } if *bytes <= 1024 => encode(Ok(self.random.text(*bytes))),
            Call::Random { .. } => {
                failed(Failure::refused("More than 1,024 random bytes were requested."))
            }
            Call::Cancelled => encode(Ok(self.end.is_some())),
            _ => return None,
        })
    }

    fn advance(&mut self, call: &Call) {
        match call {
            Call::Tell { text } => self.told.push(text.clone()),
            Call::Sleep { milliseconds } => self.now = self.now.saturating_add(*milliseconds),
            _ => {}
        }
    }

    /// The failure of an ask that is not expected.
    fn refuse(&mut self, call: &Call) -> Failure {
        let expected = match self.script.steps.get(self.next) {
            Some(step) => step.words(),
            None => "no further ask".to_owned(),
        };
        let asked = words::of(call);
        let how = if expected == asked { " with another query" } else { "" };
        let text = format!("expected {expected}, but the provider asked {asked}{how}");
        let text = self.secrets.hidden_in(&text);
        self.unexpected.get_or_insert_with(|| text.clone());
        Failure::internal(text)
    }
}

/// The answer after a fault: an assertion of the test's server or browser may fail then, and means that it refuses.
fn of_a_doubtful_peer(step: &Step, call: &Call) -> String {
    let answer = catch_unwind(AssertUnwindSafe(|| step.answer(call)));
    answer.unwrap_or_else(|_| match call {
        Call::Fetch(_) => encode(Ok(HttpResponse::new(400, ""))),
        _ => failed(Failure::timed_out("The browser returned nothing.")),
    })
}

fn failed(failure: Failure) -> String {
    encode::<()>(Err(failure))
}

forward_to_exchange!(Scripted);

impl Drop for Scripted {
    fn drop(&mut self) {
        if !thread::panicking() {
            self.check(&Ending::Unknown);
        }
    }
}

impl fmt::Debug for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scripted").field("asked", &self.asked()).finish_non_exhaustive()
    }
}
