//! `system token refresh`: renews the token now.

use serde_json::json;

use crate::cli::{Global, Output};
use crate::clock::{expiry, rfc3339};
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::net::Http;
use crate::output::print_json;
use crate::process::signals;
use crate::sign_in::inquiry::Inquiry;
use crate::sign_in::remedy;
use crate::sign_in::renewal::{Failed, Reason, Renewal};
use crate::sign_in::target::Target;
use crate::sign_in::token_in_use::{Source, TokenInUse};
use crate::terminal::Terminal;
use crate::text::Name;

pub fn run(global: &Global, terminal: &Terminal) -> Result<()> {
    let _ = signals::watch();
    let http = Http::trusting(global.ca_file.as_deref(), global.server_user.as_deref())?;
    let target = Target::find(global)?;
    let used = TokenInUse::find(&target, false)?;
    if used.source == Source::Environment {
        return Err(of_variable());
    }
    let server = target.server(&http);
    let inquiry = Inquiry { terminal, http: &http, target: &target, server, named: false };
    match inquiry.renew(&used, Reason::Wanted)? {
        Renewal::Renewed(renewed) => announce(&renewed, true, global.output, &target, terminal),
        Renewal::Replaced(now) => announce(&now, false, global.output, &target, terminal),
        Renewal::Failed(failed) => Err(not_renewed(&used, &failed, &target)),
        Renewal::SignedOut(why) => Err(signed_out(&used, &why, &target)),
        Renewal::NotDue | Renewal::Unsupported => Err(unsupported(&used, &target)),
    }
}

/// Announces the token that is stored now: `by_us`, or by another process.
fn announce(
    renewed: &TokenInUse,
    by_us: bool,
    output: Output,
    target: &Target,
    terminal: &Terminal,
) -> Result<()> {
    let name = Name::new(&renewed.auth.provider);
    let ends_at = renewed.ends_at();
    let expires = ends_at.map(expiry).unwrap_or_default();
    let what = match by_us {
        true => format!("Renewed the token of {name}."),
        false => format!("Another process stored a token of {name} meanwhile."),
    };
    terminal.done(&format!("{what}{expires}"));
    match output {
        Output::Text => Ok(()),
        Output::Json => print_json(&json!({
            "renewed": by_us,
            "provider": renewed.auth.provider,
            "account": renewed.claimed_account(),
            "expires_at": ends_at.and_then(rfc3339),
            "token_file": target.store.file().display().to_string(),
        })),
    }
}

fn not_renewed(used: &TokenInUse, failed: &Failed, target: &Target) -> Error {
    let name = Name::new(&used.auth.provider);
    let left = used.ends_at().map(expiry).unwrap_or_default();
    let message = format!("The token of {name} could not be renewed: {}{left}", failed.why);
    Error::new(failed.code, message)
        .nothing_changed()
        .unchanged(target.store.file())
        .next(Suggestion::new("Try again", Command::again()))
}

/// The provider ended the session.
fn signed_out(used: &TokenInUse, why: &str, target: &Target) -> Error {
    let name = Name::new(&used.auth.provider);
    Error::new(Code::Rejected, format!("{name} ended this sign-in: {why}"))
        .nothing_changed()
        .unchanged(target.store.file())
        .next(remedy::sign_in())
}

fn unsupported(used: &TokenInUse, target: &Target) -> Error {
    let name = Name::new(&used.auth.provider);
    let left = used.ends_at().map(expiry).unwrap_or_default();
    Error::new(Code::Unsupported, format!("The token of {name} cannot be renewed.{left}"))
        .nothing_changed()
        .unchanged(target.store.file())
        .next(Suggestion::new("Get a new token", "mesheryctl system login"))
}

fn of_variable() -> Error {
    let message = "MESHERY_TOKEN is set, and a token of a variable cannot be renewed.";
    Error::new(Code::Unsupported, message).nothing_changed().next(remedy::unset_variable())
}
