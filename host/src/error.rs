//! A problem: what failed, what was left untouched, what to type next, and the exit code it ends with.

use std::fmt;

/// How the program ends. The numbers are part of the contract with scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[allow(dead_code, reason = "the whole contract stands here; 8 is for plugins")]
pub enum Exit {
    Failure = 1,
    Usage = 2,
    NotSignedIn = 3,
    Denied = 4,
    Unreachable = 5,
    TimedOut = 6,
    NotStored = 7,
    Plugin = 8,
    Hangup = 129,
    Interrupted = 130,
    Terminated = 143,
}

/// A suggestion below an error: what it is for, and the command that does it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub label: String,
    pub command: String,
}

/// Anything that ends a command without success. `code` is stable and meant for scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub code: &'static str,
    pub exit: Exit,
    /// One sentence or two, ending with a full stop. Text from outside is cleaned by whoever puts it in.
    pub message: String,
    /// What a reader may fear was changed and was not, as paths.
    pub unchanged: Vec<String>,
    pub next: Vec<Step>,
}

pub type Result<T> = std::result::Result<T, Problem>;

impl Problem {
    pub fn new(code: &'static str, exit: Exit, message: impl Into<String>) -> Self {
        Self { code, exit, message: message.into(), unchanged: Vec::new(), next: Vec::new() }
    }

    /// Says that this file was left as it was.
    pub fn unchanged(mut self, path: impl fmt::Display) -> Self {
        self.unchanged.push(path.to_string());
        self
    }

    /// Adds a command that helps. `label` says what for, without a colon.
    pub fn next(mut self, label: impl Into<String>, command: impl Into<String>) -> Self {
        self.next.push(Step { label: label.into(), command: command.into() });
        self
    }
}

impl Problem {
    /// What a script gets: `{"error": {…}}`.
    pub fn to_json(&self) -> serde_json::Value {
        let next: Vec<_> = self.next.iter().map(|step| &step.command).collect();
        serde_json::json!({ "error": {
            "code": self.code,
            "exit": self.exit as u8,
            "message": self.message,
            "unchanged": self.unchanged,
            "next": next,
        } })
    }
}

/// A word that a shell takes as it is, whatever is in it.
pub fn quoted(word: &str) -> String {
    let plain =
        |c: char| c.is_alphanumeric() || "/._-:".contains(c) || (cfg!(windows) && c == '\\');
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}
