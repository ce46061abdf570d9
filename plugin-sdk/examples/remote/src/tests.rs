use mesheryctl_plugin_sdk::failure::Failure;
use mesheryctl_plugin_sdk::provider::{Action, Provider, Request, Settings};
use mesheryctl_plugin_sdk::session::Query;
use mesheryctl_plugin_sdk::testing::{Script, every_step};

use super::*;

fn request() -> Request {
    Request::new(Action::Login, Settings::default().with("url", "https://meshery.example.org"))
}

/// A browser in which a person signs in; the remote provider answers with this parameter.
fn login(name: &'static str, value: &'static str) -> Script {
    Script::new().expects_visit("https://meshery.example.org/login", move |_| {
        Query::new(vec![(name.to_owned(), value.to_owned())])
    })
}

#[test]
fn the_token_of_the_remote_provider_is_returned_and_every_step_is_sound() {
    let script = login("token", "0123456789abcdef");
    let sign_in = script.run(|session| RemoteProvider.login(&request(), session)).unwrap();
    assert_eq!(sign_in.token.expose(), "0123456789abcdef");
    every_step(&RemoteProvider, &request(), &script).assert_sound();
}

#[test]
fn a_denial_of_the_remote_provider_is_a_denial() {
    let script = login("error", "access_denied");
    let failure = script.run(|session| RemoteProvider.login(&request(), session)).unwrap_err();
    assert_eq!(failure, Failure::denied("Sign-in was denied."));
}
