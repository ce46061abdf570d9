use super::*;
use crate::failure::FailureKind;
use crate::provider::{Action, Settings};
use crate::session::HttpResponse;

/// A session with this query and profile, which records what the provider does.
struct Script {
    query: Vec<(&'static str, &'static str)>,
    profile: Result<HttpResponse, Failure>,
    visited: String,
    fetched: Vec<HttpRequest>,
}

impl Session for Script {
    fn callback(&mut self, kind: CallbackKind) -> Result<String, Failure> {
        assert_eq!(kind, CallbackKind::NoncePath);
        Ok("http://localhost:43127".into())
    }
    fn visit(&mut self, url: &str) -> Result<Query, Failure> {
        self.visited = url.into();
        Ok(Query::new(self.query.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect()))
    }
    fn fetch(&mut self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        self.fetched.push(request.clone());
        self.profile.clone()
    }
}

fn script(query: &[(&'static str, &'static str)], status: u16, body: &str) -> Script {
    let profile = Ok(HttpResponse { status, headers: Vec::new(), body: body.into() });
    Script { query: query.to_vec(), profile, visited: String::new(), fetched: Vec::new() }
}

/// The sign-in with this query, and a profile with this status and body.
fn run(
    query: &[(&'static str, &'static str)],
    status: u16,
    body: &str,
) -> (Result<SignIn, Failure>, Script) {
    let mut script = script(query, status, body);
    (sign_in("https://cloud.example", &mut script), script)
}

#[test]
fn the_browser_opens_the_same_url_as_with_the_go_cli() {
    let query = [("session_cookie", "s"), ("token", "T")];
    let (result, script) = run(&query, 200, r#"{"email":"a@b.example"}"#);
    assert_eq!(
        script.visited,
        "https://cloud.example/login?source=aHR0cDovL2xvY2FsaG9zdDo0MzEyNw&provider_version=v0.3.14"
    );
    let sign_in = result.unwrap();
    assert_eq!(sign_in.token.expose(), "T");
    assert_eq!(sign_in.account.as_deref(), Some("a@b.example"));
    let profile = HttpRequest::get("https://cloud.example/api/identity/users/profile");
    assert_eq!(script.fetched, [profile.header("Authorization", "Bearer T")]);
}

#[test]
fn the_setting_is_the_base_url_with_or_without_a_slash() {
    for url in ["https://cloud.example", "https://cloud.example/"] {
        let mut settings = Settings::default();
        settings.set(URL_SETTING, url);
        let mut script = script(&[("token", "T")], 401, "");
        let request = Request::new(Action::Login, settings);
        assert!(RemoteProvider.login(&request, &mut script).is_ok());
        assert!(script.visited.starts_with("https://cloud.example/login?"), "{}", script.visited);
    }
    let request = Request::new(Action::Login, Settings::default());
    let failure = RemoteProvider.login(&request, &mut script(&[], 401, "")).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Internal);
}

#[test]
fn an_account_in_the_token_is_used_and_the_profile_not_requested() {
    // {"alg":"none"}.{"email":"ada@example.org","exp":7}
    let jwt = "eyJhbGciOiJub25lIn0.eyJlbWFpbCI6ImFkYUBleGFtcGxlLm9yZyIsImV4cCI6N30.c2ln";
    let (result, script) = run(&[("token", jwt)], 200, r#"{"email":"other@example.org"}"#);
    let sign_in = result.unwrap();
    assert_eq!(sign_in.account.as_deref(), Some("ada@example.org"));
    assert_eq!((sign_in.expires_at, script.fetched.len()), (Some(7), 0));
}

#[test]
fn a_profile_without_an_account_does_not_fail_the_sign_in() {
    for (status, body) in [
        (401, "{}"),
        (401, r#"{"email":"a@b.example"}"#),
        (200, "<html>"),
        (200, "[]"),
        (200, r#"{"email":7}"#),
        (200, r#"{"email":""}"#),
        (500, ""),
    ] {
        let sign_in = run(&[("token", "T")], status, body).0.unwrap();
        assert_eq!(sign_in.account, None, "{status} {body}");
    }
    let mut script = script(&[("token", "T")], 0, "");
    script.profile = Err(Failure::new(FailureKind::Unreachable, "down"));
    assert_eq!(sign_in("https://cloud.example", &mut script).unwrap().account, None);
}

#[test]
fn a_denial_and_an_invalid_token_are_told_apart() {
    let character = "The provider sent a token that contains a character that is not allowed in \
                     a token, such as a space.";
    for (query, kind, message) in [
        (&[("error", "access_denied")][..], FailureKind::Denied, "Sign-in was denied."),
        (&[("error", ""), ("token", "T")], FailureKind::Denied, "Sign-in was denied."),
        (&[], FailureKind::InvalidAnswer, "The provider sent no token."),
        (&[("token", "")], FailureKind::InvalidAnswer, "The provider sent no token."),
        (&[("token", "a;b")], FailureKind::InvalidAnswer, character),
    ] {
        let failure = run(query, 200, "").0.unwrap_err();
        assert_eq!((failure.kind, failure.message.as_str()), (kind, message), "{query:?}");
    }
}

#[test]
fn a_space_in_a_token_is_read_as_an_unescaped_plus_sign() {
    let sign_in = run(&[("token", "a b=")], 401, "").0.unwrap();
    assert_eq!(sign_in.token.expose(), "a+b=");
}
