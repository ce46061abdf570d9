//! `system provider`: its commands and flags.

use clap::Subcommand;

use super::help::PROVIDER_LIST_EXAMPLES;

#[derive(Debug, Subcommand)]
pub enum Provider {
    /// List the providers that `login` can use
    #[command(after_help = PROVIDER_LIST_EXAMPLES)]
    List,
}
