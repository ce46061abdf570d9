//! What becomes of a command line with a command or a flag that this program does not have.

use std::ffi::OsString;

use clap::error::{ContextKind, ErrorKind};

use super::command_line::{Known, flags};
use crate::go_commands::{self, GoCommand};
use crate::nearest::nearest;

/// The command or flag that is not of this program, and the known commands before it.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    pub known: Known,
    pub unknown: Unknown,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Unknown {
    Command(String),
    /// With its dashes, without a value.
    Flag(String),
}

impl Unknown {
    pub fn word(&self) -> &str {
        match self {
            Self::Command(word) | Self::Flag(word) => word,
        }
    }
}

/// What a command line with an unknown word is.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A command of the Go program; without one, what is shown is what it does.
    OfGo(&'static GoCommand),
    /// A flag that only the Go program's command has.
    FlagOfGo,
    /// Most likely a mistyped command of this program, with its words, or flag, with its dashes.
    Typo(String),
    /// Of the Go program, if there is one: a later release may have it.
    Unknown,
    /// Wrong usage of a command that only this program has.
    Ours,
}

impl Refusal {
    /// `None` if something else is wrong with a command line of this program.
    pub fn of(
        error: &clap::Error,
        definition: &clap::Command,
        arguments: &[OsString],
    ) -> Option<Self> {
        let word = |kind| error.get(kind).map(ToString::to_string);
        let known = Known::of(definition, arguments);
        let unknown = match error.kind() {
            ErrorKind::InvalidSubcommand => Unknown::Command(word(ContextKind::InvalidSubcommand)?),
            ErrorKind::UnknownArgument => {
                let word = word(ContextKind::InvalidArg).filter(|it| it.starts_with('-'))?;
                Unknown::Flag(word.split('=').next()?.to_owned())
            }
            // Flags before the command may be wrong for this program alone, such as one that is repeated.
            _ => Unknown::Command(listed_at(&known, arguments)?.to_owned()),
        };
        Some(Self { known, unknown })
    }

    pub fn verdict(&self, definition: &clap::Command) -> Verdict {
        let path = self.known.words();
        let Some(command) = self.known.command(definition) else { return Verdict::Ours };
        match &self.unknown {
            Unknown::Command(name) => of_command(&path, name, command),
            Unknown::Flag(flag) => of_flag(&path, flag, &flags(definition, command)),
        }
    }
}

impl Refusal {
    /// The name of an unknown command, and the nearest that the Go program has; `None` for a flag.
    pub fn unknown_command(&self) -> Option<(&str, Option<&'static GoCommand>)> {
        let Unknown::Command(name) = &self.unknown else { return None };
        let path = self.known.words();
        let names: Vec<&str> = go_commands::below(&path).map(|(name, _)| name).collect();
        let meant = nearest(name, &names).and_then(|it| go_commands::find(&below(&path, it)));
        Some((name, meant))
    }
}

/// The next word, if it is a command of the Go program.
fn listed_at<'a>(known: &Known, arguments: &'a [OsString]) -> Option<&'a str> {
    let next = arguments.get(known.next)?.to_str()?;
    go_commands::find(&below(&known.words(), next)).map(|_| next)
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path} {name}") }
}

fn of_command(path: &str, name: &str, command: &clap::Command) -> Verdict {
    if let Some(listed) = go_commands::find(&below(path, name)) {
        return Verdict::OfGo(listed);
    }
    if go_commands::is_of_completion(name) {
        return Verdict::Unknown;
    }
    let mut ours: Vec<(&str, String)> =
        command.get_subcommands().map(|it| (it.get_name(), below(path, it.get_name()))).collect();
    ours.push(("help", below(path, "help")));
    if path.is_empty() {
        // `lgoin` is most likely `system login`.
        let system = command.find_subcommand("system").into_iter();
        let all = system.flat_map(clap::Command::get_subcommands).map(clap::Command::get_name);
        ours.extend(all.map(|it| (it, format!("system {it}"))));
    }
    let theirs = go_commands::below(path).map(|(name, _)| name);
    let names: Vec<&str> = ours.iter().map(|(name, _)| *name).chain(theirs).collect();
    let meant = nearest(name, &names).and_then(|it| ours.iter().find(|(name, _)| *name == it));
    match meant {
        Some((_, words)) => Verdict::Typo(words.clone()),
        None => unknown(path),
    }
}

fn of_flag(path: &str, flag: &str, ours: &[&clap::Arg]) -> Verdict {
    let name = flag.trim_start_matches('-');
    let theirs = go_commands::flags_of(path);
    if theirs.contains(&name) {
        return Verdict::FlagOfGo;
    }
    let ours: Vec<&str> = ours.iter().filter_map(|it| it.get_long()).chain(["help"]).collect();
    let all: Vec<&str> = ours.iter().chain(theirs).copied().collect();
    match nearest(name, &all).filter(|it| ours.contains(it)) {
        Some(meant) => Verdict::Typo(format!("--{meant}")),
        None => unknown(path),
    }
}

fn unknown(path: &str) -> Verdict {
    if go_commands::is_ours_alone(path) { Verdict::Ours } else { Verdict::Unknown }
}
