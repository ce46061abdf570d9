//! The one table from a provider's failure to what a person reads and a script gets.

use mesheryctl_core::failure::{Failure, FailureKind};

use crate::error::{Code, Error, Suggestion};
use crate::process::signals;
use crate::providers::entry::Entry;
use crate::session::{Cause, Console};
use crate::sign_in::target::Target;
use crate::text::{Message, Sentence};

/// The one table from a provider's failure to what a person reads and a script gets.
pub fn problem(failure: &Failure, console: &Console<'_>, entry: &Entry, target: &Target) -> Error {
    if let Some(signal) = signals::pending() {
        return signals::problem(signal);
    }
    // What a plugin hints at is in its message already.
    let hint = failure.hint.as_ref().map(|it| format!(" {}", Sentence::new(it)));
    let message = format!("{}{}", Message::new(&failure.message), hint.unwrap_or_default());
    let problem = Error::new(code(failure.kind), message).unchanged(target.store.file());
    let problem = match failure.kind {
        FailureKind::Denied => problem.nothing_saved(),
        _ => problem.nothing_changed(),
    };
    match console.cause_of(failure) {
        Some(Cause::Network(Some(suggestion))) => offline(problem.next(suggestion.clone())),
        Some(Cause::Network(None)) => offline(problem.next(check())),
        Some(Cause::Host(suggestion)) => problem.next(suggestion.clone()),
        None => match failure.kind {
            FailureKind::Cancelled | FailureKind::NeedsTerminal | FailureKind::Refused => problem,
            FailureKind::Unreachable => offline(problem.next(check())),
            _ => problem.next(Suggestion::new("Try again", entry.command())),
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
        FailureKind::InvalidAnswer => Code::InvalidAnswer,
        FailureKind::Internal => Code::ProviderBroken,
    }
}

fn check() -> Suggestion {
    Suggestion::new("Find out why", "mesheryctl system check")
}

fn offline(problem: Error) -> Error {
    problem.next(Suggestion::new("Work offline", "mesheryctl system login --provider None"))
}
