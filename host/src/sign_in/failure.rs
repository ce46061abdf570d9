//! The mapping from a provider's failure to the error of the command.

use mesheryctl_core::failure::{Failure, FailureKind};

use crate::error::{Code, Error, Suggestion};
use crate::process::signals;
use crate::providers::entry::Entry;
use crate::session::{Cause, Console};
use crate::sign_in::target::Target;
use crate::text::{Message, Sentence};

/// The error for a failure, with the suggestions that fit its cause.
pub fn error(failure: &Failure, console: &Console<'_>, entry: &Entry, target: &Target) -> Error {
    if let Some(signal) = signals::pending() {
        return signals::error(signal);
    }
    // The hint of a plugin is already part of its message.
    let hint = failure.hint.as_ref().map(|it| format!(" {}", Sentence::new(it)));
    let mut message = format!("{}{}", Message::new(&failure.message), hint.unwrap_or_default());
    if let Some(why) = console.outage().filter(|_| failure.kind == FailureKind::TimedOut) {
        message += &format!(" The last request failed: {why}.");
    }
    let error = Error::new(code(failure.kind), message).unchanged(target.store.file());
    let error = match failure.kind {
        FailureKind::Denied => error.nothing_saved(),
        _ => error.nothing_changed(),
    };
    match console.cause_of(failure) {
        Some(Cause::Network(Some(suggestion))) => offline(error.next(suggestion.clone())),
        Some(Cause::Network(None)) => offline(error.next(again(entry))),
        Some(Cause::Host(suggestion)) => error.next(suggestion.clone()),
        None => match failure.kind {
            FailureKind::Cancelled | FailureKind::NeedsTerminal | FailureKind::Refused => error,
            FailureKind::Unreachable => offline(error.next(again(entry))),
            _ => error.next(match entry.correction(&failure.settings) {
                Some(command) => Suggestion::new("Correct it", command),
                None => again(entry),
            }),
        },
    }
}

fn code(kind: FailureKind) -> Code {
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
        FailureKind::Internal => Code::ProviderBroken,
    }
}

fn again(entry: &Entry) -> Suggestion {
    Suggestion::new("Try again", entry.command())
}

fn offline(error: Error) -> Error {
    error.next(Suggestion::new("Work offline", "mesheryctl system login --provider None"))
}
