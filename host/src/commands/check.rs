//! `system check`: shows the sign-in status without changing anything.

use mesheryctl_core::auth_file::AuthFile;
use mesheryctl_core::token::Token;
use reqwest::Url;
use serde_json::{Value, json};

use crate::cli::{Global, Output};
use crate::clock::{expiry, rfc3339, unix_now};
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::net::Http;
use crate::net::meshery_server::{Server, Verdict};
use crate::output::{print, print_json};
use crate::plugin::isolation::Isolation;
use crate::providers::catalog::Catalog;
use crate::sign_in::target::Target;
use crate::storage::home::Home;
use crate::storage::token_store::{self, Stored};
use crate::terminal::environment::{self, Environment};
use crate::text::{Label, Name};

/// One line of the report. Its marks are those of the Go CLI.
struct Line {
    mark: Mark,
    text: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Good,
    Bad,
    Note,
}

/// What is known about the token in use, and the lines that show it.
#[derive(Default)]
struct Report {
    lines: Vec<Line>,
    provider: Option<String>,
    account: Option<String>,
    expires_at: Option<u64>,
}

pub fn run(global: &Global) -> Result<()> {
    let http = Http::trusting(global.ca_file.as_deref())?;
    let target = Target::find(global)?;
    let server = target.server(&http);
    let mut report = report(&target, server.as_ref())?;
    report.lines.push(environment());
    report.lines.push(isolation());
    let signed_in = report.lines.iter().all(|it| it.mark != Mark::Bad);
    match global.output {
        Output::Text => print(&text(&report.lines))?,
        Output::Json if signed_in => print_json(&json(&report, &target))?,
        Output::Json => {}
    }
    if signed_in { Ok(()) } else { Err(not_signed_in(&report.lines, global.output)) }
}

fn report(target: &Target, server: Option<&Server<'_>>) -> Result<Report> {
    let mut report = Report::default();
    let Some(auth) = token_in_use(target, &mut report.lines) else {
        report.lines.extend(server.and_then(unreachable));
        report.lines.extend(server.and_then(fix));
        return Ok(report);
    };
    if let Some(mode) = target.store.mode_if_not_private() {
        let file = target.token_file();
        let fix = Command::from("chmod 600").value(target.store.file().display().to_string());
        report
            .lines
            .push(note(format!("{file} is readable by other users (mode {mode:04o}): {fix}")));
    }
    if !auth.token.is_empty() {
        let verdict = verdict(&auth, &target.home, server)?;
        let expiry = expires_at(&auth.token, target).map(|at| expired(at, verdict.mark));
        report.lines.extend(expiry);
        report.lines.push(verdict);
        report.lines.extend(server.and_then(fix));
    }
    let claims = auth.token.claims();
    report.account =
        target.store.state_of(&auth.token).and_then(|it| it.account).or(claims.account);
    report.expires_at = expires_at(&auth.token, target);
    report.provider = Some(auth.provider);
    Ok(report)
}

fn environment() -> Line {
    note(match Environment::find() {
        Environment::Browser(browser) => format!("Sign-in opens {browser}"),
        Environment::NoBrowser(why) if environment::is_ci() => {
            format!("{why} Set MESHERY_TOKEN or pass --with-token")
        }
        Environment::NoBrowser(why) => {
            format!("{why} Sign-in prints a URL and waits for you to paste the result")
        }
    })
}

/// A line for a server that cannot be reached, which may be why the person is not signed in.
fn unreachable(server: &Server<'_>) -> Option<Line> {
    let why = server.listed().err()?;
    Some(note(format!("The Meshery Server {} {why}", server.name())))
}

fn fix(server: &Server<'_>) -> Option<Line> {
    let step = server.next(&Command::from("mesheryctl system check"))?;
    Some(note(format!("{}: {}", step.label, step.command)))
}

fn isolation() -> Line {
    note(Isolation::here().in_words())
}

/// The token in use. Adds a line about it, or about why there is none.
fn token_in_use(target: &Target, lines: &mut Vec<Line>) -> Option<AuthFile> {
    let file = target.token_file();
    let stored = target.store.read();
    if let Some(token) = token_store::of_environment() {
        return from_environment(token.expose(), stored, target, lines);
    }
    let line = match stored {
        Stored::Token(auth) => {
            lines.push(good(signed_in(&auth, target)));
            return Some(auth);
        }
        Stored::Nothing => format!("Authentication token not found: {file} is empty or missing"),
        Stored::Invalid(why) => format!("Authentication token not found: {file} {why}"),
        Stored::Unreadable(error) => {
            format!("Authentication token not found: cannot read {file}: {error}")
        }
    };
    lines.push(bad(line));
    None
}

fn signed_in(auth: &AuthFile, target: &Target) -> String {
    let name = Name::new(&auth.provider);
    let file = target.token_file();
    if auth.token.is_empty() {
        return format!("Using {name} without an account ({file})");
    }
    let state = target.store.state_of(&auth.token);
    let account = state.and_then(|it| it.account).or_else(|| auth.token.claims().account);
    let account = account.map(|it| format!(" as {}", Label::new(&it))).unwrap_or_default();
    format!("Signed in to {name}{account} ({file})")
}

/// The token in `MESHERY_TOKEN`. Its provider is that of `MESHERY_PROVIDER`, else of the token file, else of the
/// context.
fn from_environment(
    text: &str,
    stored: Stored,
    target: &Target,
    lines: &mut Vec<Line>,
) -> Option<AuthFile> {
    let token = match Token::parse(text) {
        Ok(token) => token,
        Err(why) => {
            lines.push(bad(format!("MESHERY_TOKEN {why}")));
            return None;
        }
    };
    let of_file = match stored {
        Stored::Token(auth) => Some(auth.provider),
        _ => None,
    };
    let of_context = || target.context.as_ref().and_then(|it| it.provider.clone());
    let provider = std::env::var("MESHERY_PROVIDER").ok().filter(|it| !it.is_empty());
    match provider.or(of_file).or_else(of_context) {
        Some(none) if ["none", "local"].contains(&none.to_lowercase().as_str()) => {
            lines.push(bad(format!("MESHERY_TOKEN is set, but its provider would be {none}, which uses no token: set MESHERY_PROVIDER")));
            None
        }
        Some(provider) => {
            lines.push(good(format!("Using MESHERY_TOKEN of {}", Name::new(&provider))));
            Some(AuthFile { provider, token })
        }
        None => {
            lines.push(bad(
                "MESHERY_TOKEN is set, but its provider is unknown: set MESHERY_PROVIDER".into(),
            ));
            None
        }
    }
}

/// The expiry that the provider stated when it issued the token, else that in the claims of the token.
fn expires_at(token: &Token, target: &Target) -> Option<u64> {
    target.store.state_of(token).and_then(|it| it.expires_at).or(token.claims().expires_at)
}

/// The line about the expiry. It is no error if the server accepts the token, which knows better.
fn expired(at: u64, verdict: Mark) -> Line {
    let text = expiry(at).trim().trim_end_matches('.').to_owned();
    match at > unix_now() || verdict == Mark::Good {
        true => good(text),
        false => bad(text),
    }
}

fn verdict(auth: &AuthFile, home: &Home, server: Option<&Server<'_>>) -> Result<Line> {
    let Some(server) = server else {
        return Ok(note("Not verified: no context names a Meshery Server".into()));
    };
    let name = server.name();
    Ok(match provider_url(auth, home, server)? {
        Err(why) => note(format!("Not verified: {name} {why}")),
        Ok(url) => match server.check(&url, &auth.token).1 {
            Verdict::Accepted(_) => good(format!("Accepted by {name}")),
            Verdict::Rejected => bad(format!("Rejected by {name}")),
            Verdict::Unknown(why) => note(format!("Not verified: {name} {why}")),
        },
    })
}

/// The URL of the provider that the token file names in the list of the server, or why it has none.
fn provider_url(
    auth: &AuthFile,
    home: &Home,
    server: &Server<'_>,
) -> Result<std::result::Result<Url, String>> {
    let listed = match server.listed() {
        Ok(listed) => listed,
        Err(why) => return Ok(Err(why)),
    };
    let name = Name::new(&auth.provider);
    if let Some(found) = listed.iter().find(|it| it.name.raw() == auth.provider) {
        let why = format!("lists {name} with a URL that is neither https nor on this computer");
        return Ok(found.url.clone().ok_or(why));
    }
    let catalog = Catalog::gather(home)?;
    let own = catalog.entries().iter().find(|it| it.is_called(&auth.provider));
    let own = own.and_then(|it| it.url.as_ref());
    let renamed = listed.iter().find(|it| own.is_some_and(|url| it.has_url(url)));
    Ok(Err(match renamed {
        Some(it) => format!("calls {name} {} now; sign in again", it.name),
        None => format!("does not list {name}"),
    }))
}

fn text(lines: &[Line]) -> String {
    let mut text = String::from("\nAuthentication\n--------------\n");
    for line in lines {
        let mark = match line.mark {
            Mark::Good => "✓",
            Mark::Bad => "!!",
            Mark::Note => "-",
        };
        text += &format!("{mark} {}\n", line.text);
    }
    text
}

fn json(report: &Report, target: &Target) -> Value {
    let line = |it: &Line| {
        let status = match it.mark {
            Mark::Good => "ok",
            Mark::Bad => "failed",
            Mark::Note => "note",
        };
        json!({ "status": status, "text": it.text })
    };
    json!({
        "provider": report.provider,
        "account": report.account,
        "expires_at": report.expires_at.and_then(rfc3339),
        "token_file": target.store.file().display().to_string(),
        "authentication": report.lines.iter().map(line).collect::<Vec<_>>(),
    })
}

/// The error of the command. The report on standard output already contains the reasons.
fn not_signed_in(lines: &[Line], output: Output) -> Error {
    let reasons = lines.iter().filter(|it| it.mark == Mark::Bad).map(|it| it.text.as_str());
    let message = match output {
        Output::Text => "You are not signed in.".to_owned(),
        Output::Json => format!("{}.", reasons.collect::<Vec<_>>().join(". ")),
    };
    Error::new(Code::NotSignedIn, message)
        .next(Suggestion::new("Sign in", "mesheryctl system login"))
}

fn good(text: String) -> Line {
    Line { mark: Mark::Good, text }
}

fn bad(text: String) -> Line {
    Line { mark: Mark::Bad, text }
}

fn note(text: String) -> Line {
    Line { mark: Mark::Note, text }
}
