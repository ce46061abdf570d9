use mesheryctl_plugin_sdk::provider::{Action, Settings};
use mesheryctl_plugin_sdk::testing::{Script, every_step};

use super::*;

fn request() -> Request {
    Request::new(Action::Login, Settings::default().with("greeting", "Hello!"))
}

#[test]
fn whoever_gives_a_name_is_signed_in_and_every_step_is_sound() {
    let script = Script::new().expects_ask("Your name", "Ada");
    let sign_in = script.run(|session| Plugin.login(&request(), session)).unwrap();
    assert_eq!(sign_in.account.as_deref(), Some("Ada"));
    every_step(&Plugin, &request(), &script).assert_sound();
}

#[test]
fn without_a_name_the_sign_in_is_denied() {
    let script = Script::new().expects_ask("Your name", "");
    let failure = script.run(|session| Plugin.login(&request(), session)).unwrap_err();
    assert_eq!(failure, Failure::denied("No name was given."));
}
