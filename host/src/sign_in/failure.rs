//! The mapping from a provider's failure to the error of the command.

use mesheryctl_core::failure::{Failure, FailureKind};

use crate::error::{Code, Command, Error, Suggestion};
use crate::process::signals;
use crate::providers::entry::Entry;
use crate::session::{Cause, LoginSession};
use crate::sign_in::target::Target;
use crate::text::{Message, Sentence};

/// The error for a failure, with the suggestions that fit its cause.
pub fn error(
    failure: &Failure,
    session: &LoginSession<'_>,
    entry: &Entry,
    target: &Target,
) -> Error {
    if let Some(signal) = signals::pending() {
        return signals::error(signal);
    }
    let known = Known {
        outage: session.outage().map(str::to_owned),
        cause: session.cause_of(failure),
        again: entry.command(),
        correction: entry.correction(&failure.settings),
    };
    known.error(failure).unchanged(target.store.file())
}

/// What the host knows about a failure besides what the provider says.
struct Known<'a> {
    /// Why the last request failed.
    outage: Option<String>,
    cause: Option<&'a Cause>,
    /// The command that was typed.
    again: Command,
    /// That command with other values for the settings that the provider names.
    correction: Option<Command>,
}

impl Known<'_> {
    fn error(self, failure: &Failure) -> Error {
        // The hint of a plugin is already part of its message.
        let hint = failure.hint.as_ref().map(|it| format!(" {}", Sentence::new(it)));
        let mut message = format!("{}{}", Message::new(&failure.message), hint.unwrap_or_default());
        if let Some(why) = self.outage.filter(|_| failure.kind == FailureKind::TimedOut) {
            message += &format!(" The last request failed: {why}.");
        }
        let error = Error::new(code(failure.kind), message);
        let error = match failure.kind {
            FailureKind::Denied => error.nothing_saved(),
            _ => error.nothing_changed(),
        };
        let again = Suggestion::new("Try again", self.again);
        match self.cause {
            Some(Cause::Network(Some(suggestion))) => offline(error.next(suggestion.clone())),
            Some(Cause::Network(None)) => offline(error.next(again)),
            Some(Cause::Host(suggestion)) => error.next(suggestion.clone()),
            None => match failure.kind {
                // A bug of a provider happens again.
                FailureKind::Cancelled
                | FailureKind::NeedsTerminal
                | FailureKind::Refused
                | FailureKind::Internal => error,
                FailureKind::Unreachable => offline(error.next(again)),
                _ => error.next(match self.correction {
                    Some(command) => Suggestion::new("Correct it", command),
                    None => again,
                }),
            },
        }
    }
}

/// The error code of a failure.
pub fn code(kind: FailureKind) -> Code {
    match kind {
        FailureKind::Unsupported => Code::Unsupported,
        FailureKind::Refused => Code::Refused,
        FailureKind::Cancelled => Code::Interrupted,
        FailureKind::TimedOut => Code::TimedOut,
        FailureKind::Unreachable => Code::Unreachable,
        FailureKind::NeedsTerminal => Code::NeedsTerminal,
        FailureKind::Denied => Code::Denied,
        FailureKind::Rejected => Code::Rejected,
        FailureKind::Misconfigured => Code::SettingInvalid,
        FailureKind::InvalidAnswer => Code::InvalidAnswer,
        // A kind that is not in this table is read as `internal`; a test finds each kind in it.
        _ => Code::ProviderBroken,
    }
}

fn offline(error: Error) -> Error {
    error.next(Suggestion::new("Work offline", "mesheryctl system login --provider None"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_failure_has_a_code_of_its_own() {
        let codes: Vec<_> = FailureKind::ALL.iter().map(|kind| code(*kind).name()).collect();
        let distinct: std::collections::BTreeSet<_> = codes.iter().collect();
        assert_eq!(distinct.len(), FailureKind::ALL.len(), "{codes:?}");
    }

    #[test]
    fn each_failure_has_its_code_and_what_to_type_next() {
        use FailureKind::{
            Cancelled, Denied, Internal, InvalidAnswer, Misconfigured, NeedsTerminal, Refused,
            Rejected, TimedOut, Unreachable, Unsupported,
        };
        const OFFLINE: &str = "mesheryctl system login --provider None";
        let proxy = Cause::Network(Some(Suggestion::new("Bypass", "NO_PROXY=h again")));
        let allow = Cause::Host(Suggestion::new("To allow it", "allow"));
        for (kind, cause, correction, code, next) in [
            (Denied, None, None, Code::Denied, &["again"][..]),
            (Rejected, None, None, Code::Rejected, &["again"]),
            (Misconfigured, None, Some("set"), Code::SettingInvalid, &["set"]),
            (Misconfigured, None, None, Code::SettingInvalid, &["again"]),
            (InvalidAnswer, None, None, Code::InvalidAnswer, &["again"]),
            (Internal, None, None, Code::ProviderBroken, &[]),
            (TimedOut, None, None, Code::TimedOut, &["again"]),
            (Unsupported, None, None, Code::Unsupported, &["again"]),
            (Unreachable, None, None, Code::Unreachable, &["again", OFFLINE]),
            (
                Unreachable,
                Some(&Cause::Network(None)),
                None,
                Code::Unreachable,
                &["again", OFFLINE],
            ),
            (Unreachable, Some(&proxy), None, Code::Unreachable, &["NO_PROXY=h again", OFFLINE]),
            (Refused, Some(&allow), None, Code::Refused, &["allow"]),
            (Refused, None, None, Code::Refused, &[]),
            (Cancelled, None, None, Code::Interrupted, &[]),
            (NeedsTerminal, None, None, Code::NeedsTerminal, &[]),
        ] {
            let outage = Some("was refused".to_owned());
            let (again, correction) = (Command::from("again"), correction.map(Command::from));
            let known = Known { outage, cause, again, correction };
            let failure = Failure::new(kind, "No.").with_hint("Ask Ada.");
            let error = known.error(&failure);
            assert_eq!(error.code, code, "{kind:?}");
            let said: Vec<_> =
                error.suggestions().iter().map(|it| it.command.to_string()).collect();
            assert_eq!(said, next, "{kind:?}");
            let end = match kind {
                Denied => " Nothing was saved.",
                TimedOut => " The last request failed: was refused. Nothing was changed.",
                _ => " Nothing was changed.",
            };
            assert_eq!(error.to_string(), format!("No. Ask Ada.{end}"));
        }
    }
}
