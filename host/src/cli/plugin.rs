//! `plugin`: its commands and flags.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, ValueHint};

use super::help::{
    INSPECT_EXAMPLES, NEW_EXAMPLES, PLUGIN_LIST_EXAMPLES, TRUST_EXAMPLES, UNTRUST_EXAMPLES,
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
    /// Create the project of a new plugin, which builds, is tested and signs in
    #[command(after_help = NEW_EXAMPLES)]
    New(NewPlugin),
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

#[derive(Debug, Args)]
pub struct NewPlugin {
    /// Id of the plugin and name of its crate, such as acme-sso
    #[arg(value_hint = ValueHint::Other)]
    pub name: String,
    /// How it signs in
    #[arg(long, value_enum)]
    pub kind: PluginKind,
    /// Folder to create [default: NAME]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub dir: Option<PathBuf>,
    /// Use the SDK in this folder, not that of a registry
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub sdk_path: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PluginKind {
    /// At a Meshery remote provider, in the browser
    Remote,
    /// At an OpenID provider, in the browser or with a code
    Oidc,
    /// With a user name and an access key, which a server exchanges for a token
    Key,
    /// With code of yours; it begins with a question and a random token
    Custom,
}
