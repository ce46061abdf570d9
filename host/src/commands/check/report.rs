//! The report of `system check`: its lines, as text and as JSON.

use serde_json::{Value, json};

use super::id::Id;
use crate::clock::rfc3339;
use crate::error::{Code, Error, Suggestion, Typed};
use crate::sign_in::target::Target;
use crate::sign_in::token_in_use::Source;
use crate::sign_in::verification::Verification;
use crate::terminal::layout;
use crate::text;

/// One line of the report. Its marks are those of the Go CLI.
pub struct Line {
    pub id: Id,
    pub mark: Mark,
    /// One line without control characters, and without a full stop.
    pub text: String,
    /// What mends it, or shows more of it.
    pub fix: Option<Suggestion>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Good,
    /// A problem, and the code with which the command ends.
    Bad(Code),
    Note,
}

/// What is known about the token in use, and the lines that show it.
#[derive(Default)]
pub struct Report {
    pub lines: Vec<Line>,
    pub source: Option<Source>,
    pub provider: Option<String>,
    pub account: Option<String>,
    pub expires_at: Option<u64>,
    /// What this check found out. `None` without a token whose validity is in question.
    pub verification: Option<Verification>,
    /// The verification that was recorded before this check.
    pub last_verified: Option<LastVerified>,
}

/// When a token was verified, and by whom: the endpoint of a server, or the id of a provider.
pub struct LastVerified {
    /// In seconds since 1970.
    pub at: u64,
    pub by: String,
}

pub fn good(id: Id, text: impl Into<String>) -> Line {
    line(id, Mark::Good, &text.into())
}

/// A reason why the user is not signed in.
pub fn bad(id: Id, text: impl Into<String>) -> Line {
    line(id, Mark::Bad(Code::NotSignedIn), &text.into())
}

pub fn note(id: Id, text: impl Into<String>) -> Line {
    line(id, Mark::Note, &text.into())
}

fn line(id: Id, mark: Mark, text: &str) -> Line {
    // A path of config.yaml or a file name may contain line breaks, which would make lines of their own.
    Line { id, mark, text: text::sanitized(text), fix: None }
}

impl Line {
    /// A problem that would end another command with this error.
    pub fn of_error(id: Id, error: &Error) -> Self {
        let text = error.message().trim_end_matches('.');
        let fix = error.suggestions().first().cloned();
        Self { fix, ..line(id, Mark::Bad(error.code), text) }
    }

    pub fn with(self, fix: impl Into<Option<Suggestion>>) -> Self {
        Self { fix: fix.into(), ..self }
    }
}

impl Report {
    /// The problems, each with its code.
    pub fn problems(&self) -> impl Iterator<Item = (&Line, Code)> {
        self.lines.iter().filter_map(|line| match line.mark {
            Mark::Bad(code) => Some((line, code)),
            _ => None,
        })
    }

    /// The report with commands that repeat what was typed.
    pub fn repeating(mut self, typed: &Typed) -> Self {
        for line in &mut self.lines {
            line.fix = line.fix.as_ref().map(|it| it.repeating(typed));
        }
        self
    }
}

/// The lines for people.
pub fn printed(lines: &[Line]) -> Vec<String> {
    let mut printed = ["", "Authentication", "--------------"].map(str::to_owned).to_vec();
    for line in lines {
        let mark = match line.mark {
            Mark::Good => "✓",
            Mark::Bad(_) => "!!",
            Mark::Note => "-",
        };
        let fix = line
            .fix
            .as_ref()
            .map(|it| format!(". {}: {}", it.label, layout::unbreakable(&it.command.to_string())));
        printed.push(format!("{mark} {}{}", line.text, fix.unwrap_or_default()));
    }
    printed
}

/// The lines for scripts.
pub fn lines(report: &Report) -> Value {
    let line = |it: &Line| {
        let status = match it.mark {
            Mark::Good => "ok",
            Mark::Bad(_) => "failed",
            Mark::Note => "note",
        };
        let fix = it.fix.as_ref().map(|it| it.command.to_string());
        json!({ "id": it.id.name(), "status": status, "text": it.text, "fix": fix })
    };
    report.lines.iter().map(line).collect()
}

pub fn json(report: &Report, target: &Target) -> Value {
    let asked = report.verification.as_ref().map(Verification::for_scripts);
    let (verified, verified_by) = asked.unwrap_or_default();
    let last = |it: &LastVerified| json!({ "at": rfc3339(it.at), "by": it.by });
    json!({
        "provider": report.provider,
        "account": report.account,
        "expires_at": report.expires_at.and_then(rfc3339),
        "token_file": target.store.file().display().to_string(),
        "verified": verified,
        "verified_by": verified_by,
        "last_verified": report.last_verified.as_ref().map(last),
        "authentication": lines(report),
    })
}
