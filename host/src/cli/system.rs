//! `system`: its commands, and the flags of those that sign in, sign out and show who is signed in.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueHint};

use super::context::Context;
use super::deferred::Deferred;
use super::duration;
use super::help::{
    CHECK_EXAMPLES, CONTEXT_EXAMPLES, LOGIN_EXAMPLES, LOGOUT_EXAMPLES, TOKEN_EXAMPLES,
    WHOAMI_EXAMPLES, of_provider,
};
use super::provider::Provider;
use super::token::Token;

#[derive(Debug, Subcommand)]
pub enum System {
    /// Sign in with a provider, or with an existing token
    #[command(after_help = LOGIN_EXAMPLES)]
    Login(Login),
    /// Sign out: revoke at the provider what a login here obtained, and clear the token file
    #[command(after_help = LOGOUT_EXAMPLES)]
    Logout(Logout),
    /// Show sign-in status, and what is wrong with the files and settings
    #[command(after_help = CHECK_EXAMPLES)]
    Check(Check),
    /// Show whose token is in use
    #[command(after_help = WHOAMI_EXAMPLES)]
    Whoami(Whoami),
    /// Manage the contexts of config.yaml
    #[command(subcommand, arg_required_else_help = true, after_help = CONTEXT_EXAMPLES)]
    Context(Deferred<Context>),
    /// Manage the token files of config.yaml, renew the token, print it for another program
    #[command(subcommand, arg_required_else_help = true, after_help = TOKEN_EXAMPLES)]
    Token(Deferred<Token>),
    /// List the providers, keep their settings, choose a default, and manage that of a context
    #[command(subcommand, arg_required_else_help = true, after_help = of_provider())]
    Provider(Deferred<Provider>),
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
    /// Ask for the provider although there is a default one (`provider default`)
    #[arg(long, conflicts_with_all = ["provider", "with_token", "token_file"])]
    pub choose: bool,
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
