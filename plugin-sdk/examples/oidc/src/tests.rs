use mesheryctl_plugin_sdk::failure::FailureKind;
use mesheryctl_plugin_sdk::provider::{Action, Provider, Request, Settings};
use mesheryctl_plugin_sdk::session::{HttpResponse, Query};
use mesheryctl_plugin_sdk::testing::{Script, every_step, parameters};

use super::*;

fn request() -> Request {
    let settings = Settings::default().with("issuer", "https://id.example.org");
    let settings = settings.with("client_id", "mesheryctl").with("scope", "profile");
    Request::new(Action::Login, settings)
}

fn json(body: &str) -> HttpResponse {
    HttpResponse::new(200, body).with_header("Content-Type", "application/json")
}

/// The OpenID provider, and a browser that comes back from it with this parameter.
fn browser(name: &'static str, value: &'static str) -> Script {
    Script::new()
        .expects_fetch("GET https://id.example.org/.well-known/openid-configuration", |_| {
            json(
                r#"{
                    "issuer": "https://id.example.org",
                    "authorization_endpoint": "https://id.example.org/auth",
                    "token_endpoint": "https://id.example.org/token"
                }"#,
            )
        })
        .expects_visit("https://id.example.org/auth", move |url| {
            let state = parameters(url).get("state").unwrap().to_owned();
            Query::new(vec![("state".to_owned(), state), (name.to_owned(), value.to_owned())])
        })
}

#[test]
fn the_token_of_the_openid_provider_is_returned_and_every_step_is_sound() {
    let script = browser("code", "code-1")
        .expects_fetch("POST https://id.example.org/token", |_| {
            json(r#"{"access_token": "access-token-1", "token_type": "Bearer"}"#)
        });
    let sign_in = script.run(|session| OpenIdProvider.login(&request(), session)).unwrap();
    assert_eq!(sign_in.token.expose(), "access-token-1");
    every_step(&OpenIdProvider, &request(), &script).assert_sound();
}

#[test]
fn a_denial_of_the_openid_provider_is_a_denial() {
    let script = browser("error", "access_denied");
    let failure = script.run(|session| OpenIdProvider.login(&request(), session)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Denied);
}
