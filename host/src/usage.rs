//! Wrong usage: what was typed could not be parsed, and how that is said.

use std::process::ExitCode;

use clap::error::ContextKind;

use crate::error::{Code, Command, Error, Suggestion};
use crate::output;
use crate::terminal::Terminal;
use crate::text;

/// Whoever closed standard output wants no more; where it takes nothing, the other stream says why.
pub fn say_in_json(error: &Error, terminal: &Terminal) {
    if output::print_json(&error.to_json()).is_err() {
        terminal.fail(error);
    }
}

/// Help and version are asked for; everything else here is wrong usage, in clap's own words.
pub fn misused(refused: &clap::Error) -> ExitCode {
    let error = usage(refused);
    if wants_json() && refused.use_stderr() {
        say_in_json(&error, &Terminal::find(false));
    } else if error.code == Code::CommandMisplaced {
        Terminal::find(false).fail(&error);
    } else if arguments().all(|it| text::sanitized(&it) == it) {
        let _ = refused.print();
    } else {
        // clap repeats an argument as it came.
        let said = refused.render().to_string();
        said.lines().for_each(|line| Terminal::find(false).say(&text::sanitized(line)));
    }
    ExitCode::from(refused.exit_code() as u8)
}

fn usage(error: &clap::Error) -> Error {
    let command = error.get(ContextKind::InvalidSubcommand).map(ToString::to_string);
    let below_system = ["login", "logout", "check", "provider"];
    if let Some(command) = command.filter(|it| below_system.contains(&it.as_str())) {
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

/// What was typed could not be parsed, so it is looked at as it stands.
pub fn wants_json() -> bool {
    let arguments: Vec<String> = arguments().collect();
    let names = |it: &str| it == "--output" || short(it) == Some("");
    arguments.windows(2).any(|pair| names(&pair[0]) && pair[1] == "json")
        || arguments
            .iter()
            .any(|it| it == "--output=json" || matches!(short(it), Some("json" | "=json")))
}

/// What follows the `o` of `-o`, which may stand behind the two that take no value, as in `-vo`.
fn short(argument: &str) -> Option<&str> {
    argument.strip_prefix('-')?.trim_start_matches(['v', 'y']).strip_prefix('o')
}
