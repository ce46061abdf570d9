//! The one table from a provider's failure to what a person reads and a script gets.

use mesheryctl_core::failure::{Failure, FailureKind};

use crate::error::{Exit, Problem};
use crate::process::signals;
use crate::providers::entry::Entry;
use crate::session::Console;
use crate::sign_in::target::Target;
use crate::text;

/// The one table from a provider's failure to what a person reads and a script gets.
pub fn problem(
    failure: &Failure,
    console: &Console<'_>,
    entry: &Entry,
    target: &Target,
) -> Problem {
    if let Some(signal) = signals::pending() {
        return signals::problem(signal);
    }
    let (code, exit) = match failure.kind {
        FailureKind::Unsupported => ("unsupported", Exit::Failure),
        FailureKind::Refused => ("refused", Exit::Plugin),
        FailureKind::Cancelled => ("cancelled", Exit::Interrupted),
        FailureKind::TimedOut => ("timed_out", Exit::TimedOut),
        FailureKind::Unreachable => ("unreachable", Exit::Unreachable),
        FailureKind::NeedsTerminal => ("needs_terminal", Exit::Usage),
        FailureKind::Denied => ("denied", Exit::Denied),
        FailureKind::InvalidAnswer => ("invalid_answer", Exit::Failure),
        FailureKind::Internal => ("provider_broken", Exit::Plugin),
    };
    let untouched = if failure.kind == FailureKind::Denied { "saved" } else { "changed" };
    let mut message = format!("{} Nothing was {untouched}.", text::shown(&failure.message, 400));
    // A command helps below the message, a sentence within it; what a plugin hints at is in its message.
    let hint = failure.hint.as_ref().map(|it| text::shown(it, 300));
    let (command, sentence) = match hint {
        Some(hint) if hint.starts_with("mesheryctl ") => (Some(hint), None),
        sentence => (None, sentence),
    };
    if let Some(sentence) = sentence {
        message += &format!(" {sentence}");
    }
    let mut problem = Problem::new(code, exit, message).unchanged(target.store.file().display());
    if let Some(command) = command {
        let label = match failure.kind {
            FailureKind::NeedsTerminal if command.contains("--with-token") => "With a token",
            FailureKind::NeedsTerminal => "If somebody is there",
            _ => "If you allow it",
        };
        problem = problem.next(label, command);
    }
    // The network was to blame: what mends it, where that is known.
    if let Some(step) = console.unreached(failure) {
        return offline(match step {
            Some(step) => problem.next(step.label, step.command),
            None => problem.next("Find out why", "mesheryctl system check"),
        });
    }
    match failure.kind {
        FailureKind::Cancelled | FailureKind::NeedsTerminal | FailureKind::Refused => problem,
        FailureKind::Unreachable => {
            offline(problem.next("Find out why", "mesheryctl system check"))
        }
        _ => problem.next("Try again", entry.command()),
    }
}

fn offline(problem: Problem) -> Problem {
    problem.next("Work offline", "mesheryctl system login --provider None")
}
