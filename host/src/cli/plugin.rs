//! `plugin`: its commands and flags.

use std::path::PathBuf;

use std::time::Duration;

use clap::{Args, Subcommand, ValueHint};

use super::duration;
use super::help::{
    INSPECT_EXAMPLES, PLUGIN_LIST_EXAMPLES, TRUST_EXAMPLES, TRY_EXAMPLES, UNTRUST_EXAMPLES,
    VALIDATE_EXAMPLES,
};

#[derive(Debug, Subcommand)]
pub enum Plugin {
    /// List the plugins without running them
    #[command(after_help = PLUGIN_LIST_EXAMPLES)]
    List,
    /// Show the manifest of a plugin without running it
    #[command(after_help = INSPECT_EXAMPLES)]
    Inspect {
        /// Path of a plugin, its file name in the plugin directory, or its id
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
    /// Trust a plugin until its file changes
    #[command(after_help = TRUST_EXAMPLES)]
    Trust(Trust),
    /// Stop trusting a plugin
    #[command(after_help = UNTRUST_EXAMPLES)]
    Untrust {
        /// Plugin id, as shown by `plugin list`
        #[arg(value_hint = ValueHint::Other)]
        id: String,
    },
    /// Sign in with a plugin that is not trusted, once and without storing anything
    #[command(after_help = TRY_EXAMPLES)]
    Try(Try),
    /// Check whether a plugin does what a plugin must, without network and without a person
    #[command(after_help = VALIDATE_EXAMPLES)]
    Validate(Validate),
}

#[derive(Debug, Args)]
pub struct Try {
    /// Library of a plugin, or the folder of the crate that builds it
    #[arg(value_hint = ValueHint::AnyPath)]
    pub file: PathBuf,
    /// Set a provider setting; may be repeated (keys: `plugin inspect`).
    /// VALUE is text, @FILE, or - for standard input; @@ begins a text with @
    #[arg(long, value_name = "KEY=VALUE", value_hint = ValueHint::Other)]
    pub set: Vec<String>,
    /// Show each call and its answer, with secrets as ●
    #[arg(long)]
    pub trace: bool,
    /// Print the URL; do not open a browser
    #[arg(long)]
    pub no_browser: bool,
    /// Sign in with a browser on another device
    #[arg(long, conflicts_with = "no_browser")]
    pub device: bool,
    /// Time to wait for the sign-in, such as 90s or 10m
    #[arg(long, value_name = "TIME", value_hint = ValueHint::Other, default_value = "5m", value_parser = duration)]
    pub timeout: Duration,
}

#[derive(Debug, Args)]
pub struct Validate {
    /// Library of a plugin, or the folder of the crate that builds it
    #[arg(value_hint = ValueHint::AnyPath)]
    pub file: PathBuf,
    /// Check this rule only; may be repeated
    #[arg(long, value_name = "RULE", value_hint = ValueHint::Other)]
    pub only: Vec<String>,
    /// Fail also if a rule of the grade should is broken
    #[arg(long)]
    pub strict: bool,
    /// Repeat a validation with the random numbers of this seed
    #[arg(long, value_name = "NUMBER", value_hint = ValueHint::Other)]
    pub seed: Option<u32>,
    /// Time that one action may take, such as 5s
    #[arg(long, value_name = "TIME", value_hint = ValueHint::Other, default_value = "5s", value_parser = duration)]
    pub timeout: Duration,
    /// Set a provider setting; may be repeated (keys: `plugin inspect`)
    #[arg(long, value_name = "KEY=VALUE", value_hint = ValueHint::Other)]
    pub set: Vec<String>,
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
