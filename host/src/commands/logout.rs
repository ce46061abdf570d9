//! `system logout`: revokes at the provider what a login here obtained, and empties the token file, as the Go CLI does.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::cli::{Global, Logout, Output};
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::net::Http;
use crate::output::print_json;
use crate::process::signals;
use crate::sign_in::inquiry::Inquiry;
use crate::sign_in::revocation::{Extent, Left, Revocation};
use crate::sign_in::target::Target;
use crate::sign_in::token_in_use::TokenInUse;
use crate::storage::atomic_file::AtomicFile;
use crate::storage::held_token::HeldToken;
use crate::storage::token_store::{self, Cleared, Stored};
use crate::terminal::Terminal;
use crate::text::Name;

/// What the steps of a logout share.
#[derive(Clone, Copy)]
struct LogoutRun<'a> {
    args: &'a Logout,
    global: &'a Global,
    terminal: &'a Terminal,
}

/// A token file that was emptied, or was empty.
struct SignedOut {
    file: PathBuf,
    was_signed_in: bool,
    revocation: Option<Revocation>,
}

pub fn run(global: &Global, args: &Logout, terminal: &Terminal) -> Result<()> {
    // A signal during the write must not leave a temporary file.
    let _ = signals::watch();
    match args.all {
        true => run_all(global, args, terminal),
        false => {
            let result = LogoutRun { args, global, terminal }.sign_out(&Target::find(global)?);
            say_variable(terminal);
            match (result?, global.output) {
                (_, Output::Text) => Ok(()),
                (it, Output::Json) => print_json(&it.json()),
            }
        }
    }
}

/// Signs out of every token file. One that fails stops no other.
fn run_all(global: &Global, args: &Logout, terminal: &Terminal) -> Result<()> {
    let (targets, unresolved) = Target::all(global)?;
    let mut all = Vec::new();
    let mut failed = Vec::new();
    if let Some(error) = unresolved {
        let error = error.repeating(&global.typed);
        terminal.say(&error.to_string());
        all.push(failed_json(None, &error));
        failed.push(error);
    }
    for target in &targets {
        signals::resume();
        if let Some(signal) = signals::pending() {
            return Err(signals::error(signal));
        }
        let result = LogoutRun { args, global, terminal }.sign_out(target);
        match result {
            Ok(it) => all.push(it.json()),
            Err(error) => {
                terminal.say(&format!("Not signed out: {}. {error}", target.shown_file(terminal)));
                let error = error.repeating(&global.typed);
                all.push(failed_json(Some(target.store.file()), &error));
                failed.push(error);
            }
        }
    }
    say_variable(terminal);
    let (count, sessions) = (all.len(), Value::from(all));
    match (worst(&failed), global.output) {
        (Some(worst), _) => {
            let message = format!("{} of {count} sessions could not be ended.", failed.len());
            let error = Error::new(worst.code, message).beside("sessions", sessions);
            Err(worst.suggestions().iter().cloned().fold(error, Error::next))
        }
        (None, Output::Text) => Ok(()),
        (None, Output::Json) => print_json(&json!({ "sessions": sessions })),
    }
}

/// The first error of those with the highest exit code.
fn worst(errors: &[Error]) -> Option<&Error> {
    errors.iter().rev().max_by_key(|it| it.exit() as u8)
}

fn say_variable(terminal: &Terminal) {
    if token_store::token_of_environment().is_some() {
        terminal.say("MESHERY_TOKEN is set: it takes precedence over the stored token.");
    }
}

impl LogoutRun<'_> {
    fn sign_out(&self, target: &Target) -> Result<SignedOut> {
        let held = match target.store.read() {
            Stored::Token(auth) if !auth.token.is_empty() => target.store.hold()?,
            _ => None,
        };
        let Some(held) = held else {
            // A file without a token, or none: there is nothing to revoke.
            let Cleared { was_signed_in, warning } = target.store.clear()?;
            say(was_signed_in, None, warning.as_deref(), target, self.terminal);
            let file = target.store.file().to_owned();
            return Ok(SignedOut { file, was_signed_in, revocation: None });
        };
        let empty = held.prepare_clear()?;
        // A token that was revoked is to be cleared, so a signal waits for both: five seconds at most.
        signals::uninterrupted(|| self.revoke_and_clear(held, empty, target))
    }

    fn revoke_and_clear(
        &self,
        held: HeldToken<'_>,
        empty: AtomicFile,
        target: &Target,
    ) -> Result<SignedOut> {
        let Self { args, global, terminal } = *self;
        let extent = match (args.local, args.revoke) {
            (true, _) => Extent::Local,
            (false, true) => Extent::Any,
            (false, false) => Extent::OwnLogin,
        };
        let used = TokenInUse::of_held(&held);
        let revocation = match extent.unasked(used.record.as_ref()) {
            Some(why) => Revocation::NotAsked(why),
            None => {
                let user = global.server_user.as_deref();
                let http = Http::trusting(global.ca_file.as_deref(), user)?;
                let inquiry = Inquiry { terminal, http: &http, target, server: None, named: false };
                inquiry.revoke(&used)?
            }
        };
        let sentence = revocation.sentence(&Name::new(&used.auth.provider), &Left::of(&used));
        if args.revoke && revocation != Revocation::Revoked {
            return Err(not_revoked(&revocation, &sentence, args, target));
        }
        let warning = held.clear(empty)?;
        say(true, Some(&sentence), warning.as_deref(), target, terminal);
        let file = target.store.file().to_owned();
        Ok(SignedOut { file, was_signed_in: true, revocation: Some(revocation) })
    }
}

fn say(
    was_signed_in: bool,
    revocation: Option<&str>,
    warning: Option<&str>,
    target: &Target,
    terminal: &Terminal,
) {
    match was_signed_in {
        true => terminal
            .done(&format!("Signed out. Cleared the token in {}.", target.shown_file(terminal))),
        false => {
            let file = target.shown_file(terminal);
            terminal.say(&format!("Already signed out: {file} has no token."));
        }
    }
    let indent = if terminal.stderr { "  " } else { "" };
    revocation.iter().for_each(|it| terminal.say(&format!("{indent}{it}")));
    warning.iter().for_each(|it| terminal.say(it));
}

/// `--revoke`, without the confirmation of the provider.
fn not_revoked(revocation: &Revocation, sentence: &str, args: &Logout, target: &Target) -> Error {
    let error =
        Error::new(Code::Unreachable, sentence).nothing_changed().unchanged(target.store.file());
    let error = match revocation {
        Revocation::Unsupported => error,
        Revocation::Unavailable => {
            error.next(Suggestion::new("See the plugins", "mesheryctl plugin list"))
        }
        _ => error.next(Suggestion::new("Try again", Command::again())),
    };
    let here = match args.all {
        true => "mesheryctl system logout --all --local",
        false => "mesheryctl system logout --local",
    };
    error.next(Suggestion::new("Sign out here alone", here))
}

/// The entry of a token file that was not emptied; without a file, of a context that has none.
fn failed_json(file: Option<&Path>, error: &Error) -> Value {
    json!({
        "signed_out": false,
        "token_file": file.map(|it| it.display().to_string()),
        "revocation": null,
        "error": error.to_json()["error"],
    })
}

impl SignedOut {
    fn json(&self) -> Value {
        json!({
            "signed_out": self.was_signed_in,
            "token_file": self.file.display().to_string(),
            "revocation": self.revocation.as_ref().map(Revocation::name),
        })
    }
}
