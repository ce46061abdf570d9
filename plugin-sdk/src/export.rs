//! The functions that `export_provider!` calls. Not a public interface: it changes with the macro.

use std::any::Any;
use std::cell::Cell;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, Location, PanicHookInfo, catch_unwind};

use mesheryctl_core::failure::Failure;
use mesheryctl_core::messages::{self, RemoteSession};
use mesheryctl_core::provider::{Action, Provider, Request};
use mesheryctl_core::session::Session;

use mesheryctl_core::manifest::Manifest;
pub use mesheryctl_core::manifest::{assert_structure, encode_section, section_length};
pub use mesheryctl_plugin_abi::{Ask, DoorRef, Header, Made, OwnedText, Text, door, header, make};

/// Reads the manifest from its section, because a linker drops a section that the code does not refer to.
pub fn manifest(section: &'static [u8]) -> OwnedText {
    mesheryctl_core::manifest::decode_section(section).unwrap_or_default().into()
}

/// Runs one action. A panic becomes an answer, because unwinding into the host's C frames aborts the process.
pub fn run(provider: &dyn Provider, request: Text<'_>, ask: Ask, host: *const ()) -> OwnedText {
    let mut session = RemoteSession::new(|call: &str| (ask.carry)(host, call.into()).into_string());
    let Ok(request) = serde_json::from_str::<Request>(request.as_str()) else {
        let failure = Failure::invalid_answer("The request is malformed.");
        return failed(failure).into();
    };
    std::panic::set_hook(Box::new(record));
    let answer = catch_unwind(AssertUnwindSafe(|| act(provider, &request, &mut session)));
    let panicked =
        |panic: Box<dyn Any + Send>| Failure::internal(panic_message(&*panic, request.action));
    answer.unwrap_or_else(|panic| failed(panicked(panic))).into()
}

fn panic_message(panic: &(dyn Any + Send), action: Action) -> String {
    let phase = match action {
        Action::Logout => "signing out",
        Action::Refresh => "renewing the token",
        Action::Whoami => "asking for the account",
        _ => "signing in",
    };
    let place = PLACE.take();
    match text_of(panic) {
        Some(text) => format!("The provider panicked while {phase}: {text}{place}."),
        None => format!("The provider panicked while {phase}{place}."),
    }
}

fn text_of(panic: &dyn Any) -> Option<&str> {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
}

thread_local! {
    /// Where this thread panicked last, in brackets.
    static PLACE: Cell<String> = const { Cell::new(String::new()) };
}

/// Records and prints where a thread panicked. The standard library's hook would advise to set a variable, which
/// cannot reach the process of a plugin.
fn record(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(|it| format!(" ({})", place(it))).unwrap_or_default();
    let text = text_of(panic.payload()).unwrap_or("the panic has no text");
    let _ = writeln!(io::stderr(), "panicked: {}{place}", begin(text));
    PLACE.set(place);
}

/// What is printed of the text of a panic, which may quote a whole answer.
fn begin(text: &str) -> &str {
    let end = text.char_indices().nth(LONGEST).map_or(text.len(), |(end, _)| end);
    &text[..end]
}

/// In characters.
const LONGEST: usize = 1000;

/// The source position from the package on, without the directories of the machine that built it.
fn place(location: &Location<'_>) -> String {
    let parts: Vec<&str> = location.file().split(['/', '\\']).collect();
    let source = parts.iter().rposition(|it| *it == "src").unwrap_or(parts.len());
    format!("{}:{}", parts[source.saturating_sub(1)..].join("/"), location.line())
}

/// Fails the test that `export_provider!` adds to a plugin if its manifest has an error or something unknown.
///
/// # Panics
/// If it has.
#[track_caller]
pub fn assert_valid(manifest: &str) {
    let error = Manifest::parse_strictly(manifest).err();
    assert!(
        error.is_none(),
        "provider.json: {}",
        error.map(|it| it.to_string()).unwrap_or_default()
    );
}

fn act(provider: &dyn Provider, request: &Request, session: &mut dyn Session) -> String {
    match request.action {
        Action::Login => messages::encode(provider.login(request, session)),
        Action::Logout => messages::encode(provider.logout(request, session)),
        Action::Refresh => messages::encode(provider.refresh(request, session)),
        Action::Whoami => messages::encode(provider.whoami(request, session)),
        // Only the actions of the trait `Provider` are known.
        _ => failed(Failure::unsupported("This action")),
    }
}

fn failed(failure: Failure) -> String {
    messages::encode::<()>(Err(failure))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mesheryctl_core::failure::FailureKind;
    use mesheryctl_core::provider::SignIn;
    use mesheryctl_plugin_abi::Text;

    struct Panics;

    #[allow(clippy::panic, reason = "the test is about panics")]
    impl Provider for Panics {
        fn login(&self, _: &Request, _: &mut dyn Session) -> Result<SignIn, Failure> {
            panic!("of login")
        }
        fn logout(&self, _: &Request, _: &mut dyn Session) -> Result<(), Failure> {
            panic!("of logout")
        }
        fn refresh(&self, _: &Request, _: &mut dyn Session) -> Result<SignIn, Failure> {
            panic!("of refresh")
        }
        fn whoami(&self, _: &Request, _: &mut dyn Session) -> Result<String, Failure> {
            std::panic::panic_any(7)
        }
    }

    extern "C" fn no_host(_: *const (), _: Text<'_>) -> OwnedText {
        OwnedText::default()
    }

    #[test]
    fn a_panic_in_an_action_becomes_an_answer_that_names_the_action() {
        for (action, words) in [
            ("login", "The provider panicked while signing in: of login"),
            ("logout", "The provider panicked while signing out: of logout"),
            ("refresh", "The provider panicked while renewing the token: of refresh"),
            ("whoami", "The provider panicked while asking for the account"),
        ] {
            let request = format!(r#"{{"action":"{action}"}}"#);
            let ask = Ask { carry: no_host };
            let answer = run(&Panics, request.as_str().into(), ask, std::ptr::null());
            let failure = Failure::from(messages::decode::<()>(&answer).unwrap_err());
            assert_eq!(failure.kind, FailureKind::Internal);
            let place = failure.message.strip_prefix(words).unwrap();
            let line = place.strip_prefix(" (plugin-sdk/src/export.rs:").unwrap();
            assert!(line.trim_end_matches(").").parse::<u32>().is_ok(), "{place}");
        }
    }

    #[test]
    fn of_a_long_panic_the_begin_is_printed() {
        let long = "ö".repeat(1001);
        assert_eq!(begin(&long[2..]), &long[2..]);
        assert_eq!(begin(&long), &long[2..]);
    }

    #[test]
    #[should_panic(expected = "provider.json: the field \"host\" is unknown")]
    fn a_manifest_with_an_unknown_field_fails_the_test_of_its_plugin() {
        assert_valid(
            r#"{"id": "acme", "name": "Acme", "version": "1", "description": "", "publisher": "",
                "support": "https://acme.example", "generation": 1, "actions": ["login"], "host": []}"#,
        );
    }
}
