//! A Failure: why an ask or an action did not succeed, in words a person can act on.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::token::InvalidToken;

/// Why an ask of the Session, or an action of the Provider, did not succeed.
///
/// A provider passes an ask's failure on unchanged (`?`), or makes one of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What somebody can act on; it decides the exit code.
    pub kind: FailureKind,
    /// One sentence that says what failed.
    #[serde(default)]
    pub message: String,
    /// What the person can do about it, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// The kinds of failure. The first six come from the Session, the last three from a Provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The other side does not know this ask or action.
    Unsupported,
    /// The host's rules forbid it, such as a host that the manifest does not name.
    Refused,
    /// The person, or a signal, ended the login.
    Cancelled,
    /// The deadline of the login, or of one request, passed.
    TimedOut,
    /// A peer could not be reached.
    Unreachable,
    /// A person at a terminal is needed and there is none.
    NeedsTerminal,
    /// The person or the identity provider said no.
    Denied,
    /// A peer answered something that makes no sense.
    InvalidAnswer,
    /// A defect of the provider. Kinds of a later generation are read as this one.
    #[serde(other)]
    Internal,
}

impl Failure {
    /// A failure of this kind with a sentence that says what failed.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None }
    }

    /// Adds what the person can do about it.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// `what` is an ask or an action that this side does not know.
    pub fn unsupported(what: &str) -> Self {
        Self::new(FailureKind::Unsupported, format!("{what} is not supported here."))
    }

    /// A peer answered something that makes no sense.
    pub fn invalid_answer(message: impl Into<String>) -> Self {
        Self::new(FailureKind::InvalidAnswer, message)
    }

    /// The person or the identity provider said no.
    pub fn denied(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Denied, message)
    }

    /// A defect of the provider itself.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Internal, message)
    }
}

/// So that a provider can write `Token::parse(text)?`.
impl From<InvalidToken> for Failure {
    fn from(why: InvalidToken) -> Self {
        Self::invalid_answer(format!("What was to be the token {why}."))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}
