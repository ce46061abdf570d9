//! [`Failure`]: why a session call or an action failed, in words that a person can act on.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::token::TokenError;

/// Why a call of the [`Session`](crate::session::Session), or an action of the
/// [`Provider`](crate::provider::Provider), failed.
///
/// A provider passes the failure of a session call on unchanged with `?`, or returns one of its own:
///
/// ```
/// use mesheryctl_plugin_sdk::failure::{Failure, FailureKind};
///
/// let failure = Failure::denied("Your account is locked.").with_hint("Ask your administrator.");
/// assert_eq!(failure.kind, FailureKind::Denied);
/// assert_eq!(failure.to_string(), "Your account is locked.");
/// ```
///
/// As JSON: `{"kind": "denied", "message": "…", "hint": "…", "settings": ["…"]}`; all but `kind` may be absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Failure {
    /// The class of the failure. It decides the exit code of `mesheryctl`.
    pub kind: FailureKind,
    /// What failed, as one sentence with a full stop. It must not contain a secret.
    #[serde(default)]
    pub message: String,
    /// What the person can do about it, as one sentence; a plugin's hint is never offered as a command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The keys of the settings that may be wrong. The host names them in a command that corrects them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<String>,
}

/// The class of a [`Failure`]; in JSON its name in snake case, such as `timed_out`.
///
/// The first six come from the session, the others from a provider. A later version may have more: match the kinds
/// that you treat in a special way, and pass the others on.
///
/// ```
/// use mesheryctl_plugin_sdk::failure::{Failure, FailureKind};
///
/// fn is_worth_another_try(failure: &Failure) -> bool {
///     matches!(failure.kind, FailureKind::Unreachable | FailureKind::TimedOut)
/// }
///
/// assert!(is_worth_another_try(&Failure::unreachable("The key server does not answer.")));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FailureKind {
    /// The other side does not implement this call or action.
    Unsupported,
    /// The host's policy forbids it, such as a host name that the manifest does not list.
    Refused,
    /// The person, or a signal, cancelled the sign-in.
    Cancelled,
    /// The deadline of the sign-in, or of one HTTP request, passed.
    TimedOut,
    /// The connection to a server failed.
    Unreachable,
    /// The call needs a person at a terminal, and there is no terminal.
    NeedsTerminal,
    /// The person, or a policy of the identity provider, denied the sign-in.
    Denied,
    /// The identity provider no longer accepts the code or token that was sent to it. A new sign-in is
    /// needed.
    Rejected,
    /// A setting has a wrong value, such as a client identifier that the identity provider does not know.
    Misconfigured,
    /// A server sent an answer that is not valid.
    InvalidAnswer,
    /// A bug in the provider. A kind that this version does not know is read as this one.
    #[serde(other)]
    Internal,
}

impl FailureKind {
    /// Every kind of this version. A program that gives each kind an exit code tests its table with it.
    pub const ALL: &'static [Self] = &[
        Self::Unsupported,
        Self::Refused,
        Self::Cancelled,
        Self::TimedOut,
        Self::Unreachable,
        Self::NeedsTerminal,
        Self::Denied,
        Self::Rejected,
        Self::Misconfigured,
        Self::InvalidAnswer,
        Self::Internal,
    ];
}

impl Failure {
    /// Creates a failure of this kind. `message` is one sentence. Each kind has a function of its own, too.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, settings: Vec::new() }
    }

    /// Adds what the person can do about it, as one sentence.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Creates an `unsupported` failure. `what` is the call, action or feature, in words that begin the
    /// sentence: "`what` is not supported here."
    pub fn unsupported(what: &str) -> Self {
        Self::new(FailureKind::Unsupported, format!("{what} is not supported here."))
    }

    /// Creates a `refused` failure: a policy forbids the call. For a session that a test implements.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Refused, message)
    }

    /// Creates a `cancelled` failure: the person cancelled the sign-in. For a session that a test implements: the host
    /// reads it as `internal` if a plugin returns it without having received it.
    pub fn cancelled(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Cancelled, message)
    }

    /// Creates a `timed_out` failure: a deadline passed, such as that of a code.
    pub fn timed_out(message: impl Into<String>) -> Self {
        Self::new(FailureKind::TimedOut, message)
    }

    /// Creates an `unreachable` failure: a server cannot be reached, or is temporarily unavailable.
    pub fn unreachable(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Unreachable, message)
    }

    /// Creates a `needs_terminal` failure: the call needs a person at a terminal.
    pub fn needs_terminal(message: impl Into<String>) -> Self {
        Self::new(FailureKind::NeedsTerminal, message)
    }

    /// Creates an `invalid_answer` failure: a server sent an answer that is not valid.
    pub fn invalid_answer(message: impl Into<String>) -> Self {
        Self::new(FailureKind::InvalidAnswer, message)
    }

    /// Creates a `denied` failure: the person, or a policy of the identity provider, denied the sign-in.
    pub fn denied(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Denied, message)
    }

    /// Creates a `rejected` failure: the identity provider no longer accepts a code or token.
    pub fn rejected(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Rejected, message)
    }

    /// Creates a `misconfigured` failure: the settings with these keys may be wrong.
    ///
    /// ```
    /// use mesheryctl_plugin_sdk::failure::{Failure, FailureKind};
    ///
    /// let failure = Failure::misconfigured("There is no tenant acme.", &["tenant"]);
    /// assert_eq!(failure.kind, FailureKind::Misconfigured);
    /// assert_eq!(failure.settings, ["tenant"]);
    /// ```
    pub fn misconfigured(message: impl Into<String>, settings: &[&str]) -> Self {
        let settings = settings.iter().map(|&key| key.to_owned()).collect();
        Self { settings, ..Self::new(FailureKind::Misconfigured, message) }
    }

    /// Creates an `internal` failure: a bug in the provider itself.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Internal, message)
    }
}

/// Lets a provider write `Token::parse(text)?`.
impl From<TokenError> for Failure {
    fn from(error: TokenError) -> Self {
        Self::invalid_answer(format!("The token that was received {error}."))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_constructor_sets_its_kind_and_its_sentence() {
        for (failure, kind, message) in [
            (Failure::unsupported("tell"), FailureKind::Unsupported, "tell is not supported here."),
            (Failure::refused("No."), FailureKind::Refused, "No."),
            (Failure::cancelled("No."), FailureKind::Cancelled, "No."),
            (Failure::timed_out("No."), FailureKind::TimedOut, "No."),
            (Failure::unreachable("No."), FailureKind::Unreachable, "No."),
            (Failure::needs_terminal("No."), FailureKind::NeedsTerminal, "No."),
            (Failure::invalid_answer("No."), FailureKind::InvalidAnswer, "No."),
            (Failure::denied("No."), FailureKind::Denied, "No."),
            (Failure::rejected("No."), FailureKind::Rejected, "No."),
            (Failure::misconfigured("No.", &[]), FailureKind::Misconfigured, "No."),
            (Failure::internal("No."), FailureKind::Internal, "No."),
            (
                Failure::from(TokenError::Html),
                FailureKind::InvalidAnswer,
                "The token that was received looks like a web page.",
            ),
        ] {
            assert_eq!(failure, Failure::new(kind, message));
            assert_eq!((failure.hint.as_ref(), failure.settings.len()), (None, 0));
            assert_eq!(failure.to_string(), message);
        }
    }

    #[test]
    fn the_list_of_kinds_has_each_kind_once_and_in_order() {
        use FailureKind::*;
        for (place, kind) in FailureKind::ALL.iter().enumerate() {
            // Without an arm for the rest: a new kind does not compile here until it has a place.
            let expected = match kind {
                Unsupported => 0,
                Refused => 1,
                Cancelled => 2,
                TimedOut => 3,
                Unreachable => 4,
                NeedsTerminal => 5,
                Denied => 6,
                Rejected => 7,
                Misconfigured => 8,
                InvalidAnswer => 9,
                Internal => 10,
            };
            assert_eq!(place, expected, "{kind:?}");
        }
        assert_eq!(FailureKind::ALL.len(), 11);
    }

    #[test]
    fn a_failure_is_written_with_its_frozen_names() {
        use FailureKind::*;
        for (kind, name) in [
            (Unsupported, "unsupported"),
            (Refused, "refused"),
            (Cancelled, "cancelled"),
            (TimedOut, "timed_out"),
            (Unreachable, "unreachable"),
            (NeedsTerminal, "needs_terminal"),
            (Denied, "denied"),
            (Rejected, "rejected"),
            (Misconfigured, "misconfigured"),
            (InvalidAnswer, "invalid_answer"),
            (Internal, "internal"),
        ] {
            let plain = format!(r#"{{"kind":"{name}","message":"m"}}"#);
            assert_eq!(serde_json::to_string(&Failure::new(kind, "m")).unwrap(), plain);
            let hinted = Failure::new(kind, "m").with_hint("h");
            let json = format!(r#"{{"kind":"{name}","message":"m","hint":"h"}}"#);
            assert_eq!(serde_json::to_string(&hinted).unwrap(), json);
            assert_eq!(serde_json::from_str::<Failure>(&json).unwrap(), hinted);
        }
        let blamed = Failure::misconfigured("m", &["a", "b"]);
        let json = r#"{"kind":"misconfigured","message":"m","settings":["a","b"]}"#;
        assert_eq!(serde_json::to_string(&blamed).unwrap(), json);
        assert_eq!(serde_json::from_str::<Failure>(json).unwrap(), blamed);
    }
}
