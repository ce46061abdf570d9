//! What `export_provider!` is made of. Not for authors: it may change with the macro.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use mesheryctl_core::failure::Failure;
use mesheryctl_core::provider::{Action, Provider, Request};
use mesheryctl_core::session::Session;
use mesheryctl_core::wire::{self, Line};

pub use mesheryctl_core::manifest::{section, section_length};
pub use mesheryctl_plugin_abi::{Ask, DoorRef, Header, Made, OwnedText, Text, door, header, make};

/// The manifest out of its section: referring to it there keeps linkers from dropping it.
pub fn manifest(section: &'static [u8]) -> OwnedText {
    mesheryctl_core::manifest::in_section(section).unwrap_or_default().into()
}

/// Runs one action. A panic ends here: past the door it would end the process.
pub fn run(provider: &dyn Provider, request: Text<'_>, ask: Ask, host: *const ()) -> OwnedText {
    let mut line = Line::new(|text: &str| (ask.carry)(host, text.into()).into_string());
    let answer = catch_unwind(AssertUnwindSafe(|| act(provider, request.as_str(), &mut line)));
    answer.unwrap_or_else(|panic| failed(Failure::internal(words_of(&*panic)))).into()
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    match text.or_else(|| panic.downcast_ref::<&str>().copied()) {
        Some(text) => format!("The provider panicked: {text}."),
        None => "The provider panicked.".to_owned(),
    }
}

fn act(provider: &dyn Provider, request: &str, session: &mut dyn Session) -> String {
    let Ok(request) = serde_json::from_str::<Request>(request) else {
        return failed(Failure::invalid_answer("The request on the line makes no sense."));
    };
    match request.action {
        Action::Login => wire::encode(provider.login(&request, session)),
        Action::Logout => wire::encode(provider.logout(&request, session)),
        Action::Refresh => wire::encode(provider.refresh(&request, session)),
        Action::Whoami => wire::encode(provider.whoami(&request, session)),
        Action::Unknown => failed(Failure::unsupported("This action")),
    }
}

fn failed(failure: Failure) -> String {
    wire::encode::<()>(Err(failure))
}
