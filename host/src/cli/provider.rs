//! `system provider`: its commands and flags.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum Provider {
    /// List the providers that `login` can use
    List,
}
