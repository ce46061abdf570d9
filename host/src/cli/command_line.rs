//! The command line as a suggestion repeats it: without secrets, and with the flags that select context and files apart.

use std::ffi::OsString;
use std::mem::ManuallyDrop;

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, CommandFactory as _, FromArgMatches as _};

use super::Cli;
use crate::error::{Command, Typed};

/// The flags that select the context and files, by their ids.
const PLACE: [(&str, &str); 5] = [
    ("context", "--context"),
    ("config", "--config"),
    ("plugins_dir", "--plugins-dir"),
    ("ca_file", "--ca-file"),
    ("server_user", "--server-user"),
];

/// The arguments whose values may contain a secret after this separator: fields, settings, headers and queries. What
/// stands for the secret is a literal that a shell reads as one word.
const SECRETS: [(&str, char, &str); 6] = [
    ("set", '=', "=…"),
    ("settings", '=', "=…"),
    ("raw_field", '=', "=…"),
    ("field", '=', "=…"),
    ("header", ':', "': …'"),
    ("request", '?', "'?…'"),
];

impl Cli {
    /// Parses the command line, and keeps what a suggestion repeats of it.
    ///
    /// # Errors
    /// Help, the version, and wrong usage.
    pub fn of<T: Into<OsString> + Clone>(
        words: impl IntoIterator<Item = T>,
    ) -> Result<Self, clap::Error> {
        // The process ends with the command, so that its memory need not be given back part by part.
        let mut definition = ManuallyDrop::new(Self::command());
        let matches = definition.try_get_matches_from_mut(words)?;
        let mut cli = Self::from_arg_matches(&matches).map_err(|it| it.format(&mut definition))?;
        cli.global.typed = typed(&definition, &matches);
        Ok(cli)
    }
}

fn typed(definition: &clap::Command, matches: &ArgMatches) -> Typed {
    let (mut definition, mut matches) = (definition, matches);
    let mut command = Command::default().name_of(definition);
    while let Some((below, of_it)) =
        matches.subcommand().and_then(|(name, it)| Some((definition.find_subcommand(name)?, it)))
    {
        command = command.name_of(below);
        (definition, matches) = (below, of_it);
    }
    let is_typed =
        |it: &&Arg| matches.value_source(it.get_id().as_str()) == Some(ValueSource::CommandLine);
    // Positional arguments have no long name, and come first.
    let mut arguments: Vec<&Arg> = definition.get_arguments().filter(is_typed).collect();
    arguments.sort_by_key(|it| it.get_long().is_some());
    let mut place = Vec::new();
    for argument in arguments {
        let id = argument.get_id().as_str();
        match PLACE.iter().find(|(of, _)| *of == id) {
            Some((_, flag)) => {
                place.extend(values(matches, id).into_iter().next_back().map(|it| (*flag, it)));
            }
            None => command = with_argument(command, argument, &values(matches, id)),
        }
    }
    Typed { command, place }
}

fn with_argument(command: Command, argument: &Arg, values: &[String]) -> Command {
    let id = argument.get_id().as_str();
    if id == "with_token" {
        return command.literal("--with-token < token.txt");
    }
    if !argument.get_action().takes_values() {
        return command.flag_of(argument);
    }
    let secret = SECRETS.iter().find(|(of, ..)| *of == id);
    values.iter().fold(command, |command, value| {
        let command = command.flag_of(argument);
        match secret.and_then(|(_, from, hidden)| Some((value.split_once(*from)?.0, hidden))) {
            Some((shown, hidden)) => command.value(shown).glued(hidden),
            // A value without its separator may be the secret itself.
            None if secret.is_some() && id != "request" => command.literal("…"),
            None => command.value(value),
        }
    })
}

/// What was typed for the argument.
fn values(matches: &ArgMatches, id: &str) -> Vec<String> {
    let raw = matches.get_raw(id).into_iter().flatten();
    raw.map(|it| it.to_string_lossy().into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::Cli;
    use crate::error::Command;

    #[test]
    fn a_suggestion_repeats_the_command_line_without_secrets() {
        for (words, expected) in [
            (&["system", "login"][..], "mesheryctl system login"),
            (
                &["system", "login", "-p", "a b", "--with-token", "-c", "prod"],
                "mesheryctl system login --provider 'a b' --with-token < token.txt --context prod",
            ),
            (
                &["system", "login", "-p", "oidc", "--set", "password=canary"],
                "mesheryctl system login --provider oidc --set password=…",
            ),
            (
                &["--config", "c", "system", "check", "--verify", "-o", "json"],
                "mesheryctl system check --verify --output json --config c",
            ),
            (&["system", "check", "--token", "t.json"], "mesheryctl system check --token t.json"),
            (
                &["system", "provider", "list", "--ca-file", "ca"],
                "mesheryctl system provider list --ca-file ca",
            ),
            (&["system", "logout"], "mesheryctl system logout"),
            (
                &["system", "logout", "--all", "--local", "-y"],
                "mesheryctl system logout --local --all --yes",
            ),
            (
                &["api", "-f", "a=canary", "-H", "X-A: canary", "POST", "/p?q=canary"],
                "mesheryctl api POST /p'?…' --raw-field a=… --header X-A': …'",
            ),
            (&["plugin", "trust", "a b"], "mesheryctl plugin trust 'a b'"),
            (
                &["system", "provider", "configure", "oidc", "password=canary", "canary"],
                "mesheryctl system provider configure oidc password=… …",
            ),
        ] {
            let cli = Cli::of([&["mesheryctl"], words].concat()).unwrap();
            assert_eq!(Command::again().repeating(&cli.global.typed).to_string(), expected);
        }
    }
}
