//! `mesheryctl` signs a person, a script or a CI job in to Meshery, through built-in and installed providers.
//!
//! This is the library of the binary. `docs/architecture.md` describes its modules and which ones each may
//! import. The entry point is [`main`]; [`readers`] is for the fuzzers.

mod callback;
mod cli;
mod clock;
mod commands;
mod completion;
mod error;
mod go_commands;
mod go_program;
mod nearest;
mod net;
mod output;
mod platform;
mod plugin;
mod process;
mod providers;
mod session;
mod sign_in;
mod storage;
mod terminal;
mod text;
mod usage;

use std::process::ExitCode;

use cli::{Cli, Output};
use error::{Error, Exit};
use process::{panic, signals};
use terminal::Terminal;

/// Types that enforce a rule, public so that doc tests can show that the compiler enforces it.
///
/// Untrusted text is not a string, so it cannot be passed on, sliced or joined by accident.
/// ```compile_fail,E0308
/// let name = mesheryctl::rules::Name::new("\u{1b}[2J");
/// let line: &str = &name;
/// ```
/// ```
/// let name = mesheryctl::rules::Name::new("\u{1b}[2JAcme");
/// assert_eq!(format!("{name}"), "[2JAcme");
/// ```
/// A suggested command cannot be built from a formatted string: what is not a literal of the source code is
/// quoted.
/// ```compile_fail,E0277
/// let host = "a;{touch,x}".to_owned();
/// let command = mesheryctl::rules::Command::from(format!("mesheryctl --allow-host {host}"));
/// ```
/// ```
/// let command = mesheryctl::rules::Command::from("mesheryctl --allow-host").value("a;{touch,x}");
/// assert_eq!(command.to_string(), "mesheryctl --allow-host 'a;{touch,x}'");
/// ```
#[doc(hidden)]
pub mod rules {
    pub use crate::error::Command;
    pub use crate::text::Name;
}

/// The parsers of untrusted input, for the fuzzers in `tests/fuzz`.
#[doc(hidden)]
pub mod readers {
    pub use crate::callback::{kind, page, request, rules};
    pub use crate::commands::api::{destination, pages};
    pub use crate::net::Reply;
    pub use crate::net::meshery_server::{listing, verdict};
    pub use crate::net::url;
    pub use crate::plugin::library::{discovery, section};
    pub use crate::plugin::protocol::frame;
    pub use crate::session::pasted;
    pub use crate::storage::config;
    pub use crate::terminal::paste::line_buffer;
    pub use crate::terminal::prompt::keys;
    pub use crate::text::Name;
}

/// The definition of the command line, for the manual pages.
#[doc(hidden)]
pub fn definition() -> clap::Command {
    cli::whole()
}

/// Runs the command that the arguments of this process name, and returns its exit code.
pub fn main() -> ExitCode {
    // `env::args` would panic on an argument that is not UTF-8.
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|it| it == plugin::protocol::ARGUMENT) {
        let arguments: Vec<String> = arguments.filter_map(|it| it.into_string().ok()).collect();
        return plugin::guest::main(&arguments);
    }
    if let Some((shell, words)) = completion::asked() {
        let answer = || completion::answer(&shell, words, definition());
        // A shell shows what is printed beside the command line, so an error is silent.
        return panic::caught(answer).unwrap_or(ExitCode::FAILURE);
    }
    // The memory will contain a token. A failure is ignored, because a login without this protection is better
    // than no login.
    let _ = platform::keep_memory_private();
    panic::caught(run_command).unwrap_or_else(|error| {
        let output = if usage::wants_json() { Output::Json } else { Output::Text };
        report(&error, output, &Terminal::find(false))
    })
}

fn run_command() -> ExitCode {
    let cli = match Cli::of(std::env::args_os()) {
        Ok(cli) => cli,
        Err(error) => return usage::refused(&error),
    };
    let terminal = Terminal::find(cli.global.verbose);
    if cli.global.output == Output::Json {
        signals::report_as_json();
    }
    let ended = commands::run(&cli, &terminal);
    // Before the error, which would otherwise be written in the mode of a question.
    platform::terminal_mode::restore();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report(&error.repeating(&cli.global.typed), cli.global.output, &terminal),
    }
}

/// Prints the error, unless the thread for signals is already printing that the program was cancelled.
fn report(error: &Error, output: Output, terminal: &Terminal) -> ExitCode {
    let exit = ExitCode::from(error.exit() as u8);
    if !signals::claim_report() {
        return exit;
    }
    let cancelled = matches!(error.exit(), Exit::Interrupted | Exit::Terminated | Exit::Hangup);
    match output {
        Output::Json => usage::print_error_as_json(error, terminal),
        Output::Text if cancelled => terminal.say(&error.to_string()),
        Output::Text => terminal.fail(error),
    }
    exit
}
