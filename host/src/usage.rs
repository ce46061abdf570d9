//! Wrong usage: the error for a command line that cannot be parsed.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::{ContextKind, ErrorKind};
use mesheryctl_core::token::shape::not_a_token;

use crate::cli;
use crate::error::{Code, Command, Error, Suggestion};
use crate::go_program::command_line::Known;
use crate::output;
use crate::terminal::Terminal;
use crate::text::{self, Name};
use crate::{go_commands, go_program};

/// Prints the error as JSON, or on standard error if standard output cannot be written.
pub fn print_error_as_json(error: &Error, terminal: &Terminal) {
    if output::print_json(&error.to_json()).is_err() {
        terminal.fail(error);
    }
}

/// What becomes of a command line that clap refused: an error of this program, a command of the Go program, which then runs in
/// place of this one, or clap's own message, be it help or the version.
pub fn refused(error_of_clap: &clap::Error) -> ExitCode {
    let definition = cli::whole();
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    let own = misplaced(error_of_clap, &definition, &words);
    let path = Known::of(&definition, &words).words();
    let own = own.or_else(|| login_argument(error_of_clap, &path));
    if let Some(error) = own.or_else(|| perhaps_token(error_of_clap)) {
        return print_error(&error);
    }
    match go_program::hand_over(error_of_clap, &definition, &words) {
        Some(Ok(code)) => code,
        Some(Err(error)) => print_error(&error),
        None => print_usage(error_of_clap),
    }
}

fn print_error(error: &Error) -> ExitCode {
    match wants_json() {
        true => print_error_as_json(error, &Terminal::find(false)),
        false => Terminal::find(false).fail(error),
    }
    ExitCode::from(error.exit() as u8)
}

/// Prints the result of clap: help, the version, or an error of usage.
fn print_usage(error_of_clap: &clap::Error) -> ExitCode {
    if error_of_clap.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        // A group of commands without one of them is no error in the Go CLI either.
        let words = std::env::args_os().chain(["-h".into()]);
        if let Err(help) = cli::whole().try_get_matches_from(words) {
            return print_usage(&help);
        }
    }
    if wants_json() && error_of_clap.use_stderr() {
        return print_error(&usage(error_of_clap));
    }
    if arguments().all(|it| text::sanitized(&it) == it) {
        let _ = error_of_clap.print();
    } else {
        // The message of clap contains the argument unsanitized.
        let message = error_of_clap.render().to_string();
        message.lines().for_each(|line| Terminal::find(false).say(&text::sanitized(line)));
    }
    ExitCode::from(error_of_clap.exit_code() as u8)
}

/// The result of clap as an error.
fn usage(error: &clap::Error) -> Error {
    let text = error.render().to_string();
    let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
    Error::new(Code::Usage, format!("{first}."))
        .next(Suggestion::new("Show help", "mesheryctl --help"))
}

/// A subcommand of `system` without `system`; one of the Go program's only if it is the first word.
fn misplaced(error: &clap::Error, program: &clap::Command, words: &[OsString]) -> Option<Error> {
    let command = error.get(ContextKind::InvalidSubcommand)?.to_string();
    let is_there = |path: &str| go_commands::find(path).is_some();
    let is_ours = program.find_subcommand("system")?.find_subcommand(&command).is_some();
    let is_theirs = || is_there(&format!("system {command}")) && !is_there(&command);
    let is_first = || Known::of(program, words).path.is_empty();
    if !(is_ours || is_theirs() && is_first()) {
        return None;
    }
    let message = format!("`{command}` is a subcommand of `system`.");
    let typed = Command::from("mesheryctl system").value(command);
    let error = Error::new(Code::CommandMisplaced, message).nothing_changed();
    Some(error.next(Suggestion::new("Type", typed)))
}

/// `login NAME`, and `login --token TOKEN`. Neither is repeated if it may be a token.
fn login_argument(error: &clap::Error, path: &str) -> Option<Error> {
    let argument = error.get(ContextKind::InvalidArg)?.to_string();
    let words: Vec<String> = arguments().collect();
    // `system --token TOKEN login` is meant as a login too.
    let is_login = path == "system login"
        || argument.starts_with("--token") && words.iter().any(|it| it == "login");
    if error.kind() != ErrorKind::UnknownArgument || !is_login {
        return None;
    }
    let login = || Command::from("mesheryctl system login");
    let with_token = Suggestion::new(
        "With a token",
        "mesheryctl system login --provider Layer5 --with-token < token.txt",
    );
    let with_file =
        Suggestion::new("With a token file", "mesheryctl system login --token-file auth.json");
    let wrong = |message: &str| Error::new(Code::Usage, message).nothing_changed();
    match argument.strip_prefix('-') {
        Some(flag) if flag.trim_start_matches('-').split('=').next() == Some("token") => {
            let message = "A token is not taken from the command line, which other users can read.";
            Some(wrong(message).next(with_token).next(with_file))
        }
        Some(_) => None,
        None if not_a_token(&argument).is_none() => {
            let message = "A login takes its token from a file or standard input.";
            Some(wrong(message).next(with_token).next(with_file))
        }
        None => {
            // The second word of a name that was not quoted.
            let is_provider = |it: &&[String]| it[0] == "-p" || it[0] == "--provider";
            let flag = words.windows(3).filter(|it| it[2] == argument).find(is_provider);
            // Or of the value of a setting, which may be secret.
            let is_of_setting = words.windows(3).any(|it| it[0] == "--set" && it[2] == argument);
            if is_of_setting
                || words.windows(2).any(|it| it[0].starts_with("--set=") && it[1] == argument)
            {
                let message = "A value with spaces must be quoted.";
                return Some(wrong(message));
            }
            let name = flag.map_or(argument.clone(), |it| format!("{} {argument}", it[1]));
            let message = format!("A provider is named with --provider: {}.", Name::new(&name));
            let command = login().literal("--provider").value(name);
            Some(wrong(&message).next(Suggestion::new("Type", command)))
        }
    }
}

/// An argument that no command takes and that may be a token, which is not repeated.
fn perhaps_token(error: &clap::Error) -> Option<Error> {
    let argument = error.get(ContextKind::InvalidArg)?.to_string();
    let is_one = !argument.starts_with('-') && not_a_token(&argument).is_none();
    if error.kind() != ErrorKind::UnknownArgument || !is_one {
        return None;
    }
    let message = "An argument is one too many. It may be a token, so it is not repeated here.";
    let error = Error::new(Code::Usage, message).nothing_changed();
    Some(error.next(Suggestion::new("Show help", "mesheryctl --help")))
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
