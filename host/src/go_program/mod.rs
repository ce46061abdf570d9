//! The Go `mesheryctl`: which command lines are its own, where it is, and how they are handed over to it.
//!
//! [`refusal`] decides which command lines are handed over, [`search`] finds the program, and [`trail`] ends loops.

pub mod command_line;
pub mod completion;
mod errors;
mod refusal;
pub mod search;
mod trail;

use std::ffi::OsString;
use std::process::ExitCode;

use self::refusal::{Refusal, Verdict};
use self::search::{NotFound, Program};
use self::trail::{MAX_DEPTH, Trail};
use crate::error::Result;
use crate::platform;

/// Hands a command line over to the Go program, if it is one of its own. Returns only if it is not: `None` if it is wrong
/// usage of this program, else the error, or on a system that cannot replace a process the exit code of the Go program.
///
/// `error` is clap's refusal of the command line; `arguments` are those after the name of the program.
pub fn hand_over(
    error: &clap::Error,
    definition: &clap::Command,
    arguments: &[OsString],
) -> Option<Result<ExitCode>> {
    let refusal = Refusal::of(error, definition, arguments)?;
    let verdict = refusal.verdict(definition);
    if verdict == Verdict::Ours {
        return None;
    }
    let trail = trail_of(arguments);
    let found = search::find(&trail);
    match (verdict, found) {
        (Verdict::Ours, _) => None,
        (Verdict::Typo(meant), found) => Some(Err(errors::typo(&refusal, &meant, found.ok()))),
        (_, Ok(program)) => Some(run(&program, trail, arguments)),
        (Verdict::OfGo(command), Err(passed)) => Some(Err(errors::missing(command, passed))),
        (Verdict::FlagOfGo, Err(passed)) => Some(Err(errors::flag_missing(&refusal, passed))),
        (Verdict::Unknown, Err(_)) => {
            refusal.unknown_command().map(|(name, meant)| Err(errors::unknown(name, meant)))
        }
    }
}

/// The Go program that a command would be handed over to.
///
/// # Errors
/// What was passed over.
pub fn program() -> std::result::Result<Program, NotFound> {
    search::find(&trail_of(&[]))
}

fn trail_of(arguments: &[OsString]) -> Trail {
    Trail::of(arguments, std::env::var(trail::VARIABLE).ok().as_deref())
}

fn run(program: &Program, trail: Trail, arguments: &[OsString]) -> Result<ExitCode> {
    if trail.depth > MAX_DEPTH || platform::ancestors_called("mesheryctl") > MAX_DEPTH as usize {
        return Err(errors::too_deep(&program.path));
    }
    let value = trail.with([program.id].into_iter().chain(search::this_file()));
    platform::run_instead(&program.path, arguments, (trail::VARIABLE, &value))
        .map_err(|error: std::io::Error| errors::not_run(&program.path, &error))
}
