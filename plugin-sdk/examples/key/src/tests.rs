use mesheryctl_plugin_sdk::provider::{Action, Settings};
use mesheryctl_plugin_sdk::session::HttpResponse;
use mesheryctl_plugin_sdk::testing::{Script, every_step};

use super::*;

fn request(action: Action) -> Request {
    let settings = Settings::default().with("url", "https://id.example.org");
    Request::new(action, settings.with("user", "ada").with("key", "key-of-ada"))
}

/// A server that answers a user name and a key so.
fn login(status: u16, body: &'static str) -> Script {
    let script = Script::new().secret("key-of-ada");
    script.expects_fetch("POST https://id.example.org/token", move |request| {
        assert_eq!(request.body.as_deref(), Some(r#"{"key":"key-of-ada","user":"ada"}"#));
        HttpResponse::new(status, body)
    })
}

#[test]
fn a_key_is_exchanged_for_a_token_and_every_step_is_sound() {
    let (request, script) =
        (request(Action::Login), login(200, r#"{"token": "0123456789abcdef"}"#));
    let sign_in = script.run(|session| Plugin.login(&request, session)).unwrap();
    assert_eq!(sign_in.token.expose(), "0123456789abcdef");
    every_step(&Plugin, &request, &script).assert_sound();
}

#[test]
fn a_key_that_is_not_accepted_is_a_denial() {
    let failure = login(401, "").run(|session| Plugin.login(&request(Action::Login), session));
    assert_eq!(failure.unwrap_err(), Failure::denied("This access key is not accepted."));
}

#[test]
fn the_account_is_that_of_whoami_and_every_step_is_sound() {
    let request = request(Action::Whoami).token(Token::parse("0123456789abcdef").unwrap());
    let script = Script::new().expects_fetch("GET https://id.example.org/whoami", |request| {
        assert_eq!(request.headers[0].1, "Bearer 0123456789abcdef");
        HttpResponse::new(200, r#"{"user": "ada"}"#)
    });
    assert_eq!(script.run(|session| Plugin.whoami(&request, session)).unwrap(), "ada");
    every_step(&Plugin, &request, &script).assert_sound();
}
