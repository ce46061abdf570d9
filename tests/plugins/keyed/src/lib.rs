//! A provider that needs an address and a secret key, and reports what it got of them.

use mesheryctl_plugin_sdk::export_provider;
use mesheryctl_plugin_sdk::failure::Failure;
use mesheryctl_plugin_sdk::provider::{Provider, Request, SignIn};
use mesheryctl_plugin_sdk::session::Session;
use mesheryctl_plugin_sdk::token::Token;

struct Keyed;

impl Provider for Keyed {
    fn login(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        let settings = &request.settings;
        let server = settings.require("server")?;
        let label = settings.get("label").unwrap_or_default();
        let length = settings.require("key")?.chars().count();
        session.tell(&format!("{server} {label} key of {length} characters"))?;
        let token = Token::parse("keyed-token-0123456789");
        Ok(SignIn::with_token(token.map_err(|why| Failure::invalid_answer(why.to_string()))?))
    }
}

export_provider!(Keyed, include_str!("../provider.json"));
