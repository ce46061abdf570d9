//! The commands: one file each.

mod check;
mod completion;
mod import;
mod login;
mod logout;
mod provider_list;
mod settle;
mod version;

use std::io::{self, Write};

use serde::Serialize;

use crate::cli::{Cli, Command, Output, Provider, System};
use crate::problem::Result;
use crate::terminal::Terminal;

pub fn run(cli: &Cli, terminal: &Terminal) -> Result<()> {
    let global = &cli.global;
    match &cli.command {
        Command::System(System::Login(args)) => login::run(global, args, terminal),
        Command::System(System::Logout) => logout::run(global, terminal),
        Command::System(System::Check) => check::run(global, terminal),
        Command::System(System::Provider(Provider::List)) => provider_list::run(global, terminal),
        Command::Version => version::run(global.output),
        Command::Completion { shell } => completion::run(*shell),
    }
}

/// Results go to standard output. Whoever closed it wants no more of them.
pub fn print(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}

/// One JSON object, where JSON was asked for.
pub fn print_json(output: Output, value: &impl Serialize) {
    if output == Output::Json
        && let Ok(json) = serde_json::to_string_pretty(value)
    {
        print(&format!("{json}\n"));
    }
}
