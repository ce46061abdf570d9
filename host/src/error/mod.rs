//! The error of a command: what failed, what was left unchanged, what to type next, and the exit code.

mod code;
mod suggestion;

use std::fmt;
use std::path::Path;

pub use code::{Code, Exit};
pub use suggestion::{Command, Suggestion, Typed};

use crate::text;

/// What ends a command without success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    pub code: Code,
    message: String,
    untouched: Untouched,
    unchanged: Vec<String>,
    next: Vec<Suggestion>,
    /// A member of the JSON beside the error.
    beside: Option<Box<(&'static str, serde_json::Value)>>,
}

/// What the message says was left unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Untouched {
    Unsaid,
    Files,
    Token,
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// `message` is one sentence or more, each ending with a full stop.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            untouched: Untouched::Unsaid,
            unchanged: Vec::new(),
            next: Vec::new(),
            beside: None,
        }
    }

    /// Says that no file was changed.
    pub fn nothing_changed(mut self) -> Self {
        self.untouched = Untouched::Files;
        self
    }

    /// Says that no token was saved.
    pub fn nothing_saved(mut self) -> Self {
        self.untouched = Untouched::Token;
        self
    }

    /// Names a file that was left as it was.
    pub fn unchanged(mut self, path: impl AsRef<Path>) -> Self {
        self.unchanged.push(path.as_ref().display().to_string());
        self
    }

    /// Adds a command to type next.
    pub fn next(mut self, suggestion: Suggestion) -> Self {
        self.next.push(suggestion);
        self
    }

    /// Adds a member that stands beside the error in JSON.
    pub fn beside(mut self, name: &'static str, value: serde_json::Value) -> Self {
        self.beside = Some(Box::new((name, value)));
        self
    }

    /// The error with suggestions that repeat what was typed.
    pub fn repeating(mut self, typed: &Typed) -> Self {
        self.next.iter_mut().for_each(|it| *it = it.repeating(typed));
        self
    }

    /// The message as it was given, without what was left unchanged; it is put on one line only when it is shown.
    pub fn message(&self) -> &str {
        &self.message
    }

    pub fn exit(&self) -> Exit {
        self.code.exit()
    }

    pub fn suggestions(&self) -> &[Suggestion] {
        &self.next
    }

    #[cfg(test)]
    pub fn unchanged_files(&self) -> &[String] {
        &self.unchanged
    }

    /// The error for scripts: `{"error": {…}}`, as `docs/output.schema.json` describes it.
    pub fn to_json(&self) -> serde_json::Value {
        let next: Vec<_> = self.next.iter().map(|it| it.command.to_string()).collect();
        let mut json = serde_json::json!({ "error": {
            "code": self.code.name(),
            "exit": self.exit() as u8,
            "message": self.to_string(),
            "unchanged": self.unchanged,
            "next": next,
        } });
        if let Some((name, value)) = self.beside.as_deref() {
            json[*name] = value.clone();
        }
        json
    }
}

/// The message on one line, with the sentence about what was left unchanged.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::sanitized(&self.message))?;
        match self.untouched {
            Untouched::Unsaid => Ok(()),
            Untouched::Files => f.write_str(" Nothing was changed."),
            Untouched::Token => f.write_str(" Nothing was saved."),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_for_scripts_has_the_members_of_the_schema() {
        let error = Error::new(Code::NotStored, "Cannot write a\u{1b}b.")
            .unchanged("/a")
            .next(Suggestion::new("Show it", Command::from("ls").value("a b")));
        assert_eq!(error.message(), "Cannot write a\u{1b}b.");
        let with = |message: &str| {
            serde_json::json!({"error": {"code": "not_stored", "exit": 7, "message": message,
                "unchanged": ["/a"], "next": ["ls 'a b'"]}})
        };
        assert_eq!(error.to_json(), with("Cannot write ab."));
        let said = error.clone().nothing_changed().to_json();
        assert_eq!(said, with("Cannot write ab. Nothing was changed."));
        let said = error.nothing_saved().to_json();
        assert_eq!(said, with("Cannot write ab. Nothing was saved."));
    }
}
