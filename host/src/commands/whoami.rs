//! `system whoami`: the account of the token in use, until when it is valid, and where it is from.

use serde_json::json;

use crate::cli::{Global, Output, Whoami};
use crate::clock::{ago, in_large_unit, rfc3339, unix_now};
use crate::error::{Result, Suggestion};
use crate::net::Http;
use crate::output::{print, print_json};
use crate::process::signals;
use crate::sign_in::inquiry::Inquiry;
use crate::sign_in::not_signed_in::{ended, rejected, remedy_of};
use crate::sign_in::renewal::{NotRenewed, Verified};
use crate::sign_in::target::Target;
use crate::sign_in::token_in_use::{Source, TokenInUse};
use crate::sign_in::verification::{Findings, Verification};
use crate::terminal::Terminal;
use crate::text::{Label, Line, Name};

pub fn run(global: &Global, args: &Whoami, terminal: &Terminal) -> Result<()> {
    let _ = signals::watch();
    let http = Http::trusting(global.ca_file.as_deref(), global.server_user.as_deref())?;
    let mut target = Target::find(global)?;
    let named = args.token.is_some();
    if let Some(file) = &args.token {
        target = target.with_file(file);
    }
    let used = TokenInUse::find(&target, named)?;
    let server = target.server(&http).filter(|_| args.verify);
    let inquiry = Inquiry { terminal, http: &http, target: &target, server, named };
    let (used, found, not_renewed) = match args.verify && !used.auth.token.is_empty() {
        true => {
            let Verified { used, found, not_renewed } = verified(used, &inquiry)?;
            (used, Some(found), not_renewed)
        }
        false => (used, None, None),
    };
    if let Some(signal) = signals::pending() {
        return Err(signals::error(signal));
    }
    let is_accepted = found.as_ref().is_some_and(is_accepted);
    let can_renew = used.ends_within_a_day() && inquiry.can_renew(&used)?;
    if used.has_ended() && !is_accepted {
        return Err(ended(&used, can_renew, None));
    }
    let is_over = matches!(not_renewed, Some(NotRenewed::Ever(_)));
    let must_sign_in = used.ends_within_a_day() && (!can_renew || is_over);
    let sign_in_again = must_sign_in.then(|| remedy_of(&used, false).repeating(&global.typed));
    let who = Who { used: &used, found: found.as_ref(), target: &target, named, sign_in_again };
    match global.output {
        Output::Text => print(&who.text()),
        Output::Json => print_json(&who.json()),
    }
}

/// Asks about the token, which is renewed if need be.
///
/// # Errors
/// `not_signed_in` if it is rejected, or if it has ended and neither server nor provider accepts it.
fn verified(used: TokenInUse, inquiry: &Inquiry<'_>) -> Result<Verified> {
    let verified = inquiry.verify_renewed(used)?;
    let Verified { used, found, not_renewed } = &verified;
    inquiry.remember(used, found)?;
    if signals::pending().is_some() {
        return Ok(verified);
    }
    let why = not_renewed.as_ref().map(NotRenewed::why);
    if found.is_rejected() {
        return Err(rejected(used, why));
    }
    if used.has_ended() && !is_accepted(found) {
        let is_over = matches!(not_renewed, Some(NotRenewed::Ever(_)));
        return Err(ended(used, !is_over && inquiry.can_renew(used)?, why));
    }
    Ok(verified)
}

fn is_accepted(found: &Findings) -> bool {
    matches!(found.verification, Verification::Accepted { .. })
}

/// What is shown.
struct Who<'a> {
    used: &'a TokenInUse,
    found: Option<&'a Findings>,
    target: &'a Target,
    /// Whether `--token` named the file.
    named: bool,
    /// What to type before the token ends, if it does so within a day and cannot be renewed.
    sign_in_again: Option<Suggestion>,
}

impl Who<'_> {
    fn account(&self) -> Option<String> {
        match self.found.map(|it| &it.verification) {
            Some(Verification::Accepted { account: Some(account), .. }) => Some(account.clone()),
            _ => self.used.claimed_account(),
        }
    }

    /// Whether the server or the provider confirmed the account, now or before.
    fn is_verified(&self) -> bool {
        self.found.is_some_and(is_accepted) || self.used.was_verified()
    }

    fn source(&self) -> &'static str {
        match (self.used.source, self.named) {
            (Source::Environment, _) => "variable",
            (Source::File, true) => "flag",
            (Source::File, false) => "file",
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        let mut line = |name: &str, value: &str| text += &format!("{name:<9} {value}\n");
        let account = match (self.account(), self.used.auth.token.is_empty()) {
            (_, true) => "none".to_owned(),
            (None, _) => "unknown".to_owned(),
            (Some(account), _) if self.is_verified() => Label::new(&account).to_string(),
            (Some(account), _) => format!("{}, not verified", Label::new(&account)),
        };
        line("Account", &account);
        line("Provider", &Name::new(&self.used.auth.provider).to_string());
        if let Some(at) = self.used.ends_at() {
            line("Expires", &self.expiry(at));
        }
        if let Some(verified) = self.verified() {
            line("Verified", &verified);
        }
        if let Some(context) = &self.target.context {
            line("Context", &Line::new(&context.name).to_string());
        }
        let token = match self.used.source {
            Source::Environment => "MESHERY_TOKEN".to_owned(),
            Source::File => self.target.token_file().to_string(),
        };
        line("Token", &token);
        text
    }

    fn expiry(&self, at: u64) -> String {
        let when = match at.checked_sub(unix_now()) {
            Some(left) => format!("in {}", in_large_unit(left)),
            None => format!("{}, by the clock of this computer", ago(at)),
        };
        match &self.sign_in_again {
            Some(it) => format!("{when}; it cannot be renewed. {}: {}", it.label, it.command),
            None => when,
        }
    }

    /// When the token was verified and by whom, and why it was not now.
    fn verified(&self) -> Option<String> {
        let record = self.used.record.as_ref();
        let by = |by: &str| match record.is_some_and(|it| it.provider_id == by) {
            true => Name::new(&self.used.auth.provider).to_string(),
            false => Line::new(by).to_string(),
        };
        let last = record.and_then(|it| {
            Some(format!("{} by {}", ago(it.verified_at?), by(it.verified_by.as_deref()?)))
        });
        match self.found.map(|it| &it.verification) {
            Some(Verification::Accepted { by: now, .. }) => {
                Some(format!("now by {}", by(now.id())))
            }
            Some(Verification::Unknown { reason }) => {
                let reason = Line::new(reason);
                Some(match last {
                    Some(last) => format!("{last}; not now: {reason}"),
                    None => format!("no: {reason}"),
                })
            }
            Some(Verification::NotAsked(_)) if last.is_none() => {
                Some("no: neither server nor provider can be asked".to_owned())
            }
            _ => last,
        }
    }

    fn json(&self) -> serde_json::Value {
        let asked = self.found.map(|it| it.verification.for_scripts());
        let (verified, verified_by) = asked.unwrap_or_default();
        let record = self.used.record.as_ref();
        let last = record.and_then(|it| {
            Some(json!({ "at": rfc3339(it.verified_at?), "by": it.verified_by.as_deref()? }))
        });
        json!({
            "provider": self.used.auth.provider,
            "account": self.account(),
            "expires_at": self.used.ends_at().and_then(rfc3339),
            "verified": verified,
            "verified_by": verified_by,
            "last_verified": last,
            "context": self.target.context.as_ref().map(|it| it.name.clone()),
            "source": self.source(),
            "token_file": self.target.store.file().display().to_string(),
        })
    }
}
