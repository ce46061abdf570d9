//! The announcement of a saved login: lines for people, and JSON for scripts.

use serde_json::{Value, json};

use super::SavedLogin;
use crate::clock::{expiry, rfc3339};
use crate::net::meshery_server::Verdict;
use crate::sign_in::target::Target;
use crate::sign_in::verification::{NotAsked, ServerVerdict, Verification, Verifier};
use crate::storage::token_record::Origin;
use crate::storage::token_store;
use crate::terminal::Terminal;
use crate::terminal::note::Note;
use crate::text::{Label, Name};

impl SavedLogin {
    /// Whether the person is signed in: the token was accepted, or a sign-in issued it and neither server nor provider can tell.
    /// Otherwise a token is saved, and no more is known.
    pub fn is_signed_in(&self) -> bool {
        match self.found.verification {
            Verification::Accepted { .. } => true,
            Verification::NotAsked(why) => {
                !self.credential.has_account
                    || (why == NotAsked::Nobody && self.credential.origin == Origin::Login)
            }
            Verification::Rejected { .. } | Verification::Unknown { .. } => false,
        }
    }

    /// The account that the sign-in names, if it is known.
    pub fn account(&self) -> Option<Label> {
        self.credential.sign_in.account.as_ref().map(Label::new)
    }

    /// Whether the token was not verified because the server could not be used.
    pub fn lacks_the_server(&self) -> bool {
        let is_unknown = matches!(self.found.verification, Verification::Unknown { .. });
        is_unknown && self.found.server.as_ref().is_some_and(|it| it.why().is_some())
    }

    /// The lines that announce the login, after everything is saved.
    pub fn notes(&self, target: &Target, terminal: &Terminal) -> Vec<Note> {
        let mut notes = match (self.credential.has_account, self.is_signed_in()) {
            (false, _) => notes_of_none(target, terminal),
            (true, true) => self.notes_of_sign_in(target, terminal),
            (true, false) => self.notes_of_token(target, terminal),
        };
        let indent = indent(terminal);
        if let Some(name_in_file) = &self.credential.name_in_file {
            let (name_in_file, saved_as) = (Name::new(name_in_file), Name::new(&self.saved_as));
            notes.push(Note::Line(format!(
                "{indent}The file names the provider {name_in_file}; it was saved as {saved_as}."
            )));
        }
        notes.extend(self.warning.clone().map(Note::Line));
        if let Some(error) = &self.config_error {
            // Without "Nothing was changed.": the token is saved.
            let why = error.message();
            notes.push(Note::Line(format!("The config could not be updated: {why}")));
        }
        if token_store::token_of_environment().is_some() {
            let line = "MESHERY_TOKEN is set: it takes precedence over the stored token.";
            notes.push(Note::Line(line.to_owned()));
        }
        notes
    }

    fn notes_of_sign_in(&self, target: &Target, terminal: &Terminal) -> Vec<Note> {
        let mut line = format!("Signed in to {}", self.credential.shown_name());
        if let Some(account) = self.account() {
            line += &format!(" as {}", account.delimited());
        }
        if let Verification::Accepted { by: Verifier::Server(server), .. } =
            &self.found.verification
        {
            line += &format!(", accepted by {server}");
        }
        let file = target.shown_file(terminal);
        let expiry = self.expiry();
        let mut notes = match terminal.stderr {
            true => vec![
                Note::Done(line),
                Note::Line(format!("  Token saved to {file}, readable only by you.{expiry}")),
            ],
            false => vec![Note::Done(format!("{line}. Token saved to {file}.{expiry}"))],
        };
        if let Some(why) = self.found.server.as_ref().and_then(ServerVerdict::without_verdict) {
            let name = self.credential.shown_name();
            notes
                .push(Note::Line(format!("{}{why}. {name} accepted the token.", indent(terminal))));
        }
        notes
    }

    /// The lines about a token that neither server nor provider accepted.
    fn notes_of_token(&self, target: &Target, terminal: &Terminal) -> Vec<Note> {
        let (name, file) = (self.credential.shown_name(), target.shown_file(terminal));
        let private = if terminal.stderr { ", readable only by you" } else { "" };
        let saved = format!("Token of {name} saved to {file}{private}.{}", self.expiry());
        let indent = indent(terminal);
        let not_verified = match &self.found.verification {
            Verification::Unknown { reason } => format!("Saved, not verified: {reason}."),
            _ => "Saved, not verified.".to_owned(),
        };
        let mut notes = vec![Note::Done(saved), Note::Line(format!("{indent}{not_verified}"))];
        if let Some(account) = &self.credential.sign_in.account {
            let is_claim = self.credential.token().claims().account.as_ref() == Some(account);
            let source = if is_claim { "It".to_owned() } else { name.to_string() };
            let account = Label::new(account).delimited();
            let line = format!("{indent}{source} says it is for {account}; not verified.");
            notes.push(Note::Line(line));
        }
        notes
    }

    fn expiry(&self) -> String {
        self.credential.sign_in.expires_at.map(expiry).unwrap_or_default()
    }

    /// The result for scripts.
    pub fn to_json(&self, target: &Target) -> Value {
        let sign_in = &self.credential.sign_in;
        let expires_at = sign_in.expires_at.and_then(rfc3339);
        let server = self.found.server.as_ref().map(|it| match (&it.verdict, it.why()) {
            (Verdict::Accepted(_), _) => json!({ "endpoint": it.server, "verdict": "accepted" }),
            (_, why) => json!({ "endpoint": it.server, "verdict": "unknown", "why": why }),
        });
        let (verified, verified_by) = self.found.verification.for_scripts();
        json!({
            "provider": self.saved_as,
            "account": sign_in.account,
            "expires_at": expires_at,
            "token_file": target.store.file().display().to_string(),
            "server": server,
            "verified": verified,
            "verified_by": verified_by,
        })
    }
}

fn notes_of_none(target: &Target, terminal: &Terminal) -> Vec<Note> {
    let line = "Using None. Your work stays on this computer and is not saved.";
    let wrote = format!("{}Wrote {}", indent(terminal), target.shown_file(terminal));
    vec![Note::Done(line.to_owned()), Note::Line(wrote)]
}

fn indent(terminal: &Terminal) -> &'static str {
    if terminal.stderr { "  " } else { "" }
}

#[cfg(test)]
mod tests;
