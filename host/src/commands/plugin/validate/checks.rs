//! The rules that hold in every course, and what a course says about them.

use super::course::{Course, End};
use super::disturbance::Disturbance;
use super::leaks::{Leaks, Place, leaks};
use super::report::Report;
use super::script::{MAX_ASKS, Stop};
use mesheryctl_core::failure::FailureKind;
use mesheryctl_core::manifest::Manifest;

use crate::plugin::rules::Rule;
use crate::plugin::worker_error::WorkerError;
use crate::text::is_plain;

/// The longest stored state, in bytes, as a login accepts it.
const MAX_STATE: usize = 64 * 1024;
/// A longer text is cut when it is shown, in characters.
const MAX_TEXT: usize = 400;
/// What the C library and the loader may use.
const THREADS_AT_START: u64 = 1;

/// The rules that every course is checked for.
pub const OF_EVERY_COURSE: [Rule; 18] = [
    Rule::Loads,
    Rule::LoadQuiet,
    Rule::ManifestSame,
    Rule::EndsInTime,
    Rule::NoCrash,
    Rule::NoPanic,
    Rule::MessagesValid,
    Rule::AsksKnown,
    Rule::AsksBounded,
    Rule::AnswerValid,
    Rule::MemoryBounded,
    Rule::NothingDenied,
    Rule::HostsDeclared,
    Rule::CallsPermitted,
    Rule::TextPlain,
    Rule::SecretsKept,
    Rule::FailureFits,
    Rule::Quiet,
];

/// Reports what the course says about the rules of every course.
pub fn check(course: &Course<'_>, report: &mut Report) {
    report.count_run();
    // A library that is not loaded has shown nothing else.
    let is_loaded = course.loading.threads > 0;
    let shown = if is_loaded { &OF_EVERY_COURSE[..] } else { &OF_EVERY_COURSE[..1] };
    shown.iter().for_each(|it| report.checked(*it));
    let mut fail = |rule: Rule, why: String| report.failed(rule, &course.what, why);
    if let Some((rule, why)) = broken(course) {
        fail(rule, why);
    }
    let loading = &course.loading;
    if let Some(denied) = &loading.denied {
        fail(Rule::LoadQuiet, format!("the sandbox denied it {denied}"));
    } else if let Some(denied) = &course.denied {
        fail(Rule::NothingDenied, format!("the sandbox denied it {denied}"));
    }
    if loading.threads > THREADS_AT_START {
        fail(Rule::LoadQuiet, format!("it started {} threads", loading.threads - THREADS_AT_START));
    }
    if loading.written > 0 && loading.denied.is_none() {
        fail(Rule::LoadQuiet, written(loading.written, course));
    } else if course.written > loading.written && course.denied.is_none() && !course.has_panicked()
    {
        fail(Rule::Quiet, written(course.written, course));
    }
    if course.has_panicked() {
        fail(Rule::NoPanic, course.failure().map(|it| it.message.clone()).unwrap_or_default());
    }
    if course.script.calls.len() > MAX_ASKS {
        fail(Rule::AsksBounded, format!("it made more than {MAX_ASKS} calls"));
    }
    if course.has_sent_more {
        fail(Rule::MessagesValid, "it sent a message after the end of the action".into());
    }
    if course.has_closed_stderr {
        // What the sandbox denied is recorded there.
        fail(Rule::MessagesValid, "it closed standard output and standard error".into());
    }
    for (rule, what) in &course.script.broken {
        fail(*rule, what.clone());
    }
    if let Some(why) = invalid_sign_in(course) {
        fail(Rule::AnswerValid, why);
    }
    for (by, text) in texts(course) {
        if !is_plain(text) || text.is_empty() || text.chars().count() > MAX_TEXT {
            fail(Rule::TextPlain, format!("{by} has {:?}", shortened(text)));
        }
    }
    match leaks(places(course), secrets(course), || course.script.is_over()) {
        Leaks::TooLong => {
            fail(Rule::AsksBounded, "its texts and URLs have more than 1 MiB".into());
        }
        Leaks::Found(leaks) => {
            leaks
                .iter()
                .for_each(|(what, by)| fail(Rule::SecretsKept, format!("{what} is in {by}")));
        }
    }
}

/// Reports a failure that says that the plugin has a bug, or that its manifest is incomplete.
pub fn check_failure(course: &Course<'_>, manifest: &Manifest, report: &mut Report) {
    let Some(failure) = course.failure().filter(|_| !course.has_panicked()) else { return };
    if failure.kind == FailureKind::Internal {
        report.failed(Rule::FailureFits, &course.what, course.outcome());
    }
    let is_declared = |key: &String| manifest.settings.iter().any(|it| it.key == *key);
    if let Some(key) = failure.settings.iter().find(|it| !is_declared(it)) {
        let why =
            format!("its failure names the setting {key}, which the manifest does not declare");
        report.failed(Rule::FailureFits, &course.what, why);
    }
}

fn written(bytes: u64, course: &Course<'_>) -> String {
    match &course.first_line {
        Some(line) => format!("it wrote {bytes} bytes, first: {line}"),
        None => format!("it wrote {bytes} bytes"),
    }
}

/// The rule that an action without an answer breaks.
fn broken(course: &Course<'_>) -> Option<(Rule, String)> {
    let why = || course.outcome();
    Some(match &course.end {
        End::Invalid(why) => (Rule::AnswerValid, why.clone()),
        End::Stopped(Stop::TooManyAsks) => {
            (Rule::AsksBounded, "its calls were too many or too large".into())
        }
        End::Stopped(Stop::Deadline) if course.loading.threads == 0 => {
            (Rule::Loads, "its constructors did not end within the time limit".into())
        }
        End::Stopped(Stop::Deadline) => (Rule::EndsInTime, "it did not end in time".into()),
        End::Broken(error) => match error {
            WorkerError::OtherManifest => (Rule::ManifestSame, why()),
            WorkerError::LoadFailed(_)
            | WorkerError::LoadTimedOut
            | WorkerError::NotStarted(_)
            | WorkerError::Uncontained(_) => (Rule::Loads, why()),
            WorkerError::Ended("loading", ..) | WorkerError::Malformed("loading") => {
                (Rule::Loads, why())
            }
            WorkerError::Ended(_, how, _) if how == "signal 31" => {
                let why = "the sandbox ended it for a system call that it made with every signal blocked, such as starting a program";
                (Rule::NothingDenied, why.into())
            }
            WorkerError::Ended(_, _, Some(words)) if words.starts_with("memory allocation of") => {
                (Rule::MemoryBounded, why())
            }
            WorkerError::Ended(..) => (Rule::NoCrash, why()),
            WorkerError::TimedOut(_) => (Rule::EndsInTime, why()),
            WorkerError::Malformed(_) => (Rule::MessagesValid, why()),
            WorkerError::TooManyAsks(_) => (Rule::AsksBounded, why()),
            WorkerError::InvalidAnswer(_) => (Rule::AnswerValid, why()),
            WorkerError::Stopped(..) => return None,
        },
        _ => return None,
    })
}

fn invalid_sign_in(course: &Course<'_>) -> Option<String> {
    let End::SignedIn(sign_in) = &course.end else { return None };
    let state = sign_in.stored_state.as_ref().map_or(0, |it| it.expose().len());
    if state > MAX_STATE {
        return Some(format!("its stored state has {state} bytes"));
    }
    sign_in.token.is_empty().then(|| "its token is empty".to_owned())
}

/// The texts for a person.
fn texts<'c>(course: &'c Course<'_>) -> Vec<Place<'c>> {
    let lines = course.script.shown.iter().filter(|it| it.is_line);
    let mut texts: Vec<Place<'_>> = lines.map(|it| (it.by, it.text.as_str())).collect();
    if let Some(failure) = course.failure().filter(|_| !course.has_panicked()) {
        // A failure of the session without words is the session's.
        texts.push(("Failure::message", &failure.message));
        texts.extend(failure.hint.as_deref().map(|it| ("Failure::hint", it)));
    }
    match &course.end {
        End::SignedIn(sign_in) => {
            texts.extend(sign_in.account.as_deref().map(|it| ("SignIn::account", it)));
        }
        End::Account(account) => texts.push(("Provider::whoami", account)),
        _ => {}
    }
    texts
}

/// Where no secret may be.
fn places<'c>(course: &'c Course<'_>) -> Vec<Place<'c>> {
    let urls = course.script.shown.iter().filter(|it| !it.is_line);
    texts(course).into_iter().chain(urls.map(|it| (it.by, it.text.as_str()))).collect()
}

fn secrets<'c>(course: &'c Course<'_>) -> Vec<Place<'c>> {
    let known = course.script.secrets.iter().map(|(what, it)| (*what, it.as_str()));
    let issued = match &course.end {
        End::SignedIn(sign_in) => Some(("the token that it returned", sign_in.token.expose())),
        _ => None,
    };
    known.chain(issued).collect()
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// Reports what the course of a disturbed call says about the rules for that disturbance. `plain` is the course without it.
pub fn check_disturbed(
    course: &Course<'_>,
    plain: &Course<'_>,
    how: Disturbance,
    report: &mut Report,
) {
    match how {
        Disturbance::Cancelled => {
            report.checked(Rule::StopsWhenCancelled);
            if let Some(call) = course.script.calls_afterwards.first() {
                let why = format!("it called {call} after it was cancelled");
                report.failed(Rule::StopsWhenCancelled, &course.what, why);
            }
        }
        // A visit that breaks a rule brings no browser back.
        Disturbance::Unhelpful
            if course.disturbed_call() == Some("visit") && course.script.broken.is_empty() =>
        {
            report.checked(Rule::DenialRespected);
            if course.is_ended() && course.failure().is_none() {
                report.failed(Rule::DenialRespected, &course.what, course.outcome());
            }
        }
        Disturbance::UnknownMember => {
            report.checked(Rule::AnswerTolerant);
            if course.is_ended() && !course.ended_as(plain) {
                report.failed(Rule::AnswerTolerant, &course.what, course.outcome());
            }
        }
        _ => {}
    }
}
