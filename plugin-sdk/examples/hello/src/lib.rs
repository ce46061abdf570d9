//! Accepts any name and returns a random token. It needs no network, so it runs anywhere.

use mesheryctl_plugin_sdk::export_provider;
use mesheryctl_plugin_sdk::failure::Failure;
use mesheryctl_plugin_sdk::provider::{Provider, Request, SignIn};
use mesheryctl_plugin_sdk::session::Session;
use mesheryctl_plugin_sdk::token::Token;

struct Plugin;

impl Provider for Plugin {
    fn login(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        session.tell(request.settings.require("greeting")?)?;
        let name = session.ask("Your name")?;
        if name.is_empty() {
            return Err(Failure::denied("No name was given."));
        }
        let token = Token::parse(&session.random(32)?)?;
        Ok(SignIn::with_token(token).account(name))
    }
}

export_provider!(Plugin, include_str!("../provider.json"));

#[cfg(test)]
mod tests;
