//! `system check`: shows the sign-in status. It changes nothing, but for the record that a server verified the token after
//! the person allowed to send it there.

mod report;
mod token;
mod verdict;

use self::report::{Line, Mark, Report, good, json, note, text};
use self::token::{Source, Used, token_in_use};
use crate::callback::fixed_port;
use crate::cli::{Check, Global, Output};
use crate::clock::unix_now;
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::net::Http;
use crate::net::meshery_server::Server;
use crate::output::{print, print_json};
use crate::plugin::isolation::Isolation;
use crate::sign_in::target::Target;
use crate::sign_in::verification::{Findings, Verification};
use crate::storage::token_store::TokenStore;
use crate::terminal::Terminal;
use crate::terminal::environment::{self, Environment};
use crate::text::{Label, Name};

/// What the steps of a check share.
struct CheckRun<'a> {
    args: &'a Check,
    terminal: &'a Terminal,
    http: &'a Http,
    target: &'a Target,
    server: Option<Server<'a>>,
}

pub fn run(global: &Global, args: &Check, terminal: &Terminal) -> Result<()> {
    let http = Http::trusting(global.ca_file.as_deref())?;
    let mut target = Target::find(global)?;
    if let Some(file) = &args.token {
        target.store = TokenStore::at(file.clone(), &target.home.meshery());
    }
    let server = target.server(&http)?;
    let check = CheckRun { args, terminal, http: &http, target: &target, server };
    let mut report = check.report()?;
    report.lines.push(environment());
    report.lines.push(isolation());
    let signed_in = report.lines.iter().all(|it| it.mark != Mark::Bad);
    match global.output {
        Output::Text => print(&text(&report.lines))?,
        Output::Json if signed_in => print_json(&json(&report, &target))?,
        Output::Json => {}
    }
    if signed_in { Ok(()) } else { Err(not_signed_in(&report, global.output)) }
}

impl CheckRun<'_> {
    fn report(&self) -> Result<Report> {
        let mut report = Report::default();
        let server = self.server.as_ref();
        let Some(used) = token_in_use(self.target, self.args.token.is_some(), &mut report) else {
            report.lines.extend(server.and_then(unreachable));
            report.lines.extend(server.and_then(fix));
            return Ok(report);
        };
        if used.auth.token.is_empty() {
            let (name, file) = (Name::new(&used.auth.provider), self.target.token_file());
            report.lines.push(good(format!("Using {name} without an account ({file})")));
            report.lines.extend(readable_by_others(self.target));
        } else if used.ended_without_refresh() {
            report.lines.push(used.expired(self.target));
        } else {
            let found = self.verify(&used)?;
            self.remember(&used, &found)?;
            self.describe(&used, &found, &mut report);
        }
        report.expires_at = used.ends_at();
        report.provider = Some(used.auth.provider);
        Ok(report)
    }

    /// The lines about a token that is not empty.
    fn describe(&self, used: &Used, found: &Findings, report: &mut Report) {
        let accepted = matches!(found.verification, Verification::Accepted { .. });
        let ended = used.ends_at().is_some_and(|at| at <= unix_now());
        if ended && !accepted {
            report.lines.push(used.expired(self.target));
            return;
        }
        let account = used.account(&found.verification);
        if !matches!(found.verification, Verification::Rejected { .. }) {
            report.lines.push(good(used.headline(account.as_deref(), self.target)));
        }
        report.lines.extend(readable_by_others(self.target));
        report.lines.extend(used.expiry(ended));
        let claimed = used.claimed_account().filter(|_| account.is_none());
        if let Some(claimed) = &claimed {
            let claimed = Label::new(claimed);
            report.lines.push(note(format!("It says it is for {claimed}; not verified")));
        }
        report.lines.extend(verdict::lines(found, &used.auth.provider, self.args.verify));
        report.lines.extend(used.last_verified());
        report.lines.extend(self.server.as_ref().and_then(fix));
        report.account = account.or(claimed);
    }
}

fn readable_by_others(target: &Target) -> Option<Line> {
    let mode = target.store.mode_if_not_private()?;
    let file = target.token_file();
    let fix = Command::from("chmod 600").value(target.store.file().display().to_string());
    Some(note(format!("{file} is readable by other users (mode {mode:04o}): {fix}")))
}

fn environment() -> Line {
    note(match Environment::find() {
        Environment::Browser(browser) => format!("Sign-in opens {browser}"),
        Environment::NoBrowser(why) if environment::is_ci() => {
            format!("{why} Set MESHERY_TOKEN or pass --with-token")
        }
        Environment::NoBrowser(why) => match fixed_port::chosen(None) {
            Ok(Some(port)) => format!("{why} Sign-in prints a URL and listens on port {port}"),
            _ => format!("{why} Sign-in prints a URL and waits for you to paste the result"),
        },
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
fn not_signed_in(report: &Report, output: Output) -> Error {
    let reasons = report.lines.iter().filter(|it| it.mark == Mark::Bad).map(|it| it.text.as_str());
    let message = match output {
        Output::Text => "You are not signed in.".to_owned(),
        Output::Json => format!("{}.", reasons.collect::<Vec<_>>().join(". ")),
    };
    let error = Error::new(Code::NotSignedIn, message);
    match report.source {
        // Another login would change nothing: the variable takes precedence.
        Some(Source::Environment) => error
            .next(Suggestion::new("Use the saved token", "unset MESHERY_TOKEN"))
            .next(Suggestion::new("Or set a new one", "export MESHERY_TOKEN=\"$(cat token.txt)\"")),
        _ => error.next(Suggestion::new("Sign in", "mesheryctl system login")),
    }
}
