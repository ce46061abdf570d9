//! Exchanges a user name and an access key for a token: `POST /token`, and `GET /whoami` with the token.

use mesheryctl_plugin_sdk::export_provider;
use mesheryctl_plugin_sdk::failure::Failure;
use mesheryctl_plugin_sdk::provider::{Provider, Request, SignIn};
use mesheryctl_plugin_sdk::serde_json::{Value, json};
use mesheryctl_plugin_sdk::session::{HttpRequest, HttpResponse, Session};
use mesheryctl_plugin_sdk::token::Token;

struct Plugin;

impl Provider for Plugin {
    fn login(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        let settings = &request.settings;
        let (url, user) = (settings.require("url")?, settings.require("user")?);
        let body = json!({ "user": user, "key": settings.require("key")? });
        let answer = session.fetch(&HttpRequest::post_json(format!("{url}/token"), &body)?)?;
        let refusal = Failure::denied("This access key is not accepted.");
        let token = Token::parse(&text(&answer, "token", refusal)?)?;
        Ok(SignIn::with_token(token).account(user))
    }

    fn whoami(&self, request: &Request, session: &mut dyn Session) -> Result<String, Failure> {
        let url = format!("{}/whoami", request.settings.require("url")?);
        let token = request.token.as_ref().map_or("", Token::expose);
        let bearer = format!("Bearer {token}");
        let answer = session.fetch(&HttpRequest::get(url).header("Authorization", bearer))?;
        text(&answer, "user", Failure::rejected("The token is no longer accepted."))
    }
}

/// A member of the answer, or this failure if the answer is 401.
fn text(answer: &HttpResponse, member: &str, refusal: Failure) -> Result<String, Failure> {
    if answer.status == 401 {
        return Err(refusal);
    }
    let json: Value = answer.json()?;
    let missing = || Failure::invalid_answer(format!("The answer has no {member}."));
    json[member].as_str().map(str::to_owned).ok_or_else(missing)
}

export_provider!(Plugin, include_str!("../provider.json"));

#[cfg(test)]
mod tests;
