//! Completion: what a shell offers for an unfinished command line. The shell runs this program, as the script of
//! `mesheryctl completion` tells it to. Nothing here uses the network, runs a plugin, asks a question or prints an error.

mod line;
mod values;

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Arg, Command};
use clap_complete::engine::{
    ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter,
};
use clap_complete::env::{EnvCompleter, Shells};

use self::line::Line;
use self::values::one_word;
use crate::go_program::command_line::Known;
use crate::go_program::completion::{self as go, Offered, Paths};
use crate::{go_commands, text};

/// The variable that names the shell.
const VARIABLE: &str = "COMPLETE";

/// The script that makes a shell ask this program, which it runs as `program`.
///
/// # Errors
/// None but that the shell is unknown.
pub fn script(shell: &str, program: &OsStr) -> io::Result<String> {
    let shells = Shells::builtins();
    let shell = shells.completer(shell).ok_or(io::ErrorKind::Unsupported)?;
    let mut program = std::path::PathBuf::from(program);
    if program.components().count() > 1 {
        program = std::path::absolute(program)?;
    }
    let mut script = Vec::new();
    let (name, program) = ("mesheryctl", program.to_string_lossy());
    shell.write_registration(VARIABLE, name, name, &program, &mut script)?;
    Ok(String::from_utf8_lossy(&script).into_owned())
}

/// The shell that asks, and the words of its command line. The variable alone does not count: it may be set for all programs.
pub fn asked() -> Option<(OsString, Vec<OsString>)> {
    let shell = env::var_os(VARIABLE).filter(|it| !it.is_empty())?;
    let mut arguments = env::args_os().skip(1);
    (arguments.next()? == "--").then(|| (shell, arguments.collect()))
}

/// Prints what can follow in a form that the shell reads.
pub fn answer(shell: &OsStr, words: Vec<OsString>, definition: Command) -> ExitCode {
    let shells = Shells::builtins();
    let Some(shell) = shell.to_str().and_then(|it| shells.completer(it)) else {
        return ExitCode::FAILURE;
    };
    let Some(line) = Line::of(shell.name(), words) else { return ExitCode::FAILURE };
    let mut answer = Vec::new();
    let written = write(shell, &line, completed(&line, definition), &mut answer);
    match written.and_then(|()| io::stdout().write_all(&answer)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn write(
    shell: &dyn EnvCompleter,
    line: &Line,
    mut definition: Command,
    answer: &mut Vec<u8>,
) -> io::Result<()> {
    let folder = env::current_dir().ok();
    if line.cut == 0 {
        return shell.write_complete(&mut definition, line.all.clone(), folder.as_deref(), answer);
    }
    // Bash replaces only what follows the last `=` or `:`.
    let (words, last) = (line.words.clone(), line.words.len() - 1);
    let found = clap_complete::engine::complete(&mut definition, words, last, folder.as_deref())?;
    let values = found.iter().map(|it| it.get_value().to_string_lossy());
    let rests: Vec<_> = values.filter_map(|it| it.get(line.cut..).map(str::to_owned)).collect();
    answer.extend(rests.join(&env::var("_CLAP_IFS").unwrap_or_else(|_| "\n".into())).bytes());
    Ok(())
}

/// The definition of the command line, with what can follow in this one.
fn completed(line: &Line, definition: Command) -> Command {
    let typed = line.words.get(1..).unwrap_or_default();
    let known = Known::of(&definition, typed);
    // The last word is unfinished, so it is no command yet.
    let next = typed[..typed.len().saturating_sub(1)].get(known.next);
    let has_commands = known.command(&definition).is_some_and(Command::has_subcommands);
    // Also a command that a later release of the Go program may have.
    let is_handed_over = next.is_some_and(|it| !it.as_encoded_bytes().starts_with(b"-"))
        && has_commands
        && !go_commands::is_ours_alone(&known.words());
    let begins_flag = typed.last().is_some_and(|it| it.as_encoded_bytes().starts_with(b"-"));
    match is_handed_over {
        true => handed_over(line.all.len(), go::offered(typed)),
        false => {
            let definition = values::attached(with_go_commands(definition, ""), line);
            if begins_flag { definition } else { without_flags(definition) }
        }
    }
}

/// The definition with flags that are offered only where nothing else can stand, as gh and kubectl do.
fn without_flags(command: Command) -> Command {
    let command = command.mut_subcommands(without_flags);
    command.mut_args(|it| if it.is_positional() { it } else { it.hide(true) })
}

/// The definition with the names of the commands that are handed over.
fn with_go_commands(mut command: Command, path: &str) -> Command {
    command = command.mut_subcommands(|it| {
        let below = [path, it.get_name()].join(" ");
        with_go_commands(it, below.trim_start())
    });
    let theirs = go_commands::below(path).filter(|(_, it)| !it.is_old);
    command.subcommands(theirs.map(|(name, it)| Command::new(name).about(it.about)))
}

/// A definition that accepts any words, the last of which can be what the Go program offers.
fn handed_over(words: usize, offered: Offered) -> Command {
    let follow = move |current: &OsStr| following(&offered, current);
    let arguments = Arg::new("arguments")
        .num_args(0..=words)
        .allow_hyphen_values(true)
        .trailing_var_arg(true)
        .add(ArgValueCompleter::new(follow));
    Command::new("mesheryctl").disable_help_flag(true).arg(arguments)
}

fn following(offered: &Offered, current: &OsStr) -> Vec<CompletionCandidate> {
    let word = current.to_string_lossy();
    // Of `--flag=value` only the value is offered.
    let flag = match word.split_once('=') {
        Some((flag, _)) if flag.starts_with('-') => format!("{flag}="),
        _ => String::new(),
    };
    let values = offered.values.iter().filter_map(|(value, about)| {
        let value = if value.starts_with(&flag) { value.clone() } else { format!("{flag}{value}") };
        let value = one_word(&value).filter(|it| it.starts_with(&*word))?;
        let about = about.as_ref().filter(|it| !it.is_empty());
        let about = about.map(|it| text::Label::new(it).to_string().into());
        Some(CompletionCandidate::new(value).help(about))
    });
    let paths = match &offered.paths {
        Paths::None => None,
        Paths::Any => Some(PathCompleter::any()),
        Paths::Folders => Some(PathCompleter::dir()),
        Paths::Files(extensions) => {
            let extensions = extensions.clone();
            let is_one = move |path: &std::path::Path| {
                let extension = path.extension().unwrap_or_default().to_string_lossy();
                extensions.iter().any(|it| *it == extension)
            };
            Some(PathCompleter::file().filter(is_one))
        }
    };
    let rest = OsString::from(&word[flag.len()..]);
    let paths = paths.into_iter().flat_map(|it| it.complete(&rest));
    values.chain(paths.map(|it| it.add_prefix(flag.clone()))).collect()
}
