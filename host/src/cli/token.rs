//! `system token`: its commands and flags.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, ValueHint};

use super::help::{REFRESH_HELP, VIEW_EXAMPLES};

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
