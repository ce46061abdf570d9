//! A plugin with one fault, which the harness selects by writing its name into a copy of the library.
#![allow(
    unsafe_code,
    reason = "sections, a symbol and a constructor, as no macro of the SDK has them"
)]
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "its only purpose is to be faulty"
)]

mod crash;
mod fault;
mod sandbox_escape;
mod system;
mod wire;

use std::hint::black_box;

use fault::{LENGTH, MARK, PluginFault};
use mesheryctl_plugin_sdk::export::{self, Ask, DoorRef, Header, Made, OwnedText, Text};
use mesheryctl_plugin_sdk::failure::Failure;
use mesheryctl_plugin_sdk::provider::{Provider, Request, SignIn};
use mesheryctl_plugin_sdk::session::Session;

const MANIFEST: &str = include_str!("../provider.json");

#[used]
#[unsafe(link_section = ".mshplug")]
static SECTION: [u8; export::section_length(MANIFEST)] = export::encode_section(MANIFEST);

/// The place in the library where the harness writes the fault.
#[used]
static SELECTED: [u8; LENGTH] = {
    let mut text = [b' '; LENGTH];
    let mut at = 0;
    while at < MARK.len() {
        text[at] = MARK.as_bytes()[at];
        at += 1;
    }
    text
};

/// The selected fault and its argument.
fn selected() -> (PluginFault, &'static str) {
    // black_box: the compiler must not use the value that it knows, but read the bytes of the file.
    let text = std::str::from_utf8(black_box(&SELECTED).as_slice()).expect("text");
    let text = text[MARK.len()..].trim_end();
    let (name, argument) = text.split_once(' ').unwrap_or((text, ""));
    let has_name = |it: &&PluginFault| format!("{it:?}") == name;
    (*PluginFault::ALL.iter().find(has_name).expect("a fault of this name"), argument)
}

struct Faulty;

impl Provider for Faulty {
    fn login(&self, _: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        let (fault, argument) = selected();
        crash::run(fault);
        wire::abuse(fault, session)?;
        Err(sandbox_escape::report(fault, argument))
    }
}

#[used]
#[unsafe(link_section = ".init_array")]
static CONSTRUCTOR: extern "C" fn() = constructor;

extern "C" fn constructor() {
    let (fault, argument) = selected();
    match fault {
        PluginFault::ConstructorExits => std::process::exit(7),
        PluginFault::ConstructorAborts => std::process::abort(),
        PluginFault::ConstructorHangs => crash::wait(),
        PluginFault::ConstructorForgesReady => wire::forge_ready(MANIFEST),
        PluginFault::ConstructorReads => sandbox_escape::early(argument),
        _ => {}
    }
}

extern "C" fn manifest() -> OwnedText {
    match selected().0 {
        PluginFault::AnotherManifest => MANIFEST.replace("Faulty", "Honest").into(),
        _ => export::manifest(&SECTION),
    }
}

extern "C" fn run(request: Text<'_>, ask: Ask, host: *const ()) -> OwnedText {
    let carry = |text: &str| (ask.carry)(host, text.into()).into_string();
    let asks = serde_json::from_str::<Request>(request.as_str()).expect("a request").settings;
    match wire::answer(selected().0, asks.get("asks").unwrap_or_default(), carry) {
        Some(answer) => answer.into(),
        None => export::run(&Faulty, request, ask, host),
    }
}

fn door() -> DoorRef {
    export::door(manifest, run)
}

extern "C" fn make() -> Made {
    export::make(door)
}

#[unsafe(no_mangle)]
static MESHERYCTL_PROVIDER_1: Header = export::header(make);
