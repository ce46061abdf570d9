use mesheryctl_plugin_sdk::provider::{Action, Settings};

use super::*;

/// A server that gives this answer to each request.
struct Server(HttpResponse);

impl Session for Server {
    fn fetch(&mut self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        if let Some(body) = &request.body {
            assert_eq!(request.url, "https://id.example.org/token");
            assert_eq!(body, r#"{"key":"key-1","user":"ada"}"#);
        }
        Ok(self.0.clone())
    }
}

fn request(action: Action) -> Request {
    let settings = Settings::default().with("url", "https://id.example.org");
    Request::new(action, settings.with("user", "ada").with("key", "key-1"))
}

#[test]
fn a_key_is_exchanged_for_a_token() {
    let mut server = Server(HttpResponse::new(200, r#"{"token": "0123456789abcdef"}"#));
    let sign_in = Plugin.login(&request(Action::Login), &mut server).unwrap();
    assert_eq!(sign_in.token.expose(), "0123456789abcdef");
}

#[test]
fn a_key_that_is_not_accepted_is_a_denial() {
    let mut server = Server(HttpResponse::new(401, ""));
    let failure = Plugin.login(&request(Action::Login), &mut server).unwrap_err();
    assert_eq!(failure, Failure::denied("This access key is not accepted."));
}

#[test]
fn the_account_of_a_token_is_that_of_whoami() {
    let mut server = Server(HttpResponse::new(200, r#"{"user": "ada"}"#));
    assert_eq!(Plugin.whoami(&request(Action::Whoami), &mut server).unwrap(), "ada");
}
