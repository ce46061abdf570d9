//! A command line as far as this program knows its commands.

use std::ffi::OsString;

/// The known commands at the start of a command line.
#[derive(Debug, PartialEq, Eq)]
pub struct Known {
    /// Their names, without `help`.
    pub path: Vec<String>,
    /// The position of the first word that is neither one of them nor a known flag or its value.
    pub next: usize,
}

impl Known {
    /// `words` are those after the name of the program. The definition need not be built, which takes longer than the rest.
    pub fn of(definition: &clap::Command, words: &[OsString]) -> Self {
        let (mut command, mut path, mut next) = (definition, Vec::new(), 0);
        while let Some(word) = words.get(next).and_then(|it| it.to_str()) {
            if word.len() > 1 && word.starts_with('-') {
                match flag_words(&flags(definition, command), word) {
                    Some(count) => next += count,
                    None => break,
                }
            } else if let Some(below) = command.find_subcommand(word) {
                path.push(below.get_name().to_owned());
                (command, next) = (below, next + 1);
            } else if word == "help" {
                next += 1;
            } else {
                break;
            }
        }
        Self { path, next: next.min(words.len()) }
    }

    /// The command in the definition.
    pub fn command<'d>(&self, definition: &'d clap::Command) -> Option<&'d clap::Command> {
        self.path.iter().try_fold(definition, |it, name| it.find_subcommand(name))
    }

    /// The names, separated by spaces.
    pub fn words(&self) -> String {
        self.path.join(" ")
    }
}

/// The flags of a command, and those of the whole program. Every command has `--help` besides.
pub fn flags<'d>(definition: &'d clap::Command, command: &'d clap::Command) -> Vec<&'d clap::Arg> {
    let global = definition.get_arguments().filter(|it| it.is_global_set());
    command.get_arguments().chain(global).collect()
}

/// How many words a known flag takes with its value: one or two.
fn flag_words(flags: &[&clap::Arg], word: &str) -> Option<usize> {
    if ["-h", "--help"].contains(&word) {
        return Some(1);
    }
    let takes_value = |it: &clap::Arg| it.get_action().takes_values();
    if let Some(long) = word.strip_prefix("--") {
        let (name, value) = long.split_once('=').map_or((long, None), |it| (it.0, Some(it.1)));
        let flag = flags.iter().find(|it| it.get_long() == Some(name))?;
        return Some(if takes_value(flag) && value.is_none() { 2 } else { 1 });
    }
    let mut letters = word[1..].chars();
    while let Some(letter) = letters.next() {
        let flag = flags.iter().find(|it| it.get_short() == Some(letter))?;
        if takes_value(flag) {
            return Some(if letters.as_str().is_empty() { 2 } else { 1 });
        }
    }
    Some(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Arg, Command};

    fn definition() -> Command {
        let context = Arg::new("context").short('c').long("context").global(true);
        let yes = Arg::new("yes").short('y').action(clap::ArgAction::SetTrue).global(true);
        let view = Command::new("view").arg(Arg::new("name"));
        let system = Command::new("system").subcommand(view).subcommand(Command::new("check"));
        Command::new("program").arg(context).arg(yes).subcommand(system)
    }

    #[test]
    fn the_known_commands_end_at_the_first_other_word() {
        for (words, path, next) in [
            (&[][..], "", 0),
            (&["design"], "", 0),
            (&["system", "start"], "system", 1),
            (&["-c", "system", "system", "check"], "system check", 4),
            (&["-ycx", "system"], "system", 2),
            (&["-yc", "x", "system", "--context=a", "check"], "system check", 5),
            (&["--context", "a", "design"], "", 2),
            (&["system", "view", "check"], "system view", 2),
            (&["system", "--pre", "check"], "system", 1),
            (&["system", "-x", "check"], "system", 1),
            (&["help", "design"], "", 1),
            (&["help", "system", "start"], "system", 2),
            (&["system", "help", "start"], "system", 2),
            (&["-c"], "", 1),
            (&["-", "system"], "", 0),
        ] {
            let words: Vec<OsString> = words.iter().map(OsString::from).collect();
            let known = Known::of(&definition(), &words);
            assert_eq!((known.words().as_str(), known.next), (path, next), "{words:?}");
        }
    }
}
