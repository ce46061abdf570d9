//! `system provider`: its commands and flags.

use clap::{Args, Subcommand, ValueHint};

use super::help::{
    CONFIGURE_EXAMPLES, DEFAULT_EXAMPLES, PROVIDER_LIST_EXAMPLES, PROVIDER_RESET_EXAMPLES,
    PROVIDER_SET_EXAMPLES, PROVIDER_VIEW_EXAMPLES,
};

#[derive(Debug, Subcommand)]
pub enum Provider {
    /// List the providers that `login` can use
    #[command(after_help = PROVIDER_LIST_EXAMPLES, alias = "ls")]
    List,
    /// Keep settings of a provider for later logins, or show them
    #[command(after_help = CONFIGURE_EXAMPLES)]
    Configure(Configure),
    /// Choose the provider that `login` uses without asking, or show it
    #[command(after_help = DEFAULT_EXAMPLES)]
    Default(DefaultProvider),
    /// Show the provider of the deployment in a context
    #[command(after_help = PROVIDER_VIEW_EXAMPLES)]
    View {
        /// Show all contexts
        #[arg(short, long, conflicts_with = "context")]
        all: bool,
    },
    /// Set the provider of the deployment in a context
    #[command(after_help = PROVIDER_SET_EXAMPLES)]
    Set(ProviderSet),
    /// Remove the provider of the deployment from a context
    #[command(after_help = PROVIDER_RESET_EXAMPLES)]
    Reset,
}

#[derive(Debug, Args)]
pub struct Configure {
    /// Provider id or name
    #[arg(value_name = "ID", value_hint = ValueHint::Other)]
    pub provider: String,
    /// Settings to keep. VALUE is text, @FILE, or - for standard input; @@ begins a text with @.
    /// Without any, you are asked for the required ones that are missing
    #[arg(value_name = "KEY=VALUE", value_hint = ValueHint::Other)]
    pub settings: Vec<String>,
    /// Stop keeping this setting; may be repeated
    #[arg(long, value_name = "KEY", value_hint = ValueHint::Other)]
    pub unset: Vec<String>,
}

#[derive(Debug, Args)]
pub struct DefaultProvider {
    /// Provider id or name; without it, the default is shown
    #[arg(value_name = "ID", value_hint = ValueHint::Other)]
    pub provider: Option<String>,
    /// Have no default: `login` asks
    #[arg(long, conflicts_with = "provider")]
    pub unset: bool,
}

#[derive(Debug, Args)]
pub struct ProviderSet {
    /// Name of the provider, as the Meshery Server lists it
    #[arg(value_hint = ValueHint::Other)]
    pub provider: String,
    /// Set it without asking the Meshery Server for its providers
    #[arg(short, long)]
    pub force: bool,
}
