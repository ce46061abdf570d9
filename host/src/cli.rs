//! The command line: every command, flag and help text.

mod command_line;
mod help;
mod typed;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

use self::help::{
    API_EXAMPLES, EXAMPLES, LOGIN_EXAMPLES, LOGOUT_EXAMPLES, REFRESH_HELP, TRUST_EXAMPLES,
    VIEW_EXAMPLES, WHOAMI_EXAMPLES,
};
use crate::error::Typed;

/// Sign in to Meshery from the command line
#[derive(Debug, Parser)]
#[command(name = "mesheryctl", version, after_help = EXAMPLES)]
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
    /// Accepted for compatibility; has no effect
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
    /// Sign in, sign out and show sign-in status
    #[command(subcommand, arg_required_else_help = true)]
    System(System),
    /// List provider plugins and choose which may run
    #[command(subcommand, arg_required_else_help = true)]
    Plugin(Plugin),
    /// Send a request to the Meshery Server of the context, with the token in use
    #[command(after_help = API_EXAMPLES, override_usage = "mesheryctl api [OPTIONS] [METHOD] PATH")]
    Api(Api),
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
    /// Sign in with a provider, or with an existing token
    #[command(after_help = LOGIN_EXAMPLES)]
    Login(Login),
    /// Sign out: revoke at the provider what a login here obtained, and clear the token file
    #[command(after_help = LOGOUT_EXAMPLES)]
    Logout(Logout),
    /// Show sign-in status, and what is wrong with the files and settings
    #[command(
        after_help = "Exit codes: 0 signed in, 3 not signed in or token rejected, otherwise that of the\nfirst line with !!, such as 2 for config.yaml and 7 for a file or folder."
    )]
    Check(Check),
    /// Show whose token is in use
    #[command(after_help = WHOAMI_EXAMPLES)]
    Whoami(Whoami),
    /// Renew the token in use
    #[command(subcommand, arg_required_else_help = true)]
    Token(Token),
    /// Show the available providers
    #[command(subcommand, arg_required_else_help = true)]
    Provider(Provider),
}

#[derive(Debug, Subcommand)]
pub enum Token {
    /// Renew the token now, without signing in again
    #[command(after_help = REFRESH_HELP)]
    Refresh,
    /// Show where the token of a context is, or print the token for another program
    #[command(after_help = VIEW_EXAMPLES)]
    View(TokenView),
}

#[derive(Debug, Args)]
pub struct TokenView {
    /// Name of a token in config.yaml [default: the one of the context]
    #[arg(value_hint = ValueHint::Other)]
    pub name: Option<String>,
    /// Show all tokens of config.yaml
    #[arg(short, long, conflicts_with_all = ["name", "format"])]
    pub all: bool,
    /// Print the token itself, renewed if its end is near, without its refresh token
    #[arg(long, value_enum)]
    pub format: Option<TokenFormat>,
    /// Print the token although standard output is a terminal
    #[arg(long, requires = "format")]
    pub show: bool,
    /// Print the token of this auth.json
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "format", conflicts_with = "name")]
    pub token: Option<PathBuf>,
}

/// For which program a token is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TokenFormat {
    /// The token alone
    Raw,
    /// A header for `curl -H @-`
    Header,
    /// A cookie jar for `curl -b`, `wget --load-cookies` and Python
    Jar,
    /// Variables for a shell
    Env,
    /// Token, provider, expiry and server
    Json,
    /// ExecCredential of Kubernetes
    Exec,
}

#[derive(Debug, Args)]
pub struct Api {
    /// A path, or a method and a path
    #[arg(required = true, num_args = 1..=2, value_name = "PATH", value_hint = ValueHint::Other)]
    pub request: Vec<String>,
    /// HTTP method [default: GET, or POST with fields or an input]
    #[arg(short = 'X', long, value_name = "METHOD", value_hint = ValueHint::Other)]
    pub method: Option<String>,
    /// Add a field of text; may be repeated; `a[b]=` and `a[]=` nest
    #[arg(short = 'f', long, value_name = "KEY=VALUE", value_hint = ValueHint::Other)]
    pub raw_field: Vec<String>,
    /// Add a field: true, false, null, a whole number, @FILE, @- or text
    #[arg(short = 'F', long, value_name = "KEY=VALUE", value_hint = ValueHint::Other)]
    pub field: Vec<String>,
    /// Send this file as the body, or - for standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub input: Option<PathBuf>,
    /// Add a header; may be repeated
    #[arg(short = 'H', long, value_name = "NAME: VALUE", value_hint = ValueHint::Other)]
    pub header: Vec<String>,
    /// Print status and headers before the body
    #[arg(short, long, conflicts_with = "paginate")]
    pub include: bool,
    /// Request every page of a list, and print one list
    #[arg(long)]
    pub paginate: bool,
    /// Write the body to this file, once it is complete
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output_file: Option<PathBuf>,
    /// Time to wait for the answer, and for more of it, such as 90s or 10m
    #[arg(long, value_name = "TIME", value_hint = ValueHint::Other, default_value = "60s", value_parser = duration)]
    pub timeout: Duration,
    /// Send the token of this auth.json
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub token: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Logout {
    /// Clear the token file without asking the provider to revoke the token
    #[arg(long)]
    pub local: bool,
    /// Also revoke a token that you brought; keep the file unless the provider confirms it
    #[arg(long, conflicts_with = "local")]
    pub revoke: bool,
    /// Sign out of every context
    #[arg(long, conflicts_with = "context")]
    pub all: bool,
}

#[derive(Debug, Args)]
pub struct Whoami {
    /// Ask server and provider whether the token is valid; renews it if its end is near
    #[arg(long)]
    pub verify: bool,
    /// Show the token of this auth.json
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub token: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Provider {
    /// List the providers that `login` can use
    List,
}

#[derive(Debug, Subcommand)]
pub enum Plugin {
    /// List the plugins without running them
    List,
    /// Show the manifest of a plugin without running it
    Inspect {
        /// Path of a plugin, its file name in the plugin directory, or its id
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
    /// Trust a plugin until its file changes
    #[command(after_help = TRUST_EXAMPLES)]
    Trust(Trust),
    /// Stop trusting a plugin
    Untrust {
        /// Plugin id, as shown by `plugin list`
        #[arg(value_hint = ValueHint::Other)]
        id: String,
    },
}

#[derive(Debug, Args)]
pub struct Trust {
    /// Plugin id, as shown by `plugin list`
    #[arg(value_hint = ValueHint::Other)]
    pub id: String,
    /// SHA-256 of the file to trust; without it, you are asked
    #[arg(long, value_name = "HASH", value_hint = ValueHint::Other)]
    pub sha256: Option<String>,
    /// Also allow connections to this host; may be repeated
    #[arg(long, value_name = "HOST", value_hint = ValueHint::Hostname)]
    pub allow_host: Vec<String>,
}

#[derive(Debug, Args)]
pub struct Check {
    /// Also ask the provider whether the token is valid
    #[arg(long)]
    pub verify: bool,
    /// Mend what is safe: modes of files, files of killed processes, the provider's name
    #[arg(long, conflicts_with = "token")]
    pub fix: bool,
    /// Check the token of this auth.json
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub token: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Login {
    /// Provider id or name; without it, you are asked
    #[arg(short, long, value_name = "NAME", value_hint = ValueHint::Other)]
    pub provider: Option<String>,
    /// Print the URL instead of opening a browser
    #[arg(long)]
    pub no_browser: bool,
    /// Sign in on another device: with a code if the provider has one, else by pasting
    #[arg(long, conflicts_with_all = ["no_browser", "with_token", "token_file"])]
    pub device: bool,
    /// Receive the browser's answer on this port, as for `ssh -L N:localhost:N`
    /// [default: $MESHERYCTL_CALLBACK_PORT, else a free one]
    #[arg(long, value_name = "N", value_hint = ValueHint::Other, value_parser = clap::value_parser!(u16).range(1024..), conflicts_with_all = ["device", "with_token", "token_file"])]
    pub callback_port: Option<u16>,
    /// Time to wait for the sign-in, such as 90s or 10m
    #[arg(long, value_name = "TIME", value_hint = ValueHint::Other, default_value = "5m", value_parser = duration)]
    pub timeout: Duration,
    /// Read the token from a downloaded auth.json
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "with_token")]
    pub token_file: Option<PathBuf>,
    /// Read a token or an auth.json from standard input
    #[arg(long)]
    pub with_token: bool,
    /// Set a provider setting; may be repeated (keys: `plugin inspect`).
    /// VALUE is text, @FILE, or - for standard input; @@ begins a text with @
    #[arg(long, value_name = "KEY=VALUE", value_hint = ValueHint::Other, conflicts_with_all = ["with_token", "token_file"])]
    pub set: Vec<String>,
    /// Do not contact the Meshery Server of the context
    #[arg(long)]
    pub no_server_check: bool,
    /// Ask neither server nor provider whether the token is valid
    #[arg(long)]
    pub no_verify: bool,
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
    use clap::CommandFactory;

    #[test]
    fn the_default_timeout_is_the_one_that_the_command_line_has() {
        let cli = Cli::try_parse_from(["mesheryctl", "system", "login"]).unwrap();
        let Command::System(System::Login(login)) = cli.command else { panic!("a login") };
        assert_eq!(login.timeout, DEFAULT_TIMEOUT);
    }

    #[test]
    fn clap_accepts_the_definition_of_the_command_line() {
        Cli::command().debug_assert();
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
