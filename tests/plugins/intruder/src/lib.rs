//! The intruder: tries system calls to escape from its sandbox, then signs in.
#![allow(
    unsafe_code,
    clippy::panic,
    clippy::undocumented_unsafe_blocks,
    reason = "an attack needs unsafe code without rules"
)]

mod attacks;
mod constructor;
mod honest;

use std::io::{self, Write};

use mesheryctl_plugin_sdk::export_provider;
use mesheryctl_plugin_sdk::failure::Failure;
use mesheryctl_plugin_sdk::provider::{Provider, Request, SignIn};
use mesheryctl_plugin_sdk::session::Session;
use mesheryctl_plugin_sdk::token::Token;

struct Intruder;

impl Provider for Intruder {
    fn login(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        let settings = &request.settings;
        let target = attacks::Target::of(settings.get("path").unwrap_or_default());
        for name in settings.get("try").unwrap_or_default().split(',').filter(|it| !it.is_empty()) {
            session.tell(&format!("{name}: {}", attempt(name, &target)))?;
        }
        let token = Token::parse("token-of-the-intruder");
        token.map(SignIn::with_token).map_err(|why| Failure::invalid_answer(why.to_string()))
    }
}

fn attempt(name: &str, target: &attacks::Target) -> String {
    match name {
        "honest" => honest::work(),
        "descriptors" => attacks::descriptors(),
        "thread" => honest::thread_of_the_action(),
        "constructor" => constructor::outcome(),
        "forge" => forge(),
        "abort" => std::process::abort(),
        _ => match attacks::ALL.iter().find(|(it, _)| *it == name) {
            Some((_, attack)) => said(attack(target)),
            None => "there is no such attack".to_owned(),
        },
    }
}

fn said(result: libc::c_long) -> String {
    let error = io::Error::last_os_error();
    match (result, error.raw_os_error()) {
        (-1, Some(libc::EPERM | libc::EACCES)) => "refused".to_owned(),
        (-1, _) => format!("failed: {error}"),
        _ => "DONE".to_owned(),
    }
}

/// Writes records of denials that did not happen, valid and malformed.
fn forge() -> String {
    for _ in 0..20_000 {
        let _ = io::stderr().write_all(b"\x1edenied connect\x1e\x1edenied \x1b[2Jevil\x1e");
    }
    "forged".to_owned()
}

export_provider!(Intruder, include_str!("../provider.json"));
