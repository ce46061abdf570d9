//! The announcement of a saved login: lines for people, and JSON for scripts.

use serde_json::{Value, json};

use super::SavedLogin;
use crate::clock::{expiry, rfc3339};
use crate::net::meshery_server::Verdict;
use crate::sign_in::target::Target;
use crate::storage::token_store;
use crate::terminal::Terminal;
use crate::terminal::note::Note;
use crate::text::{Label, Name};

impl SavedLogin {
    /// The lines that announce the login, after everything is saved.
    pub fn notes(&self, target: &Target, terminal: &Terminal) -> Vec<Note> {
        let mut notes = match self.credential.has_account {
            true => self.notes_of_sign_in(target, terminal),
            false => notes_of_none(target, terminal),
        };
        notes.extend(self.warning.clone().map(Note::Line));
        if let Some(error) = &self.config_error {
            // Without "Nothing was changed.": the token is saved.
            let why = error.message();
            notes.push(Note::Line(format!("The config could not be updated: {why}")));
        }
        if token_store::of_environment().is_some() {
            let line = "MESHERY_TOKEN is set: it takes precedence over the stored token.";
            notes.push(Note::Line(line.to_owned()));
        }
        notes
    }

    fn notes_of_sign_in(&self, target: &Target, terminal: &Terminal) -> Vec<Note> {
        let mut line = format!("Signed in to {}", self.credential.shown_name());
        if let Some(account) = &self.credential.sign_in.account {
            line += &format!(" as {}", Label::new(account));
        }
        if let Some((server, Verdict::Accepted(_))) = &self.server {
            line += &format!(", accepted by {server}");
        }
        let file = target.shown_file(terminal);
        let expiry = self.credential.sign_in.expires_at.map(expiry).unwrap_or_default();
        let mut notes = match terminal.stderr {
            true => vec![
                Note::Done(line),
                Note::Line(format!("  Token saved to {file}, readable only by you.{expiry}")),
            ],
            false => vec![Note::Done(format!("{line}. Token saved to {file}.{expiry}"))],
        };
        let indent = indent(terminal);
        if let Some(name_in_file) = &self.credential.name_in_file {
            let (name_in_file, saved_as) = (Name::new(name_in_file), Name::new(&self.saved_as));
            notes.push(Note::Line(format!(
                "{indent}The file names the provider {name_in_file}; it was saved as {saved_as}."
            )));
        }
        if self.credential.is_existing && self.server.is_none() {
            notes.push(Note::Line(format!("{indent}Saved, not verified.")));
        }
        if let Some((server, Verdict::Unknown(why))) = &self.server {
            notes.push(Note::Line(format!("{indent}Not verified: {server} {why}.")));
        }
        notes
    }

    /// The result for scripts.
    pub fn to_json(&self, target: &Target) -> Value {
        let sign_in = &self.credential.sign_in;
        let expires_at = sign_in.expires_at.and_then(rfc3339);
        let server = self.server.as_ref().map(|(endpoint, verdict)| match verdict {
            Verdict::Accepted(_) => json!({ "endpoint": endpoint, "verdict": "accepted" }),
            Verdict::Rejected => json!({ "endpoint": endpoint, "verdict": "rejected" }),
            Verdict::Unknown(why) => {
                json!({ "endpoint": endpoint, "verdict": "unknown", "why": why })
            }
        });
        json!({
            "provider": self.saved_as,
            "account": sign_in.account,
            "expires_at": expires_at,
            "token_file": target.store.file().display().to_string(),
            "server": server,
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
