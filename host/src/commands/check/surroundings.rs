//! The lines about where the program runs: whether a browser can be opened, `MESHERY_TOKEN`, and the sandbox.

use super::id::Id;
use super::report::{Line, note};
use crate::callback::fixed_port;
use crate::go_program;
use crate::plugin::isolation::Isolation;
use crate::sign_in::remedy;
use crate::storage::administration::POLICY_FILE;
use crate::storage::home::Home;
use crate::storage::kept_settings::KeptSettings;
use crate::storage::token_store::{self, Stored, TokenStore};
use crate::terminal::environment::{Environment, is_ci};

pub fn environment() -> Line {
    let text = match Environment::find() {
        Environment::Browser(browser) => format!("Sign-in opens {browser}"),
        Environment::NoBrowser(why) if is_ci() => {
            format!("{why} Set MESHERY_TOKEN or pass --with-token")
        }
        Environment::NoBrowser(why) => match fixed_port::chosen(None) {
            Ok(Some(port)) => format!("{why} Sign-in prints a URL and listens on port {port}"),
            _ => format!("{why} Sign-in prints a URL and waits for you to paste the result"),
        },
    };
    note(Id::Environment, text)
}

/// A line for a variable that is used instead of a saved token. In CI that is what is wanted.
pub fn variable(store: &TokenStore) -> Option<Line> {
    let has_both = matches!(store.read(), Stored::Token(auth) if !auth.token.is_empty());
    token_store::token_of_environment().filter(|_| has_both && !is_ci()).map(|_| {
        let text = "MESHERY_TOKEN is set, so the saved token is not used";
        note(Id::Variable, text).with(remedy::unset_variable())
    })
}

/// A line for the Go program. That there is none is no problem.
pub fn go_program(home: &Home) -> Option<Line> {
    let path = go_program::program().ok()?.path;
    let text = format!("Other commands, such as design, are those of {}", home.short(&path));
    Some(note(Id::GoProgram, text))
}

pub fn isolation() -> Line {
    note(Id::Plugins, Isolation::here().in_words())
}

/// Why the settings that the person keeps cannot be used, if so.
pub fn kept_settings(home: &Home) -> Option<Line> {
    KeptSettings::load(home).err().map(|error| Line::of_error(Id::Settings, &error))
}

/// The administrator's policy, if one is in force.
pub fn policy(home: &Home) -> Option<Line> {
    match home.administration() {
        Ok(it) => it.is_in_force().then(|| note(Id::Policy, format!("{POLICY_FILE} is in force"))),
        Err(error) => Some(Line::of_error(Id::Policy, &error)),
    }
}
