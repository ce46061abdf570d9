//! The commands, one module each.

pub mod api;
mod check;
mod completion;
mod login;
mod logout;
mod plugin_inspect;
mod plugin_list;
mod plugin_trust;
mod provider_list;
mod token_refresh;
mod token_view;
mod version;
mod whoami;

use crate::cli::{Cli, Command, Plugin, Provider, System, Token};
use crate::error::Result;
use crate::terminal::Terminal;

pub fn run(cli: &Cli, terminal: &Terminal) -> Result<()> {
    let global = &cli.global;
    match &cli.command {
        Command::System(System::Login(args)) => login::run(global, args, terminal),
        Command::System(System::Logout(args)) => logout::run(global, args, terminal),
        Command::System(System::Check(args)) => check::run(global, args, terminal),
        Command::System(System::Whoami(args)) => whoami::run(global, args, terminal),
        Command::System(System::Token(Token::Refresh)) => token_refresh::run(global, terminal),
        Command::System(System::Token(Token::View(args))) => {
            token_view::run(global, args, terminal)
        }
        Command::System(System::Provider(Provider::List)) => provider_list::run(global, terminal),
        Command::Plugin(Plugin::List) => plugin_list::run(global, terminal),
        Command::Plugin(Plugin::Inspect { file }) => plugin_inspect::run(file, global, terminal),
        Command::Plugin(Plugin::Trust(args)) => plugin_trust::trust(args, global, terminal),
        Command::Plugin(Plugin::Untrust { id }) => plugin_trust::untrust(id, global, terminal),
        Command::Api(args) => api::run(global, args, terminal),
        Command::Version => version::run(global.output, terminal),
        Command::Completion { shell } => completion::run(*shell),
    }
}
