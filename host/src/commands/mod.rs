//! The commands, one module each.

pub mod api;
mod check;
mod completion;
mod config_file;
mod context;
mod login;
mod logout;
mod plugin;
mod policy;
mod provider;
mod token;
mod version;
mod whoami;

use crate::cli::{Cli, Command, Global, System};
use crate::error::Result;
use crate::storage::administration::{self, Administration};
use crate::terminal::Terminal;

pub fn run(cli: &Cli, terminal: &Terminal) -> Result<()> {
    let global = &cli.global;
    if !matches!(cli.command, Command::Version | Command::Completion { .. }) {
        administration::warning().iter().for_each(|it| terminal.say(it));
    }
    if policy::governs(&cli.command) {
        Administration::of_this_computer()?;
    }
    match &cli.command {
        Command::System(command) => system(global, command, terminal),
        Command::Plugin(command) => plugin::run(global, command, terminal),
        Command::Api(args) => api::run(global, args, terminal),
        Command::Version => version::run(global.output, terminal),
        Command::Completion { shell } => completion::run(*shell),
    }
}

fn system(global: &Global, command: &System, terminal: &Terminal) -> Result<()> {
    match command {
        System::Login(args) => login::run(global, args, terminal),
        System::Logout(args) => logout::run(global, args, terminal),
        System::Check(args) => check::run(global, args, terminal),
        System::Whoami(args) => whoami::run(global, args, terminal),
        System::Context(command) => context::run(global, command, terminal),
        System::Token(command) => token::run(global, command, terminal),
        System::Provider(command) => provider::run(global, command, terminal),
    }
}
