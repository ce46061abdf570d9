//! `plugin`: its commands and flags.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

use super::help::{INSPECT_EXAMPLES, PLUGIN_LIST_EXAMPLES, TRUST_EXAMPLES, UNTRUST_EXAMPLES};

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
