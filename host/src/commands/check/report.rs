//! The report of `system check`: its lines, as text and as JSON.

use serde_json::{Value, json};

use super::token::Source;
use crate::clock::rfc3339;
use crate::sign_in::target::Target;

/// One line of the report. Its marks are those of the Go CLI.
pub struct Line {
    pub mark: Mark,
    pub text: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Good,
    Bad,
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
}

pub fn good(text: String) -> Line {
    Line { mark: Mark::Good, text }
}

pub fn bad(text: String) -> Line {
    Line { mark: Mark::Bad, text }
}

pub fn note(text: String) -> Line {
    Line { mark: Mark::Note, text }
}

pub fn text(lines: &[Line]) -> String {
    let mut text = String::from("\nAuthentication\n--------------\n");
    for line in lines {
        let mark = match line.mark {
            Mark::Good => "✓",
            Mark::Bad => "!!",
            Mark::Note => "-",
        };
        text += &format!("{mark} {}\n", line.text);
    }
    text
}

pub fn json(report: &Report, target: &Target) -> Value {
    let line = |it: &Line| {
        let status = match it.mark {
            Mark::Good => "ok",
            Mark::Bad => "failed",
            Mark::Note => "note",
        };
        json!({ "status": status, "text": it.text })
    };
    json!({
        "provider": report.provider,
        "account": report.account,
        "expires_at": report.expires_at.and_then(rfc3339),
        "token_file": target.store.file().display().to_string(),
        "authentication": report.lines.iter().map(line).collect::<Vec<_>>(),
    })
}
