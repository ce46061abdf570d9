//! [`every_step`]: one walk, and each of its asks gone wrong in turn.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::fault::{Fault, faults_of};
use super::report::Report;
use super::script::Script;
use super::scripted::Scripted;
use super::words;
use crate::failure::{Failure, FailureKind};
use crate::provider::{Action, Provider, Request, SignIn};
use crate::session::Session;

/// Runs the action of `request` once as the script says, and then again for each ask and each thing that can go wrong at it:
/// cancelled, timed out, refused, unreachable, without a terminal, not supported; a response that is HTML, empty, truncated,
/// of other types, 401, 429 or 500; a query that is empty, denied, or of another sign-in; an answer that is empty or has 64
/// KiB. It takes milliseconds.
///
/// A finding of the report is:
/// - the walk differs from the script;
/// - the provider panics, or makes 10,000 asks;
/// - its failure is neither that of the ask nor one of its own: `internal` is a bug in the provider, and `cancelled`, `refused`
///   and `needs_terminal` are the host's;
/// - it fails with another kind than `cancelled`, succeeds, or asks anything after the sign-in was cancelled;
/// - a login succeeds although the browser returned no answer to it;
/// - a failure has no message, or a message or told line contains a secret.
///
/// ```
/// use mesheryctl_plugin_sdk::failure::Failure;
/// use mesheryctl_plugin_sdk::provider::{Action, Provider, Request, Settings, SignIn};
/// use mesheryctl_plugin_sdk::session::Session;
/// use mesheryctl_plugin_sdk::testing::{Script, every_step};
/// use mesheryctl_plugin_sdk::token::Token;
///
/// struct Careless;
///
/// impl Provider for Careless {
///     fn login(&self, _: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
///         let key = session.ask_secret("Your key")?;
///         let token = Token::parse(key.expose());
///         let token = token.map_err(|_| Failure::denied(format!("{} is no key.", key.expose())))?;
///         Ok(SignIn::with_token(token))
///     }
/// }
///
/// let script = Script::new().expects_secret("Your key", "0123456789abcdef");
/// let report = every_step(&Careless, &Request::new(Action::Login, Settings::default()), &script);
/// let finding = "ask_secret `Your key` was answered with control characters: a message contains a secret";
/// assert_eq!(report.findings(), [finding]);
/// ```
pub fn every_step(provider: &dyn Provider, request: &Request, script: &Script) -> Report {
    let script = script.for_request(request);
    let mut report = Report { seed: script.seed, ..Report::default() };
    let (walk, ending) = run(provider, request, &script, None);
    report.cases += 1;
    let differs = match &ending {
        Ending::Panicked(text) => Some(format!("it panicked: {text}")),
        _ => walk.problem(),
    };
    let leaks = leak(&walk, &ending);
    for problem in differs.iter().chain(&leaks) {
        report.findings.push(format!("the walk of the script: {}", shown(problem, &walk)));
    }
    if differs.is_some() {
        return report;
    }
    for (at, call) in walk.calls.iter().enumerate() {
        for fault in faults_of(call, script.seed) {
            let (session, ending) = run(provider, request, &script, Some((at, fault.clone())));
            report.cases += 1;
            let problems = problems(&fault, &session, &ending).into_iter().map(|problem| {
                let ask = shown(&words::of(call), &session);
                format!("{ask} {}: {}", fault.name, shown(&problem, &session))
            });
            report.findings.extend(problems);
        }
    }
    report
}

/// The length of a part of a finding, in characters.
const LONGEST: usize = 300;

enum Ending {
    Succeeded,
    Failed(Failure),
    Panicked(String),
}

fn run(
    provider: &dyn Provider,
    request: &Request,
    script: &Script,
    fault: Option<(usize, Fault)>,
) -> (Scripted, Ending) {
    let mut session = script.session();
    session.fault = fault;
    session.is_checked = true;
    let result = catch_unwind(AssertUnwindSafe(|| act(provider, request, &mut session)));
    let ending = match result {
        Ok(Ok(token)) => {
            session.secrets.add(&token.unwrap_or_default());
            Ending::Succeeded
        }
        Ok(Err(failure)) => Ending::Failed(failure),
        Err(panic) => Ending::Panicked(text_of(&*panic).to_owned()),
    };
    (session, ending)
}

/// Runs the action, and returns the text of the token, if it has one.
fn act(
    provider: &dyn Provider,
    request: &Request,
    session: &mut dyn Session,
) -> Result<Option<String>, Failure> {
    match request.action {
        Action::Logout => provider.logout(request, session).map(|()| None),
        Action::Whoami => provider.whoami(request, session).map(|_| None),
        Action::Refresh => token_of(provider.refresh(request, session)),
        _ => token_of(provider.login(request, session)),
    }
}

fn token_of(result: Result<SignIn, Failure>) -> Result<Option<String>, Failure> {
    result.map(|it| Some(it.token.expose().to_owned()))
}

fn text_of(panic: &dyn Any) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a text")
}

/// What is wrong with how the provider treated this fault.
fn problems(fault: &Fault, session: &Scripted, ending: &Ending) -> Vec<String> {
    let mut problems = Vec::new();
    match ending {
        Ending::Panicked(text) => problems.push(format!("it panicked: {text}")),
        Ending::Succeeded if fault.must_fail => problems.push("it succeeded all the same".into()),
        Ending::Succeeded => {}
        Ending::Failed(failure) => problems.extend(problems_of(failure, fault)),
    }
    if let Some(ask) = &session.after_cancelled {
        problems.push(format!("it asked on: {ask}"));
    }
    if session.is_endless() {
        problems.push("it asked 10,000 times".into());
    }
    problems.extend(leak(session, ending));
    problems
}

/// Whether what a person reads contains a secret.
fn leak(session: &Scripted, ending: &Ending) -> Option<String> {
    let mut said = session.told().to_vec();
    if let Ending::Failed(failure) = ending {
        said.extend([Some(failure.message.clone()), failure.hint.clone()].into_iter().flatten());
    }
    let leaks = said.iter().any(|it| session.secrets.are_in(it));
    leaks.then(|| "a message contains a secret".to_owned())
}

/// The text without secrets, and not longer than a person reads.
fn shown(text: &str, session: &Scripted) -> String {
    let text = session.secrets.hidden_in(text);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn problems_of(failure: &Failure, fault: &Fault) -> Vec<String> {
    use FailureKind::{Cancelled, Internal, NeedsTerminal, Refused};
    let is_of_the_ask = fault.kind == Some(failure.kind);
    let mut problems = Vec::new();
    if fault.is_cancelled() && !is_of_the_ask {
        problems.push(format!("it failed as {} and not as cancelled", name(failure.kind)));
    } else if matches!(failure.kind, Internal | Cancelled | NeedsTerminal | Refused)
        && !is_of_the_ask
    {
        problems.push(format!("it failed as {}: {}", name(failure.kind), failure.message));
    }
    if failure.message.trim().is_empty() {
        problems.push("its failure has no message".into());
    }
    problems
}

/// The name of the kind in JSON.
fn name(kind: FailureKind) -> String {
    let name = serde_json::to_value(kind).unwrap_or_default();
    name.as_str().unwrap_or_default().to_owned()
}
