//! `system check`: shows the sign-in status without changing anything.

mod report;
mod token;
mod verdict;

use self::report::{Line, Mark, Report, json, note, text};
use self::token::{expired, expires_at, token_in_use};
use self::verdict::verdict;
use crate::cli::{Global, Output};
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::net::Http;
use crate::net::meshery_server::Server;
use crate::output::{print, print_json};
use crate::plugin::isolation::Isolation;
use crate::sign_in::target::Target;
use crate::terminal::environment::{self, Environment};

pub fn run(global: &Global) -> Result<()> {
    let http = Http::trusting(global.ca_file.as_deref())?;
    let target = Target::find(global)?;
    let server = target.server(&http)?;
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
        target.store.record_of(&auth.token).and_then(|it| it.account).or(claims.account);
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
