//! Exchanges a user name and an access key for a token: `POST /token`, and `GET /whoami` with the token.

use mesheryctl_plugin_sdk::export_provider;
use mesheryctl_plugin_sdk::failure::Failure;
use mesheryctl_plugin_sdk::provider::{Provider, Request, SignIn};
use mesheryctl_plugin_sdk::serde_json::json;
use mesheryctl_plugin_sdk::session::{HttpRequest, Session};
use mesheryctl_plugin_sdk::token::Token;

struct Plugin;

impl Provider for Plugin {
    fn login(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        let settings = &request.settings;
        let (url, user) = (settings.require("url")?, settings.require("user")?);
        let body = json!({ "user": user, "key": settings.require("key")? });
        let answer = session.fetch(&HttpRequest::post_json(format!("{url}/token"), &body)?)?;
        let answer = answer.accepted_or(Failure::denied("This access key is not accepted."))?;
        Ok(SignIn::with_token(Token::parse(&answer.member("token")?)?).account(user))
    }

    fn whoami(&self, request: &Request, session: &mut dyn Session) -> Result<String, Failure> {
        let url = format!("{}/whoami", request.settings.require("url")?);
        let answer = session.fetch(&HttpRequest::get(url).bearer(request.require_token()?))?;
        let refusal = Failure::rejected("The token is no longer accepted.");
        answer.accepted_or(refusal)?.member("user")
    }
}

export_provider!(Plugin, include_str!("../provider.json"));

#[cfg(test)]
mod tests;
