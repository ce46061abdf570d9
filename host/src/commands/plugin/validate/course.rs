//! [`Course`]: one action of the plugin in a worker of its own, from its start to its end.

use std::time::{Duration, Instant};

use mesheryctl_core::failure::{Failure, FailureKind};
use mesheryctl_core::messages::{self, DecodeError};
use mesheryctl_core::provider::{Action, Request, SignIn};
use serde::de::IgnoredAny;
use serde_json::Value;

use super::disturbance::Disturbance;
use super::script::{Script, Stop};
use crate::plugin::provider::phase;
use crate::plugin::trial::Trial;
use crate::plugin::worker_error::WorkerError;

/// What a worker did before its first request.
#[derive(Debug, Clone, Default)]
pub struct Loading {
    pub denied: Option<String>,
    /// Bytes on its standard output and standard error.
    pub written: u64,
    pub threads: u64,
}

/// How an action ended.
#[derive(Debug, Clone)]
pub enum End {
    SignedIn(Box<SignIn>),
    /// The answer of a whoami.
    Account(String),
    /// The answer of another action.
    Done,
    Failed(Failure),
    /// The answer is not valid; why.
    Invalid(String),
    Stopped(Stop),
    Broken(WorkerError),
}

/// The course of one action, and everything that was recorded.
pub struct Course<'a> {
    /// What was run, for the report.
    pub what: String,
    pub script: Script<'a>,
    pub loading: Loading,
    pub end: End,
    pub denied: Option<String>,
    pub written: u64,
    pub first_line: Option<String>,
    pub has_sent_more: bool,
    /// Whether standard error was closed before the process ended.
    pub has_closed_stderr: bool,
    /// From the answer to the disturbed call to the end.
    pub ended_after: Option<Duration>,
}

/// The request as JSON. `extra` is merged into it.
pub fn request_json(request: &Request, extra: Option<(&str, Value)>) -> String {
    let mut json = serde_json::to_value(request).unwrap_or_default();
    if let Some((name, value)) = extra {
        json[name] = value;
    }
    json.to_string()
}

/// Loads the library and runs one action.
pub fn run<'a>(
    trial: &Trial,
    what: String,
    action: Action,
    request: &str,
    mut script: Script<'a>,
) -> Course<'a> {
    let mut loading = Loading::default();
    script.restart();
    let mut worker = match trial.worker() {
        Ok(worker) => worker,
        Err(error) => return unstarted(what, script, error),
    };
    let loaded = worker.load(trial.json(), &mut script);
    if loaded.is_ok() {
        loading = Loading {
            denied: worker.stderr.denied().map(|it| it.to_string()),
            written: worker.stderr.length(),
            threads: worker.usage().map_or(1, |it| it.threads),
        };
        script.restart();
    }
    let answer = loaded.and_then(|()| worker.act(request, phase(action), &mut script));
    let ended_after = script.disturbed_at.map(|at| Instant::now().duration_since(at));
    let end = end_of(answer, action, &script);
    // A worker that broke or was stopped has no end after which it could send more.
    let has_ended = !matches!(end, End::Broken(_) | End::Stopped(_));
    Course {
        what,
        denied: worker.stderr.denied().map(|it| it.to_string()),
        written: worker.stderr.length(),
        first_line: worker.stderr.first_line(),
        has_sent_more: has_ended && worker.has_sent_more(),
        has_closed_stderr: has_ended && worker.stderr.is_closed(),
        script,
        loading,
        end,
        ended_after,
    }
}

impl Course<'_> {
    /// Whether the action ended by itself with a valid answer.
    pub fn is_ended(&self) -> bool {
        let is_valid =
            matches!(self.end, End::SignedIn(_) | End::Account(_) | End::Done | End::Failed(_));
        is_valid && !self.has_panicked()
    }

    pub fn has_panicked(&self) -> bool {
        matches!(&self.end, End::Failed(it) if it.message.starts_with("The provider panicked"))
    }

    /// The call that was disturbed.
    pub fn disturbed_call(&self) -> Option<&str> {
        let (at, _) = self.script.disturbed?;
        self.script.calls.get(at).map(String::as_str)
    }

    /// The failure, if it ended with one.
    pub fn failure(&self) -> Option<&Failure> {
        match &self.end {
            End::Failed(failure) => Some(failure),
            _ => None,
        }
    }

    /// Whether another course ended in the same way.
    pub fn ended_as(&self, other: &Self) -> bool {
        match (&self.end, &other.end) {
            (End::SignedIn(_), End::SignedIn(_))
            | (End::Account(_), End::Account(_))
            | (End::Done, End::Done) => true,
            (End::Failed(a), End::Failed(b)) => a.kind == b.kind,
            _ => false,
        }
    }

    /// How it ended, as a clause.
    pub fn outcome(&self) -> String {
        match &self.end {
            End::SignedIn(_) => "it signed in".to_owned(),
            End::Account(_) | End::Done => "it succeeded".to_owned(),
            End::Failed(it) => format!("it failed: {} ({})", it.message, kind_name(it.kind)),
            End::Invalid(why) => format!("its answer is invalid: {why}"),
            End::Stopped(_) => "it did not end".to_owned(),
            End::Broken(error) => format!("it {error}"),
        }
    }
}

fn unstarted(what: String, script: Script<'_>, error: WorkerError) -> Course<'_> {
    Course {
        what,
        script,
        loading: Loading::default(),
        end: End::Broken(error),
        denied: None,
        written: 0,
        first_line: None,
        has_sent_more: false,
        has_closed_stderr: false,
        ended_after: None,
    }
}

fn end_of(answer: Result<String, WorkerError>, action: Action, script: &Script<'_>) -> End {
    let answer = match (answer, script.stop) {
        (Ok(answer), _) => answer,
        (Err(WorkerError::Stopped(..)), Some(stop)) => return End::Stopped(stop),
        (Err(error), _) => return End::Broken(error),
    };
    let decoded = match action {
        Action::Login | Action::Refresh => {
            messages::decode::<SignIn>(&answer).map(|it| End::SignedIn(Box::new(it)))
        }
        Action::Whoami => messages::decode::<String>(&answer).map(End::Account),
        Action::Logout => messages::decode::<()>(&answer).map(|()| End::Done),
        _ => messages::decode::<IgnoredAny>(&answer).map(|_| End::Done),
    };
    match decoded {
        Ok(end) => end,
        Err(DecodeError::Failure(failure)) => End::Failed(failure),
        Err(DecodeError::Malformed) => End::Invalid("it is not the JSON of this action".into()),
    }
}

/// A kind of failure as the messages call it.
pub fn kind_name(kind: FailureKind) -> String {
    let name = serde_json::to_value(kind).unwrap_or_default();
    name.as_str().unwrap_or_default().to_owned()
}

/// What is run, for the report: the action, and the disturbed call.
pub fn named(action: &str, disturbed: Option<(usize, &str, Disturbance)>) -> String {
    match disturbed {
        None => action.to_owned(),
        Some((at, call, how)) => format!("{action}, call {} ({call}) {how}", at + 1),
    }
}
