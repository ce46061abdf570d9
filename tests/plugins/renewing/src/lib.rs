//! A provider that renews and revokes its tokens as a setting says. Its state is the number of the token.

use std::hint::black_box;
use std::thread;

use mesheryctl_plugin_sdk::export_provider;
use mesheryctl_plugin_sdk::failure::Failure;
use mesheryctl_plugin_sdk::provider::{Provider, Request, SignIn};
use mesheryctl_plugin_sdk::secret::Secret;
use mesheryctl_plugin_sdk::session::Session;
use mesheryctl_plugin_sdk::token::Token;

struct Renewing;

impl Provider for Renewing {
    fn login(&self, _: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        issue(1, session)
    }

    fn refresh(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        let number = number_of(request)?;
        answer(request)?;
        issue(number + 1, session)
    }

    fn logout(&self, request: &Request, _: &mut dyn Session) -> Result<(), Failure> {
        let _ = number_of(request)?;
        answer(request)
    }
}

fn text_of(number: u32) -> String {
    format!("a-token-of-renewing-{number}")
}

/// A token that is valid for an hour.
fn issue(number: u32, session: &mut dyn Session) -> Result<SignIn, Failure> {
    Ok(SignIn::with_token(Token::parse(&text_of(number))?)
        .account("ada@example.org")
        .expires_at(session.now()? + 3600)
        .stored_state(Secret::new(number.to_string())))
}

/// The number of the token in the request, which its state names.
fn number_of(request: &Request) -> Result<u32, Failure> {
    let state = request.stored_state.as_ref().and_then(|it| it.expose().parse().ok());
    let token = request.token.as_ref().map(Token::expose);
    let number = state.filter(|it| token == Some(text_of(*it).as_str()));
    number.ok_or_else(|| Failure::internal("The token and the state do not belong together."))
}

fn answer(request: &Request) -> Result<(), Failure> {
    match request.settings.require("answer")? {
        "deny" => Err(Failure::denied("This sign-in was ended.")),
        "fail" => Err(Failure::internal("This failure was asked for.")),
        "hang" => loop {
            thread::park();
        },
        "loop" => loop {
            black_box(0);
        },
        _ => Ok(()),
    }
}

export_provider!(Renewing, include_str!("../provider.json"));
