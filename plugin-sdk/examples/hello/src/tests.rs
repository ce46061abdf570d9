use mesheryctl_plugin_sdk::provider::{Action, Settings};

use super::*;

/// A person who answers each question with this text.
struct Person(&'static str);

impl Session for Person {
    fn tell(&mut self, _text: &str) -> Result<(), Failure> {
        Ok(())
    }

    fn ask(&mut self, _prompt: &str) -> Result<String, Failure> {
        Ok(self.0.to_owned())
    }

    fn random(&mut self, bytes: u32) -> Result<String, Failure> {
        Ok("r".repeat(bytes as usize))
    }
}

fn login(name: &'static str) -> Result<SignIn, Failure> {
    let settings = Settings::default().with("greeting", "Hello!");
    Plugin.login(&Request::new(Action::Login, settings), &mut Person(name))
}

#[test]
fn whoever_gives_a_name_is_signed_in() {
    assert_eq!(login("Ada").unwrap().account.as_deref(), Some("Ada"));
}

#[test]
fn without_a_name_the_sign_in_is_denied() {
    assert_eq!(login("").unwrap_err().message, "No name was given.");
}
