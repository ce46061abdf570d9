//! Wrong usage: the error for a command line that cannot be parsed.

use std::process::ExitCode;

use clap::CommandFactory;
use clap::error::ContextKind;

use crate::cli::Cli;
use crate::error::{Code, Command, Error, Suggestion};
use crate::output;
use crate::terminal::Terminal;
use crate::text;

/// Prints the error as JSON, or on standard error if standard output cannot be written.
pub fn print_error_as_json(error: &Error, terminal: &Terminal) {
    if output::print_json(&error.to_json()).is_err() {
        terminal.fail(error);
    }
}

/// Prints the result of clap: help, the version, or an error of usage.
pub fn print_usage(error_of_clap: &clap::Error) -> ExitCode {
    let error = usage(error_of_clap);
    if wants_json() && error_of_clap.use_stderr() {
        print_error_as_json(&error, &Terminal::find(false));
    } else if error.code == Code::CommandMisplaced {
        Terminal::find(false).fail(&error);
    } else if arguments().all(|it| text::sanitized(&it) == it) {
        let _ = error_of_clap.print();
    } else {
        // The message of clap contains the argument unsanitized.
        let message = error_of_clap.render().to_string();
        message.lines().for_each(|line| Terminal::find(false).say(&text::sanitized(line)));
    }
    ExitCode::from(error_of_clap.exit_code() as u8)
}

fn usage(error: &clap::Error) -> Error {
    let command = error.get(ContextKind::InvalidSubcommand).map(ToString::to_string);
    let program = Cli::command();
    let system = program.find_subcommand("system");
    let is_below_system = |it: &String| system.is_some_and(|all| all.find_subcommand(it).is_some());
    if let Some(command) = command.filter(is_below_system) {
        let message = format!("`{command}` is a subcommand of `system`.");
        return Error::new(Code::CommandMisplaced, message)
            .nothing_changed()
            .next(Suggestion::new("Type", Command::from("mesheryctl system").value(command)));
    }
    let text = error.render().to_string();
    let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
    Error::new(Code::Usage, format!("{first}."))
        .next(Suggestion::new("Show help", "mesheryctl --help"))
}

fn arguments() -> impl Iterator<Item = String> {
    std::env::args_os().map(|it| it.to_string_lossy().into_owned())
}

/// Whether JSON output was requested, read from the arguments that could not be parsed.
pub fn wants_json() -> bool {
    let arguments: Vec<String> = arguments().collect();
    let names = |it: &str| it == "--output" || short(it) == Some("");
    arguments.windows(2).any(|pair| names(&pair[0]) && pair[1] == "json")
        || arguments
            .iter()
            .any(|it| it == "--output=json" || matches!(short(it), Some("json" | "=json")))
}

/// What follows the `o` of `-o`, which may follow flags without a value, as in `-vo`.
fn short(argument: &str) -> Option<&str> {
    argument.strip_prefix('-')?.trim_start_matches(['v', 'y']).strip_prefix('o')
}
