//! `plugin try`: signs in with a plugin that is not trusted, once; the token is not stored.

use mesheryctl_core::auth_file::AuthFile;
use mesheryctl_core::failure::{Failure, FailureKind};
use mesheryctl_core::provider::SignIn;
use serde_json::json;

use super::redaction::Redaction;
use super::source;
use super::trace::Traced;
use crate::callback::Outcome;
use crate::cli::{Global, Output, Try};
use crate::clock::{expiry, rfc3339};
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::net::Http;
use crate::output::print_json;
use crate::plugin::trial::Trial;
use crate::process::signals;
use crate::providers::entry::{Entry, ReadyEntry, Via};
use crate::session::{LoginSession, Route};
use crate::sign_in::failure;
use crate::storage::home::Home;
use crate::storage::token_record::{Origin, TokenRecord};
use crate::storage::token_store;
use crate::terminal::Terminal;
use crate::text::{Label, Message, Sentence};

pub fn run(args: &Try, global: &Global, terminal: &Terminal) -> Result<()> {
    let no_signals =
        |error| Error::new(Code::InternalError, format!("Cannot listen for signals: {error}."));
    signals::watch().map_err(no_signals)?;
    let home = Home::find(global.plugins_dir.as_deref())?;
    let file = source::find(&args.file, &home, terminal)?;
    let trial = Trial::read(&file, &home)?;
    let http = Http::trusting(global.ca_file.as_deref(), global.server_user.as_deref())?;
    let entry = Entry::on_trial(&trial, &file, home.administration()?.clone());
    let given = entry.read_given(&args.set, Via::Try, terminal)?.into_iter();
    let given = given.map(|(key, value)| (key, value.expose().to_owned())).collect();
    let sha256 = trial.sha256.clone();
    let entry = entry.prepare_trial(given, trial, terminal)?;
    terminal.say(&format!("{} runs once, and is not trusted. SHA-256 {sha256}", entry.name()));
    let (sign_in, calls) = sign_in(&entry, args, &http, terminal)?;
    check_storable(&entry, &sign_in)?;
    announce(&entry, &sign_in, calls, global, terminal)
}

/// Signs in; how many calls the plugin made.
fn sign_in(
    entry: &ReadyEntry,
    args: &Try,
    http: &Http,
    terminal: &Terminal,
) -> Result<(SignIn, u32)> {
    let route = Route::choose(args.no_browser, args.device, None);
    let session = LoginSession::new(entry, terminal, http, route, args.timeout);
    let mut session = Traced::new(session, terminal, args.trace, redaction(entry));
    let signed_in = entry.login(route.receives_callback(), &mut session);
    entry.take_notes().iter().for_each(|note| terminal.note(note));
    let calls = session.calls;
    let outcome = match &signed_in {
        Ok(sign_in) => Outcome::SignedIn(sign_in.account.as_ref().map(Label::new)),
        Err(it) if it.kind == FailureKind::Denied => Outcome::Denied,
        Err(_) => Outcome::Failed,
    };
    session.session.close(&outcome);
    let sign_in = signed_in.map_err(|it| error(&it, entry, args.trace))?;
    match sign_in.token.is_empty() {
        true => {
            let message = format!("{} returned an empty token.", entry.name());
            Err(Error::new(Code::InvalidAnswer, message).nothing_changed())
        }
        false => Ok((sign_in, calls)),
    }
}

/// What the settings say of values that pass.
fn redaction(entry: &ReadyEntry) -> Redaction {
    let settings = entry
        .manifest
        .settings
        .iter()
        .filter_map(|it| Some((entry.settings.get(&it.key)?.to_owned(), it.secret)));
    Redaction::new(settings)
}

/// What its author can do about the failure.
fn error(of: &Failure, entry: &ReadyEntry, is_traced: bool) -> Error {
    if let Some(signal) = signals::pending() {
        return signals::error(signal);
    }
    let hint = of.hint.as_ref().map(|it| format!(" {}", Sentence::new(it)));
    let message = format!("{}{}", Message::new(&of.message), hint.unwrap_or_default());
    let error = Error::new(failure::code(of.kind), message).nothing_changed();
    let keys = entry.setting_keys();
    let wrong = of.settings.iter().filter(|it| keys.contains(&it.as_str()));
    let correct =
        wrong.fold(Command::again(), |it, key| it.literal("--set").value(key.as_str()).glued("=…"));
    match of.kind {
        FailureKind::Cancelled | FailureKind::NeedsTerminal => error,
        FailureKind::Misconfigured => error.next(Suggestion::new("Correct it", correct)),
        _ if is_traced => error,
        _ => error.next(Suggestion::new("See each call", Command::again().literal("--trace"))),
    }
}

/// Checks that a login could store the sign-in and read it again. Nothing is written: a process that is killed would leave it.
fn check_storable(entry: &ReadyEntry, sign_in: &SignIn) -> Result<()> {
    let auth = AuthFile { provider: entry.name().to_owned(), token: sign_in.token.clone() };
    let record = TokenRecord::of(entry.id(), sign_in)
        .with_origin(Origin::Login, Some(entry.settings.clone()))
        .by_plugin(entry.plugin_sha256.clone());
    token_store::check_readable(&auth, &record)
}

fn announce(
    entry: &ReadyEntry,
    sign_in: &SignIn,
    calls: u32,
    global: &Global,
    terminal: &Terminal,
) -> Result<()> {
    let name = entry.name();
    let account = sign_in.account.as_ref().map(|it| format!(" as {}", Label::new(it)));
    let expires_at = sign_in.expires_at.or(sign_in.token.claims().expires_at);
    let expires = expires_at.map(expiry).unwrap_or_default();
    let state = match sign_in.stored_state {
        Some(_) => " It has a stored state.",
        None => "",
    };
    terminal.done(&format!("Signed in to {name}{}.{expires}", account.unwrap_or_default()));
    let made = if calls == 1 { "1 call".to_owned() } else { format!("{calls} calls") };
    terminal.say(&format!("  The plugin made {made}.{state} The token was not stored."));
    match global.output {
        Output::Text => Ok(()),
        Output::Json => print_json(&json!({
            "provider": name,
            "account": sign_in.account,
            "expires_at": expires_at.and_then(rfc3339),
            "has_stored_state": sign_in.stored_state.is_some(),
            "calls": calls,
            "sha256": entry.plugin_sha256,
        })),
    }
}
