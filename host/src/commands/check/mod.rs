//! `system check`: shows the sign-in status, and what is wrong with files and settings, each with the command that mends it.
//! Without `--fix` it changes no file but that of the token: it stores a token that the server returns in place of the old one,
//! completes a renewal that was interrupted, and records that a server verified the token which the person allowed to send there.

mod files;
mod id;
mod naming;
mod report;
mod surroundings;
mod token;
mod verdict;

use self::id::Id;
use self::report::{Line, Report, good, json, lines, note, printed};
use crate::cli::{Check, Global, Output};
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::net::Http;
use crate::net::meshery_server::Server;
use crate::output::print_json;
use crate::process::signals;
use crate::sign_in::inquiry::Inquiry;
use crate::sign_in::remedy;
use crate::sign_in::renewal::{NotRenewed, Verified};
use crate::sign_in::target::Target;
use crate::sign_in::token_in_use::{Source, TokenInUse};
use crate::sign_in::verification::{Findings, Verification};
use crate::terminal::Terminal;
use crate::terminal::environment::is_ci;
use crate::text::{Label, Name, Sentence};

/// What the steps of a check share.
struct CheckRun<'a> {
    args: &'a Check,
    target: &'a Target,
    inquiry: Inquiry<'a>,
}

pub fn run(global: &Global, args: &Check, terminal: &Terminal) -> Result<()> {
    // A signal must not leave the terminal in a mode that hides what is typed.
    let _ = signals::watch();
    let http = Http::trusting(global.ca_file.as_deref(), global.server_user.as_deref())?;
    let (mut target, config_error) = Target::find_or_default(global)?;
    if let Some(file) = &args.token {
        target = target.with_file(file);
    }
    terminal.detail(&target.description());
    let server = target.server(&http);
    let named = args.token.is_some();
    let inquiry = Inquiry { terminal, http: &http, target: &target, server, named };
    let check = CheckRun { args, target: &target, inquiry };
    let mut report = Report::default();
    report.lines.extend(config_error.map(|it| Line::of_error(Id::Config, &it)));
    report.lines.extend(surroundings::policy(&target.home));
    report.lines.extend(surroundings::kept_settings(&target.home));
    check.fill(&mut report)?;
    if let Some(signal) = signals::pending() {
        return Err(signals::error(signal));
    }
    let error = problem(&report, global.output).map(|it| it.repeating(&global.typed));
    let report = report.repeating(&global.typed);
    match global.output {
        Output::Text => terminal.print(&printed(&report.lines))?,
        Output::Json if error.is_none() => print_json(&json(&report, &target))?,
        Output::Json => {}
    }
    error.map_or(Ok(()), |it| Err(it.beside("authentication", lines(&report))))
}

impl CheckRun<'_> {
    fn fill(&self, report: &mut Report) -> Result<()> {
        if self.args.fix {
            report.lines.extend(files::mend(self.target));
            report.lines.extend(self.mend_name()?);
        }
        self.check_token(report)?;
        match self.args.token {
            Some(_) => report.lines.extend(files::modes(self.target)),
            None => report.lines.extend(files::lines(self.target, report.provider.is_some())),
        }
        report.lines.extend(surroundings::variable(&self.target.store));
        report.lines.push(surroundings::environment());
        report.lines.push(surroundings::isolation());
        report.lines.extend(surroundings::go_program(&self.target.home));
        Ok(())
    }

    fn check_token(&self, report: &mut Report) -> Result<()> {
        let named = self.args.token.is_some();
        report.source = Some(Source::here(named));
        let used = match TokenInUse::find(self.target, named) {
            Ok(used) => used,
            Err(error) => {
                report.lines.push(Line::of_error(Id::Token, &error));
                let server = self.inquiry.server.as_ref();
                report.lines.extend(server.and_then(|it| self.unreachable(it)));
                return Ok(());
            }
        };
        let used = self.describe_used(used, report)?;
        report.last_verified = used.last_verified();
        report.expires_at = used.ends_at();
        report.provider = Some(used.auth.provider);
        Ok(())
    }

    /// Adds the lines about the token, and returns the token in use then.
    fn describe_used(&self, used: TokenInUse, report: &mut Report) -> Result<TokenInUse> {
        if used.auth.token.is_empty() {
            let (name, file) = (Name::new(&used.auth.provider), self.target.token_file());
            let text = format!("Using {name} without an account ({file})");
            report.lines.push(good(Id::Token, text));
            return Ok(used);
        }
        if !self.args.verify && used.ended_without_refresh() {
            report.lines.push(used.expired(self.inquiry.can_renew(&used)?, self.target));
            return Ok(used);
        }
        let (used, found, not_renewed) = match self.args.verify {
            true => {
                let Verified { used, found, not_renewed } = self.inquiry.verify_renewed(used)?;
                (used, found, not_renewed)
            }
            false => {
                let (used, found) = self.inquiry.verify(used, false)?;
                (used, found, None)
            }
        };
        self.inquiry.remember(&used, &found)?;
        self.describe(&used, &found, not_renewed.as_ref(), report)?;
        report.verification = Some(found.verification);
        Ok(used)
    }

    /// The lines about a token that is not empty.
    fn describe(
        &self,
        used: &TokenInUse,
        found: &Findings,
        not_renewed: Option<&NotRenewed>,
        report: &mut Report,
    ) -> Result<()> {
        let why = not_renewed.map(|it| {
            let text = format!("The token could not be renewed: {}", Sentence::new(it.why()));
            let is_over = matches!(it, NotRenewed::Ever(_));
            note(Id::Expiry, text).with(is_over.then(remedy::sign_in))
        });
        let is_over = matches!(not_renewed, Some(NotRenewed::Ever(_)));
        let accepted = matches!(found.verification, Verification::Accepted { .. });
        let ended = used.has_ended();
        let can_renew = used.ends_within_a_day() && !is_over && self.inquiry.can_renew(used)?;
        if ended && !accepted {
            report.lines.push(used.expired(can_renew, self.target));
            report.lines.extend(why);
            return Ok(());
        }
        let account = used.account(&found.verification);
        let early = used.early(accepted);
        let is_usable = accepted || early.is_none();
        if is_usable && !found.is_rejected() {
            report.lines.push(match accepted || used.was_verified() {
                true => used.verified(account.as_deref(), self.target),
                false => used.unverified(self.target).with(self.verify_remedy()),
            });
        }
        report.lines.extend(early);
        report.lines.extend(used.expiry(ended, can_renew));
        let claimed = used.claimed_account().filter(|_| account.is_none());
        if let Some(claimed) = &claimed {
            let claimed = Label::new(claimed).delimited();
            let text = format!("It says it is for {claimed}; not verified");
            report.lines.push(note(Id::Account, text));
        }
        report.lines.extend(self.verdicts(used, found)?);
        report.lines.extend(why);
        report.lines.extend(used.last_verified_line());
        report.account = account.or(claimed);
        Ok(())
    }

    /// The command that asks the provider, unless this is it.
    fn verify_remedy(&self) -> Option<Suggestion> {
        let ask = || Suggestion::new("Verify it", Command::again().literal("--verify"));
        (!self.args.verify).then(ask)
    }

    /// A line for a server that cannot be reached, which may be why the person is not signed in.
    fn unreachable(&self, server: &Server<'_>) -> Option<Line> {
        let why = server.listed().err()?;
        let text = format!("The Meshery Server {} {why}", server.name());
        Some(note(Id::Server, text).with(self.server_remedy(server)))
    }
}

/// The error of the command, if there is a problem. The report on standard output already contains the reasons.
fn problem(report: &Report, output: Output) -> Option<Error> {
    let (_, first) = report.problems().next()?;
    let not_signed_in = report.problems().any(|(_, code)| code == Code::NotSignedIn);
    let message = match (output, not_signed_in) {
        (Output::Text, true) => "You are not signed in.".to_owned(),
        (Output::Text, false) => "The check found a problem.".to_owned(),
        (Output::Json, _) => {
            let reasons: Vec<_> = report.problems().map(|(it, _)| it.text.as_str()).collect();
            format!("{}.", reasons.join(". "))
        }
    };
    let code = if not_signed_in { Code::NotSignedIn } else { first };
    let error = Error::new(code, message);
    let fixes: Vec<_> = report.problems().filter_map(|(it, _)| it.fix.clone()).collect();
    Some(remedies(fixes, report.source).into_iter().fold(error, Error::next))
}

/// The commands below the error: those of the problems, and beside some of them another way.
fn remedies(fixes: Vec<Suggestion>, source: Option<Source>) -> Vec<Suggestion> {
    let mut all = Vec::new();
    for fix in fixes {
        let with_another = match source {
            _ if fix == remedy::sign_in() && is_ci() => remedy::for_ci().to_vec(),
            Some(Source::Environment) if fix == remedy::unset_variable() => {
                vec![fix, remedy::new_variable()]
            }
            _ => vec![fix],
        };
        all.extend(with_another.into_iter().filter(|it| !all.contains(it)).collect::<Vec<_>>());
    }
    all
}
