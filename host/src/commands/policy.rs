//! Which commands the administrator's policy governs.

use crate::cli::{Command, Context, Provider, System, Token};

/// Whether a policy with a fault stops this command: it uses a provider or a plugin, or can ask a provider about a token. It is
/// stopped also with a token of None, which no provider is asked about, so that the fault always stops the same commands.
pub fn governs(command: &Command) -> bool {
    match command {
        Command::Api(_) | Command::Plugin(_) => true,
        Command::System(command) => governs_system(command),
        Command::Version | Command::Completion { .. } => false,
    }
}

fn governs_system(command: &System) -> bool {
    match command {
        System::Login(_) => true,
        // It contacts no provider, so that a person can always sign out.
        System::Logout(args) => !args.local,
        System::Whoami(args) => args.verify,
        // Its report contains the fault.
        System::Check(_) => false,
        System::Context(command) => matches!(**command, Context::Ping { .. }),
        System::Token(command) => match &**command {
            Token::Refresh => true,
            Token::View(args) => args.format.is_some(),
            _ => false,
        },
        // The other ones are about the `provider` of a context in config.yaml, which no policy fixes.
        System::Provider(command) => {
            matches!(**command, Provider::List | Provider::Configure(_) | Provider::Default(_))
        }
    }
}
