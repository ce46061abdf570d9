//! [`Deferred`]: groups of commands that are defined when the command line names them.

use std::ops::Deref;

use clap::{ArgMatches, Command, FromArgMatches, Subcommand};

use super::{Cli, Context, Plugin, Provider, System, Token};

/// The commands of a group, which clap defines only if the command line names the group. To define all of them takes longer than
/// most commands run.
#[derive(Debug)]
pub struct Deferred<T>(T);

impl<T> Deref for Deferred<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// The definition of the command line with every group, also those that no command line names.
pub fn whole() -> Command {
    with_groups(<Cli as clap::CommandFactory>::command())
}

fn with_groups(command: Command) -> Command {
    command.mut_subcommands(|it| {
        with_groups(match it.get_name() {
            "system" => group::<System>(it),
            "plugin" => group::<Plugin>(it),
            "context" => group::<Context>(it),
            "token" => group::<Token>(it),
            "provider" => group::<Provider>(it),
            _ => it,
        })
    })
}

/// The group with its commands. What [`whole`] has defined, clap does not define again.
fn group<T: Subcommand>(command: Command) -> Command {
    if command.has_subcommands() { command } else { T::augment_subcommands(command) }
}

impl<T: Subcommand> Subcommand for Deferred<T> {
    fn augment_subcommands(command: Command) -> Command {
        command.defer(group::<T>)
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        T::augment_subcommands_for_update(command)
    }

    fn has_subcommand(name: &str) -> bool {
        T::has_subcommand(name)
    }
}

impl<T: FromArgMatches> FromArgMatches for Deferred<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        T::from_arg_matches(matches).map(Self)
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, clap::Error> {
        T::from_arg_matches_mut(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.update_from_arg_matches(matches)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_whole_definition_is_the_one_that_clap_makes_of_every_group() {
        fn described(command: &Command, path: &str, all: &mut Vec<String>) {
            let path = format!("{path} {}", command.get_name());
            all.push(format!("{path}: {:?}", command.get_about()));
            all.extend(command.get_arguments().map(|it| format!("{path}: {it:?}")));
            // `help` of clap has a tree of its own.
            let below = command.get_subcommands().filter(|it| it.get_name() != "help");
            below.for_each(|it| described(it, &path, all));
        }
        let described = |mut definition: Command| {
            let mut all = Vec::new();
            definition.build();
            described(&definition, "", &mut all);
            all
        };
        let deferred = Cli::command();
        assert!(!deferred.find_subcommand("system").unwrap().has_subcommands());
        let system = whole().find_subcommand("system").unwrap().clone();
        assert!(system.find_subcommand("context").unwrap().find_subcommand("list").is_some());
        let (whole, deferred) = (described(whole()), described(deferred));
        assert_eq!(whole.len(), deferred.len());
        whole.iter().zip(&deferred).for_each(|(whole, deferred)| assert_eq!(whole, deferred));
    }

    #[test]
    fn the_whole_definition_has_every_group() {
        fn assert_same_groups(built: &Command, whole: &Command) {
            for built in built.get_subcommands().filter(|it| it.get_name() != "help") {
                let name = built.get_name();
                let whole = whole.find_subcommand(name).unwrap();
                assert_eq!(built.has_subcommands(), whole.has_subcommands(), "{name}");
                assert_same_groups(built, whole);
            }
        }
        let mut built = Cli::command();
        built.build();
        assert_same_groups(&built, &whole());
    }
}
