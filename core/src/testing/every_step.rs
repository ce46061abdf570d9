//! [`every_step`]: one walk, and each of its asks gone wrong in turn.

use super::ending::{Ending, name};
use super::fault::{Fault, faults_of};
use super::panics::caught;
use super::report::Report;
use super::script::Script;
use super::scripted::Scripted;
use super::words;
use crate::failure::{Failure, FailureKind};
use crate::provider::{Action, Provider, Request, Settings};
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
/// - it fails as `misconfigured` and names a setting that the request lacks, if the request has settings;
/// - a sign-in has an empty token, unless the script [allows it](Script::allows_empty_token);
/// - it fails with another kind than `cancelled`, succeeds, or asks anything after the sign-in was cancelled;
/// - a login succeeds although the browser returned no answer to it;
/// - a failure has no message, or a message or told line contains a secret.
///
/// Of a panic, also one in a closure of the script, nothing is printed: a finding has its text and its place.
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
/// let empty = "ask_secret `Your key` was answered with nothing: it returned an empty token, which the host refuses";
/// let told = "ask_secret `Your key` was answered with control characters: a message contains a secret";
/// assert_eq!(report.findings(), [empty, told]);
/// ```
pub fn every_step(provider: &dyn Provider, request: &Request, script: &Script) -> Report {
    let script = script.for_request(request);
    let mut report = Report { seed: script.seed, ..Report::default() };
    let (walk, ending) = run(provider, request, &script, None);
    report.cases += 1;
    let differs = match &ending {
        Ending::Panicked(_) => Some(ending.words()),
        _ => walk.problem(&ending).or_else(|| bug(&walk, &ending)),
    };
    let others = [unknown_setting(request, &ending), leak(&walk, &ending)];
    for problem in differs.iter().chain(others.iter().flatten()) {
        report.findings.push(format!("the walk of the script: {}", shown(problem, &walk)));
    }
    if differs.is_some() {
        return report;
    }
    for (at, call) in walk.calls.iter().enumerate() {
        for fault in faults_of(call, script.seed) {
            let (session, ending) = run(provider, request, &script, Some((at, fault.clone())));
            report.cases += 1;
            let problems = problems(&fault, request, &session, &ending);
            let problems = problems.into_iter().map(|problem| {
                let ask = shown(&words::of(call), &session);
                format!("{ask} {}: {}", fault.name, shown(&problem, &session))
            });
            report.findings.extend(problems);
        }
    }
    report
}

/// The length of a part of a finding, and of a word in it, in characters.
const LONGEST: usize = 300;
const LONGEST_WORD: usize = 100;

fn run(
    provider: &dyn Provider,
    request: &Request,
    script: &Script,
    fault: Option<(usize, Fault)>,
) -> (Scripted, Ending) {
    let mut session = script.session();
    session.fault = fault;
    session.is_checked = true;
    let ending = caught(|| act(provider, request, &mut session)).unwrap_or_else(Ending::Panicked);
    if let Ending::Succeeded(Some(token)) = &ending {
        session.secrets.add(token);
    }
    (session, ending)
}

fn act(provider: &dyn Provider, request: &Request, session: &mut dyn Session) -> Ending {
    match request.action {
        Action::Logout => Ending::of(&provider.logout(request, session)),
        Action::Whoami => Ending::of(&provider.whoami(request, session)),
        Action::Refresh => provider.refresh(request, session).into(),
        _ => provider.login(request, session).into(),
    }
}

/// What is wrong with how the provider treated this fault.
fn problems(fault: &Fault, request: &Request, session: &Scripted, ending: &Ending) -> Vec<String> {
    let mut problems = Vec::new();
    match ending {
        Ending::Panicked(_) => problems.push(ending.words()),
        Ending::Succeeded(_) if fault.must_fail => {
            problems.push("it succeeded all the same".into());
        }
        Ending::Failed(failure) => problems.extend(problems_of(failure, fault)),
        _ => problems.extend(session.refusal(ending)),
    }
    problems.extend(unknown_setting(request, ending));
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

/// A bug in the provider that shows without a fault.
fn bug(walk: &Scripted, ending: &Ending) -> Option<String> {
    match ending {
        Ending::Failed(failure) if failure.kind == FailureKind::Internal => {
            let is_scripted = walk.fails_with(failure);
            (!is_scripted).then(|| format!("it failed as internal: {}", failure.message))
        }
        _ => None,
    }
}

/// A setting that the provider blames and the request does not have. One without any settings is of a test that needs none.
fn unknown_setting(request: &Request, ending: &Ending) -> Option<String> {
    let Ending::Failed(failure) = ending else { return None };
    let has_settings = request.settings != Settings::default();
    let mut keys = failure.settings.iter().filter(|_| has_settings);
    let unknown = keys.find(|it| request.settings.get(it).is_none())?;
    Some(format!("its failure names the setting {unknown}, which the request does not have"))
}

/// The text on one line without secrets, and not longer than a person reads.
fn shown(text: &str, session: &Scripted) -> String {
    let text = session.secrets.hidden_in(text);
    let words = text.split_whitespace().map(|it| shortened(it, LONGEST_WORD, LONGEST_WORD / 4));
    shortened(&words.collect::<Vec<_>>().join(" "), LONGEST, LONGEST / 4)
}

/// The text if it has at most `length` characters, otherwise the begin and as much of the end.
fn shortened(text: &str, length: usize, end: usize) -> String {
    let count = text.chars().count();
    if count <= length {
        return text.to_owned();
    }
    let begin: String = text.chars().take(length - end - 1).collect();
    let end: String = text.chars().skip(count - end).collect();
    format!("{begin}…{end}")
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
