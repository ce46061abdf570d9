//! The commands: one file each.

mod check;
mod completion;
mod import;
mod login;
mod logout;
mod plugin_inspect;
mod plugin_list;
mod plugin_trust;
mod provider_list;
mod settle;
mod version;

use std::io::{self, Write};

use serde_json::Value;

use crate::cli::{Cli, Command, Plugin, Provider, System};
use crate::foreign;
use crate::problem::{Exit, Problem, Result};
use crate::terminal::Terminal;

pub fn run(cli: &Cli, terminal: &Terminal) -> Result<()> {
    let global = &cli.global;
    match &cli.command {
        Command::System(System::Login(args)) => login::run(global, args, terminal),
        Command::System(System::Logout) => logout::run(global, terminal),
        Command::System(System::Check) => check::run(global),
        Command::System(System::Provider(Provider::List)) => provider_list::run(global, terminal),
        Command::Plugin(Plugin::List) => plugin_list::run(global),
        Command::Plugin(Plugin::Inspect { file }) => plugin_inspect::run(file, global),
        Command::Plugin(Plugin::Trust(args)) => plugin_trust::trust(args, global, terminal),
        Command::Plugin(Plugin::Untrust { id }) => plugin_trust::untrust(id, global, terminal),
        Command::Version => version::run(global.output),
        Command::Completion { shell } => completion::run(*shell),
    }
}

/// Results go to standard output.
///
/// # Errors
/// `not_written`, unless whoever reads has closed it: then no more is wanted.
pub fn print(text: &str) -> Result<()> {
    let written = io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Problem::new(
            "not_written",
            Exit::Failure,
            format!("Cannot write to standard output: {error}."),
        )),
        _ => Ok(()),
    }
}

/// One JSON object.
///
/// # Errors
/// As [`print`].
pub fn print_json(value: &Value) -> Result<()> {
    print(&format!("{}\n", foreign::escaped(&format!("{value:#}"))))
}
