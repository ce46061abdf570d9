use mesheryctl_plugin_sdk::failure::Failure;
use mesheryctl_plugin_sdk::provider::{Action, Provider, Request, Settings, SignIn};
use mesheryctl_plugin_sdk::session::{CallbackKind, Query, Session};

use super::*;

/// A browser in which a person signs in; the remote provider answers with this parameter.
struct Browser(&'static str, &'static str);

impl Session for Browser {
    fn callback(&mut self, _kind: CallbackKind) -> Result<String, Failure> {
        Ok("http://localhost:1/nonce".to_owned())
    }

    fn visit(&mut self, url: &str) -> Result<Query, Failure> {
        assert!(url.starts_with("https://meshery.example.org/login?source="), "{url}");
        Ok(Query::new(vec![(self.0.to_owned(), self.1.to_owned())]))
    }
}

fn login(browser: &mut Browser) -> Result<SignIn, Failure> {
    let settings = Settings::default().with("url", "https://meshery.example.org");
    RemoteProvider.login(&Request::new(Action::Login, settings), browser)
}

#[test]
fn the_token_of_the_remote_provider_is_returned() {
    let sign_in = login(&mut Browser("token", "0123456789abcdef")).unwrap();
    assert_eq!(sign_in.token.expose(), "0123456789abcdef");
}

#[test]
fn a_denial_of_the_remote_provider_is_a_denial() {
    let failure = login(&mut Browser("error", "access_denied")).unwrap_err();
    assert_eq!(failure.message, "Sign-in was denied.");
}
