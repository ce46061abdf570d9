//! The lines about where the program runs: whether a browser can be opened, `MESHERY_TOKEN`, and the sandbox.

use super::id::Id;
use super::report::{Line, note};
use crate::callback::fixed_port;
use crate::go_program;
use crate::nearest::nearest;
use crate::platform::this_program;
use crate::plugin::isolation::Isolation;
use crate::providers::catalog::Catalog;
use crate::providers::entry::Entry;
use crate::sign_in::remedy;
use crate::storage::administration::{Administration, POLICY_FILE};
use crate::storage::home::Home;
use crate::storage::kept_settings::KeptSettings;
use crate::storage::token_store::{self, Stored, TokenStore};
use crate::terminal::environment::{Environment, is_ci};
use crate::text;

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

/// A line for the Go program, if it is installed.
pub fn go_program(home: &Home) -> Option<Line> {
    let path = go_program::program().ok()?.path;
    let text = format!("Other commands, such as design, are those of {}", home.short(&path));
    Some(note(Id::GoProgram, text))
}

pub fn isolation() -> Line {
    let text = match this_program().is_ok_and(|it| it.exists()) {
        true => Isolation::here().in_words(),
        false => "Plugins cannot be started, as /proc is not mounted".to_owned(),
    };
    note(Id::Plugins, text)
}

/// Why the settings that the person keeps cannot be used, if so.
pub fn kept_settings(home: &Home) -> Option<Line> {
    KeptSettings::load(home).err().map(|error| Line::of_error(Id::Settings, &error))
}

/// The administrator's policy, if one is in force, and what of it has no effect.
pub fn policy(home: &Home) -> Vec<Line> {
    match home.administration() {
        Ok(it) if it.is_in_force() => {
            let mut lines = vec![note(Id::Policy, format!("{POLICY_FILE} is in force"))];
            lines.extend(Catalog::gather(home).iter().flat_map(|all| without_effect(it, all)));
            lines
        }
        Ok(_) => Vec::new(),
        Err(error) => vec![Line::of_error(Id::Policy, &error)],
    }
}

/// A fixed setting that stops its provider, and an id that no installed provider has. The latter is no problem by itself: a
/// policy is the same on computers that have the plugin and that do not, or a server lists the provider.
fn without_effect(policy: &Administration, all: &Catalog) -> Vec<Line> {
    let stopped = all.entries().iter().filter_map(Entry::policy_error);
    let mut lines: Vec<Line> = stopped.map(|it| Line::of_error(Id::Policy, it)).collect();
    let known: Vec<&str> = all.entries().iter().map(Entry::id).collect();
    for id in policy.provider_ids().into_iter().filter(|id| !known.contains(id)) {
        let near = nearest(id, &known).map(|it| format!(". Is {it} meant?")).unwrap_or_default();
        let id = text::Id::new(id);
        let text = format!("{POLICY_FILE} names {id}, and no installed provider has this id{near}");
        lines.push(note(Id::Policy, text));
    }
    lines
}
