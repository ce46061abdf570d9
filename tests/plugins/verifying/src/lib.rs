//! A provider whose `whoami` answers as a setting says.

use mesheryctl_plugin_sdk::export_provider;
use mesheryctl_plugin_sdk::failure::Failure;
use mesheryctl_plugin_sdk::provider::{Provider, Request, SignIn};
use mesheryctl_plugin_sdk::secret::Secret;
use mesheryctl_plugin_sdk::session::{CallbackKind, Session};
use mesheryctl_plugin_sdk::token::Token;

const TOKEN: &str = "a-token-of-verifying-1";

struct Verifying;

impl Provider for Verifying {
    fn login(&self, _: &Request, _: &mut dyn Session) -> Result<SignIn, Failure> {
        let sign_in = SignIn::with_token(Token::parse(TOKEN)?);
        Ok(sign_in.stored_state(Secret::new("state-1")))
    }

    fn whoami(&self, request: &Request, session: &mut dyn Session) -> Result<String, Failure> {
        let token = request.token.as_ref().map(Token::expose);
        let state = request.stored_state.as_ref().map(Secret::expose);
        if (token, state) != (Some(TOKEN), Some("state-1")) {
            return Err(Failure::internal("The token or the state of the login is missing."));
        }
        match request.settings.require("answer")? {
            "denied" => Err(Failure::denied("This token was revoked.")),
            "unsupported" => Err(Failure::unsupported("Verifying")),
            "internal" => Err(Failure::internal("This failure was asked for.")),
            "ask" => session.ask("Who"),
            "choose" => session.choose("Who", &["a".into()]).map(|it| it.to_string()),
            "callback" => session.callback(CallbackKind::NoncePath),
            "visit" => session.visit("http://localhost:1/").map(|_| String::new()),
            "show_code" => {
                session.show_code("http://localhost:1/", "A", 60).map(|()| String::new())
            }
            "secret" => Ok(request.settings.require("secret")?.len().to_string()),
            account => {
                session.tell("This must not be shown.")?;
                Ok(account.to_owned())
            }
        }
    }
}

export_provider!(Verifying, include_str!("../provider.json"));
