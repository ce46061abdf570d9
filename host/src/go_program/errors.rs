//! The errors of a command line that is the Go program's, or nearly one of this program.

use std::io;
use std::path::Path;

use super::refusal::{Refusal, Unknown};
use super::search::{NotFound, Program, VARIABLE};
use crate::error::{Code, Command, Error, Suggestion};
use crate::go_commands::GoCommand;
use crate::text::{Line, Name};

const WHERE_TO_GET_IT: &str = "https://docs.meshery.io/installation/mesheryctl";

/// A command of the Go program, which was not found.
pub fn missing(command: &GoCommand, passed: NotFound) -> Error {
    let about = match command.is_old {
        true => format!("{}; in older releases", command.about),
        false => command.about.to_owned(),
    };
    let what = format!("`{}` ({about}) is a command of the Go mesheryctl", command.path);
    let again = Command::from("mesheryctl").literal(command.path);
    not_found(&what, passed, &again)
}

/// A flag of the Go program's command, which was not found.
pub fn flag_missing(refusal: &Refusal, passed: NotFound) -> Error {
    let (path, flag) = (refusal.known.words(), Name::new(refusal.unknown.word()));
    let what = format!("`{path} {flag}` is an option of the Go mesheryctl");
    let again = with_words(Command::from("mesheryctl"), &refusal.known.path);
    not_found(&what, passed, &again.value(flag.to_string()))
}

fn not_found(what: &str, passed: NotFound, again: &Command) -> Error {
    let shown = |it: &Path| Line::new(it.display().to_string());
    let leads_back = |it: &Path| format!("leads back to this program: {}", shown(it));
    let (code, why) = match (&passed.named, &passed.not_executable, &passed.leads_back) {
        (_, Some(file), _) => {
            (Code::GoProgramNotExecutable, format!("and this cannot be executed: {}", shown(file)))
        }
        (Some(named), None, None) => {
            let why = format!("and {VARIABLE} names no program: {}", shown(Path::new(named)));
            (Code::GoProgramNotFound, why)
        }
        (Some(_), None, Some(file)) => {
            (Code::GoProgramNotFound, format!("and {VARIABLE} {}", leads_back(file)))
        }
        (None, None, back) => {
            let back = back.as_deref().map(|it| format!(", and this {}", leads_back(it)));
            let why = format!("which is not found along PATH{}", back.unwrap_or_default());
            (Code::GoProgramMissing, why)
        }
    };
    let mut message = format!("{what}, {why}.");
    if let Some(file) = passed.relative.filter(|_| code == Code::GoProgramMissing) {
        message += &format!(" A relative folder of PATH is not searched: {}.", shown(&file));
    }
    let with = Command::from("MESHERYCTL_GO=/path/to/mesheryctl").then(again);
    let error = Error::new(code, message).nothing_changed();
    let error = error.next(Suggestion::new("Get it", WHERE_TO_GET_IT));
    error.next(Suggestion::new("If it is elsewhere", with))
}

/// A word that is neither a command of this program nor one that the Go program is known to have; `meant` is the nearest of the
/// latter.
pub fn unknown(name: &str, meant: Option<&GoCommand>) -> Error {
    let message = format!("There is no command {}.", Name::new(name));
    let error = Error::new(Code::Usage, message).nothing_changed();
    error.next(match meant {
        Some(it) => Suggestion::new("Did you mean", Command::from("mesheryctl").literal(it.path)),
        None => Suggestion::new("Show help", "mesheryctl --help"),
    })
}

/// A word that is nearly one of this program; with the Go program, how to run that.
pub fn typo(refusal: &Refusal, meant: &str, go: Option<Program>) -> Error {
    let typed = with_words(Command::from("mesheryctl"), &refusal.known.path);
    let (message, meant) = match &refusal.unknown {
        Unknown::Command(name) => {
            let message = format!("There is no command {}.", Name::new(name));
            let words: Vec<String> = meant.split(' ').map(str::to_owned).collect();
            (message, with_words(Command::from("mesheryctl"), &words))
        }
        Unknown::Flag(flag) => {
            let command = format!("{typed}");
            let message = format!("`{command}` has no option {}.", Name::new(flag));
            (message, typed.clone().value(meant))
        }
    };
    let error = Error::new(Code::Usage, message).nothing_changed();
    let error = error.next(Suggestion::new("Did you mean", meant));
    let Some(go) = go else { return error };
    let path = Command::default().value(go.path.display().to_string());
    let with = with_words(path, &refusal.known.path).value(refusal.unknown.word());
    error.next(Suggestion::new("With the Go mesheryctl", with))
}

fn with_words(command: Command, words: &[String]) -> Command {
    words.iter().fold(command, Command::value)
}

/// The found program runs this one again and again.
pub fn too_deep(program: &Path) -> Error {
    let shown = Line::new(program.display().to_string());
    let message = format!(
        "What was found as the Go mesheryctl runs this program again, more than ten times: {shown}."
    );
    let elsewhere = Command::from("export MESHERYCTL_GO=/path/to/mesheryctl");
    Error::new(Code::GoProgramLoop, message)
        .nothing_changed()
        .next(Suggestion::new("Name the Go program", elsewhere))
}

/// The system cannot run the found program.
pub fn not_run(program: &Path, error: &io::Error) -> Error {
    let shown = Line::new(program.display().to_string());
    let message = format!("Cannot run the Go mesheryctl {shown}: {error}.");
    Error::new(Code::GoProgramNotExecutable, message)
        .nothing_changed()
        .next(Suggestion::new("Get it", WHERE_TO_GET_IT))
}
