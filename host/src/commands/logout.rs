//! `system logout`: revokes at the provider what a login here obtained, and empties the token file, as the Go CLI does.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::cli::{Global, Logout, Output};
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::net::Http;
use crate::output::print_json;
use crate::process::signals;
use crate::sign_in::inquiry::Inquiry;
use crate::sign_in::revocation::{Extent, Revocation};
use crate::sign_in::target::Target;
use crate::storage::token_store::{self, Cleared, Stored};
use crate::terminal::Terminal;
use crate::text::Name;

/// A token file that was emptied.
struct SignedOut {
    file: PathBuf,
    was_signed_in: bool,
    revocation: Option<Revocation>,
}

pub fn run(global: &Global, args: &Logout, terminal: &Terminal) -> Result<()> {
    // A signal during the write must not leave a temporary file.
    let _ = signals::watch();
    let target = Target::find(global)?;
    let targets = if args.all { target.of_all_contexts()? } else { vec![target] };
    let mut all = Vec::new();
    let mut worst: Option<Error> = None;
    for target in &targets {
        signals::resume();
        if let Some(signal) = signals::pending() {
            return Err(signals::error(signal));
        }
        match sign_out(target, args, global, terminal) {
            Ok(it) => all.push(it),
            Err(error) => {
                if let Some(signal) = signals::pending() {
                    return Err(signals::error(signal));
                }
                let is_worse = |it: &Error| error.exit() as u8 > it.exit() as u8;
                if worst.as_ref().is_none_or(is_worse) {
                    worst = Some(error);
                }
            }
        }
    }
    if token_store::token_of_environment().is_some() {
        terminal.say("MESHERY_TOKEN is set: it takes precedence over the stored token.");
    }
    if let Some(error) = worst {
        let sessions = all.iter().map(SignedOut::json).collect::<Vec<_>>();
        return Err(if args.all { error.beside("sessions", sessions.into()) } else { error });
    }
    match (global.output, all.as_slice()) {
        (Output::Text, _) => Ok(()),
        (Output::Json, [one]) if !args.all => print_json(&one.json()),
        (Output::Json, all) => {
            print_json(&json!({ "sessions": all.iter().map(SignedOut::json).collect::<Vec<_>>() }))
        }
    }
}

fn sign_out(
    target: &Target,
    args: &Logout,
    global: &Global,
    terminal: &Terminal,
) -> Result<SignedOut> {
    let file = target.store.file().to_owned();
    let held = match target.store.read() {
        Stored::Token(auth) if !auth.token.is_empty() => target.store.hold()?,
        _ => None,
    };
    let Some(held) = held else {
        // A file without a token, or none: nobody is to be asked.
        let Cleared { was_signed_in, warning } = target.store.clear()?;
        say(was_signed_in, None, warning.as_deref(), target, terminal);
        return Ok(SignedOut { file, was_signed_in, revocation: None });
    };
    let empty = held.prepare_clear()?;
    let extent = match (args.local, args.revoke) {
        (true, _) => Extent::Local,
        (false, true) => Extent::Any,
        (false, false) => Extent::OwnLogin,
    };
    let revocation = match extent.unasked(held.record.as_ref()) {
        Some(why) => Revocation::NotAsked(why),
        None => {
            let user = global.server_user.as_deref();
            let http = Http::trusting(global.ca_file.as_deref(), user)?;
            let inquiry = Inquiry { terminal, http: &http, target, server: None, named: false };
            inquiry.revoke(&held.auth, held.record.as_ref())?
        }
    };
    let name = Name::new(&held.auth.provider);
    let recorded = held.record.as_ref().and_then(|it| it.expires_at);
    let ends_at = recorded.or(held.auth.token.claims().ends_at());
    let sentence = revocation.sentence(&name, ends_at);
    if args.revoke && revocation != Revocation::Revoked {
        return Err(not_revoked(&sentence, target));
    }
    let warning = held.clear(empty)?;
    say(true, Some(&sentence), warning.as_deref(), target, terminal);
    Ok(SignedOut { file, was_signed_in: true, revocation: Some(revocation) })
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
        false => terminal.say("Already signed out."),
    }
    let indent = if terminal.stderr { "  " } else { "" };
    revocation.iter().for_each(|it| terminal.say(&format!("{indent}{it}")));
    warning.iter().for_each(|it| terminal.say(it));
}

/// `--revoke`, without the confirmation of the provider.
fn not_revoked(sentence: &str, target: &Target) -> Error {
    Error::new(Code::Unreachable, sentence)
        .nothing_changed()
        .unchanged(target.store.file())
        .next(Suggestion::new("Try again", Command::again()))
        .next(Suggestion::new("Sign out here alone", "mesheryctl system logout --local"))
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
