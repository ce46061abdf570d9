//! `system login`: choose a provider, let it sign in, ask the server, save, and say so.

use mesheryctl_core::failure::{Failure, FailureKind};

use crate::callback::Outcome;
use crate::cli::{Global, Login};
use crate::foreign;
use crate::net::Http;
use crate::problem::{Exit, Problem, Result};
use crate::process::signals;
use crate::providers::catalog::Catalog;
use crate::providers::entry::Entry;
use crate::session::Console;
use crate::sign_in::finish::{Presented, settle};
use crate::sign_in::target::Target;
use crate::sign_in::token_input;
use crate::terminal::Terminal;
use crate::terminal::environment::Route;

pub fn run(global: &Global, args: &Login, terminal: &Terminal) -> Result<()> {
    signals::watch().map_err(|error| {
        Problem::new("defect", Exit::Failure, format!("Cannot listen for signals: {error}."))
    })?;
    let http = Http::trusting(global.ca_file.as_deref())?;
    let target = Target::find(global)?;
    let server = if args.no_server_check { None } else { target.server(&http) };
    let server = server.as_ref();
    terminal.detail(&target.description());

    if let Some(bytes) = token_input::source(args, terminal)? {
        let presented = token_input::read(&bytes, args, &target.home, server, terminal)?;
        return settle(presented, server, &target)?.announce(&target, terminal, global.output);
    }

    let entry = Catalog::gather(&target.home)?
        .pick(args.provider.as_deref(), server, terminal)?
        .prepare(&args.set, &target.home, terminal)?;
    target.store.ready()?;
    let route = Route::said(args.no_browser, args.device);
    let mut console = Console::new(&entry, terminal, &http, route, args.timeout);
    let signed_in = entry.login(route.returns(), &mut console);
    let settled = signed_in
        .map_err(|failure| problem(&failure, &console, &entry, &target))
        .and_then(|sign_in| settle(Presented::by(&entry, sign_in), server, &target));
    let announced = match &settled {
        Ok(settled) => settled.announce(&target, terminal, global.output),
        Err(_) => Ok(()),
    };
    console.close(match &settled {
        Ok(_) => Outcome::SignedIn,
        Err(problem) if problem.exit == Exit::Denied => Outcome::Denied,
        Err(_) => Outcome::Failed,
    });
    settled.map(drop).and(announced)
}

/// The one table from a provider's failure to what a person reads and a script gets.
fn problem(failure: &Failure, console: &Console<'_>, entry: &Entry, target: &Target) -> Problem {
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
    let mut message = format!("{} Nothing was {untouched}.", foreign::shown(&failure.message, 400));
    // A command helps below the message, a sentence within it; what a plugin hints at is in its message.
    let hint = failure.hint.as_ref().map(|it| foreign::shown(it, 300));
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
