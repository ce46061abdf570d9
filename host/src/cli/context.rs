//! `system context`: its commands and flags.

use clap::{Args, Subcommand, ValueEnum, ValueHint};

use super::help::{
    CONTEXT_CREATE_EXAMPLES, CONTEXT_DELETE_EXAMPLES, CONTEXT_LIST_EXAMPLES, CONTEXT_VIEW_EXAMPLES,
    PING_EXAMPLES, SWITCH_EXAMPLES,
};

#[derive(Debug, Subcommand)]
pub enum Context {
    /// Add a context to config.yaml
    #[command(after_help = CONTEXT_CREATE_EXAMPLES, alias = "add")]
    Create(ContextCreate),
    /// Remove a context from config.yaml
    #[command(after_help = CONTEXT_DELETE_EXAMPLES, alias = "rm")]
    Delete(ContextDelete),
    /// List the contexts
    #[command(after_help = CONTEXT_LIST_EXAMPLES, alias = "ls")]
    List,
    /// Show a context
    #[command(after_help = CONTEXT_VIEW_EXAMPLES)]
    View(ContextView),
    /// Make a context the current one, and show who is signed in there
    #[command(after_help = SWITCH_EXAMPLES, alias = "use")]
    Switch {
        /// Name of the context
        #[arg(value_hint = ValueHint::Other)]
        name: String,
    },
    /// Ask the Meshery Server of a context whether it answers and accepts the token
    #[command(after_help = PING_EXAMPLES)]
    Ping {
        /// Name of the context [default: the current one]
        #[arg(value_hint = ValueHint::Other, conflicts_with = "context")]
        name: Option<String>,
    },
}

#[derive(Debug, Args)]
pub struct ContextCreate {
    /// Name of the context; capitals become small letters
    #[arg(value_hint = ValueHint::Other)]
    pub name: String,
    /// URL of the Meshery Server
    #[arg(short, long, value_name = "URL", value_hint = ValueHint::Url, default_value = "http://localhost:9081")]
    pub url: String,
    /// Make it the current context
    #[arg(short, long)]
    pub set: bool,
    /// Components of the deployment, separated by commas
    #[arg(short = 'a', long, value_name = "LIST", value_hint = ValueHint::Other, value_delimiter = ',')]
    pub components: Vec<String>,
    /// Platform of the deployment
    #[arg(short, long, value_enum, default_value_t = Platform::Kubernetes)]
    pub platform: Platform,
    /// Provider of the deployment
    #[arg(long, value_name = "NAME", value_hint = ValueHint::Other)]
    pub provider: Option<String>,
}

/// On what a Meshery deployment runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Platform {
    Docker,
    Kubernetes,
}

#[derive(Debug, Args)]
pub struct ContextDelete {
    /// Name of the context
    #[arg(value_hint = ValueHint::Other)]
    pub name: String,
    /// The new current context, if the current one is removed
    #[arg(short, long, value_name = "NEW", value_hint = ValueHint::Other)]
    pub set: Option<String>,
}

#[derive(Debug, Args)]
pub struct ContextView {
    /// Name of the context [default: the current one]
    #[arg(value_hint = ValueHint::Other, conflicts_with = "context")]
    pub name: Option<String>,
    /// Show all contexts
    #[arg(long, conflicts_with_all = ["name", "context"])]
    pub all: bool,
}
