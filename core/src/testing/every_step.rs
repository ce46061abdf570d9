//! [`every_step`]: one walk, and each of its asks gone wrong in turn.

use super::ending::{Ending, Success, name};
use super::fault::{Fault, faults_of};
use super::panics::caught;
use super::report::Report;
use super::said::{self, Given};
use super::script::Script;
use super::scripted::Scripted;
use super::secrets::Secrets;
use super::words;
use crate::failure::{Failure, FailureKind};
use crate::messages::{Call, decode};
use crate::provider::{Action, Provider, Request, Settings};
use crate::session::{HttpResponse, Session};
use crate::token::Token;

/// Runs the action of `request` once as the script says, and then again for each ask and each thing that can go wrong at it:
/// cancelled, timed out, refused, unreachable, without a terminal, not supported; a response that is HTML, empty, truncated,
/// of other types, or 401, 404, 429, 500 or 503, without and with the body of the script; a query that is empty, denied, or the
/// script's with another state; an answer that is empty or has 64 KiB. It takes milliseconds.
///
/// A finding of the report is:
/// - the walk differs from the script;
/// - the provider panics, or makes 10,000 asks;
/// - its failure is neither that of the ask nor one of its own: `internal` is a bug in the provider, and `cancelled`, `refused`
///   and `needs_terminal` are the host's;
/// - it fails as `misconfigured` and names a setting that the request lacks, if the request has settings;
/// - a sign-in has an empty token, unless the script [allows it](Script::allows_empty_token);
/// - it fails with another kind than `cancelled` or succeeds after the sign-in was cancelled;
/// - it asks on after the sign-in was cancelled or an ask other than `fetch` timed out: `now`, `cancelled` and `check_cancelled`
///   are no asks. A `fetch` that timed out may be the deadline of that request alone;
/// - it succeeds although the browser returned no answer, a denial, or another state to it;
/// - it succeeds although a server refused with a status what the script accepts: any request of `whoami` and `refresh`, and
///   that of a login whose answer contains the token. A provider may make the request again;
/// - a logout succeeds although the host refused a request, no server could be reached, or the answer was 500 or 503;
/// - a failure has no message, or a message or told line contains a secret;
/// - the account, a prompt, an item of a choice, a code or a URL contains a secret that the provider was given: a secret of the
///   script or the request, an answer of `ask_secret`, or the token of the sign-in. A secret that is a URL may be requested, and
///   `id_token_hint` may be an ID token;
/// - a told line, a message, a prompt, an item, a code or the account contains a control character or a line break that is not
///   from what a person typed.
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
    let given = Given::of(script, request);
    let script = script.for_request(request);
    let mut report = Report { seed: script.seed, ..Report::default() };
    let (walk, ending) = run(provider, request, &script, None);
    report.cases += 1;
    let differs = match &ending {
        Ending::Panicked(_) => Some(ending.words()),
        _ => walk.problem(&ending).or_else(|| bug(&walk, &ending)),
    };
    let mut others = said::problems(&given, &walk, &ending);
    others.extend(unknown_setting(request, &ending));
    for problem in differs.iter().chain(&others) {
        report.findings.push(format!("the walk of the script: {}", shown(problem, &walk)));
    }
    if differs.is_some() {
        return report;
    }
    for (at, call) in walk.calls.iter().enumerate() {
        for fault in faults_of(call, &walk.answers[at], script.seed) {
            let must_fail = must_fail(&fault, request, (&walk, &ending), at);
            let fault = Fault { must_fail, ..fault };
            let (session, ending) = run(provider, request, &script, Some((at, fault.clone())));
            report.cases += 1;
            let mut problems = problems(&fault, request, &session, &ending);
            problems.extend(said::problems(&given, &session, &ending));
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
    if let Some(Success { token: Some(token), .. }) = ending.success() {
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
        Ending::Succeeded(_) if fault.must_fail && !session.is_asked_again => {
            problems.push("it succeeded all the same".into());
        }
        Ending::Failed(failure) => problems.extend(problems_of(failure, fault)),
        _ => problems.extend(session.refusal(ending)),
    }
    problems.extend(unknown_setting(request, ending));
    if let Some(ask) = &session.after_the_end {
        problems.push(format!("it asked on: {ask}"));
    }
    if session.is_endless() {
        problems.push("it asked 10,000 times".into());
    }
    problems
}

/// Whether success is wrong after this fault of the ask `at`, whatever the provider is. A server that refuses what the action
/// needs is no success; of a login that is the request for its token alone, as the account may be optional.
fn must_fail(fault: &Fault, request: &Request, walk: (&Scripted, &Ending), at: usize) -> bool {
    let (session, ending) = walk;
    let is_fetch = matches!(session.calls[at], Call::Fetch(_));
    let is_unanswered =
        matches!(fault.kind, Some(FailureKind::Refused | FailureKind::Unreachable)) && is_fetch;
    let refusal = fault.refusal;
    fault.must_fail
        || match request.action {
            Action::Logout => is_unanswered || refusal.is_some_and(|it| it >= 500),
            Action::Whoami | Action::Refresh => refusal.is_some(),
            _ => refusal.is_some() && has_token(&session.answers[at], ending),
        }
}

/// Whether the answer of a server contains the token of the sign-in.
fn has_token(answer: &str, ending: &Ending) -> bool {
    let token = ending.success().and_then(|it| Token::parse(it.token.as_ref()?).ok());
    let Some(token) = token else { return false };
    let mut secrets = Secrets::default();
    secrets.add(token.expose());
    secrets.add(token.bearer().expose());
    let response: Result<HttpResponse, _> = decode(answer);
    response.is_ok_and(|it| secrets.are_in(&it.body))
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
