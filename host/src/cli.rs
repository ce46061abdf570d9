//! The command line: every command, flag and help text.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

const EXAMPLES: &str = "\
Examples:
  mesheryctl system login                     choose a provider and sign in
  mesheryctl system login --provider None     work without an account
  mesheryctl system check                     see whether you are signed in
  mesheryctl system logout                    sign out on this computer";

const LOGIN_EXAMPLES: &str = "\
Examples:
  mesheryctl system login
  mesheryctl system login --provider Layer5 --no-browser
  mesheryctl system login --provider Layer5 --with-token < token.txt
  mesheryctl system login --token-file ~/Downloads/auth.json

Exit codes: 0 ok, 2 usage or needs a terminal, 3 the server rejected the token, 4 denied,
5 unreachable, 6 timed out, 7 could not store, 8 plugin refused or error, 130 Ctrl-C, 143 SIGTERM, 129 hang-up, 1 any other failure.";

const TRUST_EXAMPLES: &str = "\
Examples:
  mesheryctl plugin trust acme-sso
  mesheryctl plugin trust acme-sso --sha256 3f9c…            (in a script)
  mesheryctl plugin trust acme-sso --allow-host sso.example.org";

/// Signs you in to Meshery.
#[derive(Debug, Parser)]
#[command(name = "mesheryctl", version, after_help = EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten, next_help_heading = "Global options")]
    pub global: Global,
}

/// What every command understands.
#[derive(Debug, Args)]
pub struct Global {
    /// Use this context of config.yaml, for this run only
    #[arg(short, long, global = true, value_name = "NAME", value_hint = ValueHint::Other)]
    pub context: Option<String>,
    /// The config file [default: ~/.meshery/config.yaml]
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// How results are written to standard output
    #[arg(short, long, global = true, value_enum, default_value_t = Output::Text)]
    pub output: Output,
    /// Where plugins lie [default: $MESHERYCTL_PLUGINS_DIR, else ~/.meshery/plugins]
    #[arg(long, global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub plugins_dir: Option<PathBuf>,
    /// Trust the certificate authorities of this PEM file too, beside the system's
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ca_file: Option<PathBuf>,
    /// Taken for scripts of the Go mesheryctl: nothing here asks to overwrite or delete
    #[arg(short, long, global = true)]
    pub yes: bool,
    /// Say what is being done, on standard error
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Sign in and out, and see whether you are signed in
    #[command(subcommand, arg_required_else_help = true)]
    System(System),
    /// See the provider plugins, and decide which may run
    #[command(subcommand, arg_required_else_help = true)]
    Plugin(Plugin),
    /// Show the version
    Version,
    /// Print a completion script for a shell
    #[command(after_help = "Example:\n  source <(mesheryctl completion bash)")]
    Completion {
        #[arg(value_enum)]
        shell: Shell,
    },
}

#[derive(Debug, Subcommand)]
pub enum System {
    /// Sign in with a provider, or with a token that you have
    #[command(after_help = LOGIN_EXAMPLES)]
    Login(Login),
    /// Sign out on this computer: the token file is emptied
    Logout,
    /// See whether you are signed in
    #[command(
        after_help = "Exit codes: 0 signed in, 3 not signed in or rejected by the server, 2 usage."
    )]
    Check,
    /// The providers to choose from
    #[command(subcommand, arg_required_else_help = true)]
    Provider(Provider),
}

#[derive(Debug, Subcommand)]
pub enum Provider {
    /// List every provider that a login can choose
    List,
}

#[derive(Debug, Subcommand)]
pub enum Plugin {
    /// List the plugins, running none
    List,
    /// Show what a library says of itself, running nothing
    Inspect {
        /// A library, or the name of one in the plugins directory
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
    /// Allow a plugin to run, as long as its file stays the same
    #[command(after_help = TRUST_EXAMPLES)]
    Trust(Trust),
    /// Allow a plugin no longer
    Untrust {
        /// The plugin's id, as `plugin list` shows it
        #[arg(value_hint = ValueHint::Other)]
        id: String,
    },
}

#[derive(Debug, Args)]
pub struct Trust {
    /// The plugin's id, as `plugin list` shows it
    #[arg(value_hint = ValueHint::Other)]
    pub id: String,
    /// The SHA-256 of the file that you trust; without it you are asked
    #[arg(long, value_name = "HASH", value_hint = ValueHint::Other)]
    pub sha256: Option<String>,
    /// A host that it may talk to beside those of its manifest
    #[arg(long, value_name = "HOST", value_hint = ValueHint::Hostname)]
    pub allow_host: Vec<String>,
}

#[derive(Debug, Args)]
pub struct Login {
    /// The provider to sign in with, by id or name; without it you are asked
    #[arg(short, long, value_name = "NAME", value_hint = ValueHint::Other)]
    pub provider: Option<String>,
    /// Do not open a browser; only show the address
    #[arg(long)]
    pub no_browser: bool,
    /// Sign in on another device: by a code where the provider has that, else by pasting
    #[arg(long, conflicts_with_all = ["no_browser", "with_token", "token_file"])]
    pub device: bool,
    /// How long to wait for the sign-in, such as 90s or 10m
    #[arg(long, value_name = "TIME", value_hint = ValueHint::Other, default_value = "5m", value_parser = duration)]
    pub timeout: Duration,
    /// Take the token from a downloaded auth.json
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "with_token")]
    pub token_file: Option<PathBuf>,
    /// Read a token, or a whole auth.json, from standard input
    #[arg(long)]
    pub with_token: bool,
    /// Give a setting of the provider a value; may be repeated (plugin inspect shows the keys)
    #[arg(long, value_name = "KEY=VALUE", value_hint = ValueHint::Other, conflicts_with_all = ["with_token", "token_file"])]
    pub set: Vec<String>,
    /// Do not ask the context's Meshery Server anything
    #[arg(long)]
    pub no_server_check: bool,
}

/// From one second to a day, in the friendly form: `90s`, `5m`, `1h 30m`; a bare number is seconds.
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
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_timeout_is_read_in_seconds_minutes_and_hours() {
        assert_eq!(duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("5m"), Ok(Duration::from_secs(300)));
        assert_eq!(duration("1h 30m"), Ok(Duration::from_secs(5400)));
        for wrong in ["", "0", "0s", "-5m", "25h", "soon", "1e9", "99999999999999999999h"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
