mod every_step;
mod leaks;
mod messages;
mod recording;
mod script;
mod unsound;

use super::*;
use crate::failure::{Failure, FailureKind};
use crate::flows::remote_provider::{self, RemoteProvider, URL_SETTING};
use crate::provider::{Action, Provider, Request, Settings, SignIn};
use crate::secret::Secret;
use crate::session::{CallbackKind, HttpResponse, Session};
use crate::token::Token;

/// Asks for a user and a key, and exchanges them for a token.
struct Keyed;

impl Provider for Keyed {
    fn login(&self, _: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        let user = session.ask("Your user name")?;
        let key = session.ask_secret("Your key")?;
        let fields = [("user", user.as_str()), ("key", key.expose())];
        let response =
            session.fetch(&HttpRequest::post_form("https://acme.example/token", &fields))?;
        let response = response.accepted_or(Failure::denied("Acme does not accept this key."))?;
        let answer: serde_json::Value = response.json()?;
        let token = answer["token"].as_str();
        let token = token.ok_or_else(|| Failure::invalid_answer("Acme sent no token."))?;
        Ok(SignIn::with_token(Token::parse(token)?).account(user))
    }
}

fn request() -> Request {
    Request::new(Action::Login, Settings::default().with(URL_SETTING, "https://cloud.example"))
}

fn keyed() -> Script {
    Script::new()
        .expects_ask("Your user name", "ada")
        .expects_secret("Your key", "hunter2-hunter2")
        .expects_fetch("POST https://acme.example/token", |request| {
            assert_eq!(fields(request).get("user"), Some("ada"));
            HttpResponse::new(200, r#"{"token": "0123456789abcdef"}"#)
        })
}

fn token_arrives(url: &str) -> Query {
    assert!(parameters(url).get("source").is_some());
    Query::new(vec![("token".into(), "0123456789abcdef".into())])
}
