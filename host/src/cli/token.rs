//! `system token`: its commands and flags.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, ValueHint};

use super::help::{
    REFRESH_HELP, TOKEN_CREATE_EXAMPLES, TOKEN_DELETE_EXAMPLES, TOKEN_LIST_EXAMPLES,
    TOKEN_SET_EXAMPLES, VIEW_EXAMPLES,
};

#[derive(Debug, Subcommand)]
pub enum Token {
    /// Add the name of a token file to config.yaml
    #[command(after_help = TOKEN_CREATE_EXAMPLES, alias = "add")]
    Create(TokenCreate),
    /// Remove the name of a token file from config.yaml; the file stays
    #[command(after_help = TOKEN_DELETE_EXAMPLES, alias = "rm")]
    Delete {
        /// Name of the token
        #[arg(value_hint = ValueHint::Other)]
        name: String,
    },
    /// List the names of the token files
    #[command(after_help = TOKEN_LIST_EXAMPLES, alias = "ls")]
    List,
    /// Renew the token now, without signing in again
    #[command(after_help = REFRESH_HELP)]
    Refresh,
    /// Let a context use another token file
    #[command(after_help = TOKEN_SET_EXAMPLES)]
    Set {
        /// Name of the token
        #[arg(value_hint = ValueHint::Other)]
        name: String,
    },
    /// Show where the token of a context is, or print the token for another program
    #[command(after_help = VIEW_EXAMPLES)]
    View(TokenView),
}

#[derive(Debug, Args)]
pub struct TokenCreate {
    /// Name of the token
    #[arg(value_hint = ValueHint::Other)]
    pub name: String,
    /// The token file: an absolute path, or one from ~/.meshery
    #[arg(short, long, value_name = "PATH", value_hint = ValueHint::FilePath, default_value = "auth.json")]
    pub filepath: String,
    /// Let the context use it
    #[arg(short, long)]
    pub set: bool,
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
