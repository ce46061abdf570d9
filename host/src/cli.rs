//! The command line: every command, flag and help text.

mod api;
mod command_line;
mod context;
mod deferred;
mod help;
mod plugin;
mod provider;
mod system;
mod token;
mod typed;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

use self::help::{
    API_EXAMPLES, COMPLETION_EXAMPLES, PLUGIN_EXAMPLES, VERSION_EXAMPLES, of_program, of_system,
};
use crate::error::Typed;

pub use api::Api;
pub use context::{Context, ContextCreate, ContextDelete, ContextView};
pub use deferred::{Deferred, whole};
pub use plugin::{NewPlugin, Plugin, PluginKind, Trust, Try, Validate};
pub use provider::{Configure, DefaultProvider, Provider, ProviderSet};
pub use system::{Check, Login, Logout, System, Whoami};
pub use token::{Token, TokenCreate, TokenFormat, TokenView};

/// Sign in to Meshery from the command line
#[derive(Debug, Parser)]
#[command(name = "mesheryctl", version, after_help = of_program())]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten, next_help_heading = "Global options")]
    pub global: Global,
}

/// The options of every command.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Use this context of config.yaml for this command
    #[arg(short, long, global = true, value_name = "NAME", value_hint = ValueHint::Other)]
    pub context: Option<String>,
    /// Config file [default: ~/.meshery/config.yaml]
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// Format of the result on standard output
    #[arg(short, long, global = true, value_enum, default_value_t = Output::Text)]
    pub output: Output,
    /// Plugin directory [default: $MESHERYCTL_PLUGINS_DIR, else ~/.meshery/plugins]
    #[arg(long, global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub plugins_dir: Option<PathBuf>,
    /// Also trust the CAs in this PEM file
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ca_file: Option<PathBuf>,
    /// Use servers on this computer that this user runs
    /// [default: $MESHERYCTL_SERVER_USER, else only you and root]
    #[arg(long, global = true, value_name = "NAME|UID", value_hint = ValueHint::Username)]
    pub server_user: Option<String>,
    /// Answer questions about config.yaml with yes
    #[arg(short, long, global = true)]
    pub yes: bool,
    /// Print details to standard error
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// What a suggestion repeats of the command line.
    #[arg(skip)]
    pub typed: Typed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Sign in, sign out, show sign-in status, and manage contexts, token files and providers
    #[command(subcommand, arg_required_else_help = true, after_help = of_system())]
    System(Deferred<System>),
    /// List provider plugins, choose which may run, and begin a new one
    #[command(subcommand, arg_required_else_help = true, after_help = PLUGIN_EXAMPLES)]
    Plugin(Deferred<Plugin>),
    /// Send a request to the Meshery Server of the context, with the token in use
    #[command(after_help = API_EXAMPLES, override_usage = "mesheryctl api [OPTIONS] [METHOD] PATH")]
    Api(Api),
    /// Show the version
    #[command(after_help = VERSION_EXAMPLES)]
    Version,
    /// Print a completion script for a shell
    #[command(after_help = COMPLETION_EXAMPLES)]
    Completion {
        #[arg(value_enum)]
        shell: Shell,
    },
}

/// The default of `--timeout`.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(300);

/// A duration from one second to one day, such as `90s`, `5m` or `1h 30m`. A number without a unit is in seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "use a time from 1s to 24h, such as 90s or 5m".to_owned();
    let parsed = match text.trim().parse::<u32>() {
        Ok(seconds) => Duration::from_secs(seconds.into()),
        Err(_) => text
            .parse::<jiff::SignedDuration>()
            .ok()
            .and_then(|it| Duration::try_from(it).ok())
            .ok_or_else(wrong)?,
    };
    let allowed = Duration::from_secs(1)..=Duration::from_secs(24 * 3600);
    if allowed.contains(&parsed) { Ok(parsed) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_timeout_is_the_one_that_the_command_line_has() {
        let cli = Cli::try_parse_from(["mesheryctl", "system", "login"]).unwrap();
        let Command::System(system) = cli.command else { panic!("a command of system") };
        let System::Login(login) = &*system else { panic!("a login") };
        assert_eq!(login.timeout, DEFAULT_TIMEOUT);
    }

    #[test]
    fn clap_accepts_the_definition_of_the_command_line() {
        whole().debug_assert();
    }

    #[test]
    fn the_help_of_every_command_has_an_example() {
        fn without_example(command: &clap::Command, all: &mut Vec<String>) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            if !help.contains("Example:\n  mesheryctl ") && !help.contains("Examples:\n") {
                all.push(command.get_name().to_owned());
            }
            command.get_subcommands().for_each(|it| without_example(it, all));
        }
        let mut all = Vec::new();
        without_example(&whole(), &mut all);
        assert_eq!(all, [""; 0]);
    }

    #[test]
    fn a_command_that_only_this_program_has_exists() {
        for path in crate::go_commands::OURS_ALONE {
            let definition = whole();
            let found = path.split(' ').try_fold(&definition, |it, name| it.find_subcommand(name));
            assert!(found.is_some(), "{path}");
        }
    }

    #[test]
    fn a_timeout_is_in_seconds_minutes_or_hours() {
        assert_eq!(duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("5m"), Ok(Duration::from_secs(300)));
        assert_eq!(duration("1h 30m"), Ok(Duration::from_secs(5400)));
        for wrong in ["", "0", "0s", "-5m", "25h", "soon", "1e9", "99999999999999999999h"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
