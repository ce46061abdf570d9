use super::*;
use crate::failure::FailureKind;
use crate::provider::{Action, Settings};
use crate::session::HttpResponse;

/// A session with this query and profile, which records what the provider does.
struct Script {
    query: Vec<(&'static str, &'static str)>,
    profile: Result<HttpResponse, Failure>,
    /// The response to the first request of the profile, if it is another one.
    before: Option<Result<HttpResponse, Failure>>,
    /// The response to a POST.
    posted: Result<HttpResponse, Failure>,
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
        match request.method.as_str() {
            "POST" => self.posted.clone(),
            _ => self.before.take().unwrap_or_else(|| self.profile.clone()),
        }
    }
    fn now(&mut self) -> Result<u64, Failure> {
        Ok(1_000_000)
    }
}

fn script(query: &[(&'static str, &'static str)], status: u16, body: &str) -> Script {
    let (query, visited, fetched) = (query.to_vec(), String::new(), Vec::new());
    let (profile, posted) = (response(status, body), response(500, ""));
    Script { query, profile, before: None, posted, visited, fetched }
}

fn response(status: u16, body: &str) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::new(status, body))
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
    let (result, script) = run(&query, 200, "");
    assert_eq!(
        script.visited,
        "https://cloud.example/login?source=aHR0cDovL2xvY2FsaG9zdDo0MzEyNw&provider_version=v0.3.14"
    );
    assert_eq!(result.unwrap().token.expose(), "T");
    assert_eq!(script.fetched, []);
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
fn a_sign_in_has_the_account_and_expiry_that_the_token_states() {
    // {"alg":"none"}.{"email":"ada@example.org","exp":7}
    let jwt = "eyJhbGciOiJub25lIn0.eyJlbWFpbCI6ImFkYUBleGFtcGxlLm9yZyIsImV4cCI6N30.c2ln";
    let (result, script) = run(&[("token", jwt)], 200, r#"{"email":"other@example.org"}"#);
    let sign_in = result.unwrap();
    assert_eq!(sign_in.account.as_deref(), Some("ada@example.org"));
    assert_eq!((sign_in.expires_at, script.fetched.len()), (Some(7), 0));
}

/// The account of the token `T` by a profile with this status and body.
fn whoami(status: u16, body: &str) -> (Result<String, Failure>, Script) {
    let mut script = script(&[], status, body);
    let mut settings = Settings::default();
    settings.set(URL_SETTING, "https://cloud.example/");
    let token = Token::parse("T").ok();
    let request = Request { token, ..Request::new(Action::Whoami, settings) };
    (RemoteProvider.whoami(&request, &mut script), script)
}

#[test]
fn the_account_is_what_names_the_user_in_the_profile() {
    for (body, account) in [
        (r#"{"email":"a@b.example","id":"1","user_id":"2"}"#, "a@b.example"),
        (r#"{"email":"","id":"1","user_id":"2"}"#, "1"),
        (r#"{"email":null,"user_id":"2"}"#, "2"),
        (r#"{"id":7}"#, "7"),
    ] {
        let (result, script) = whoami(200, body);
        assert_eq!(result.as_deref(), Ok(account), "{body}");
        let profile = HttpRequest::get("https://cloud.example/api/identity/users/profile");
        assert_eq!(script.fetched, [profile.header("Authorization", "Bearer T")]);
    }
}

#[test]
fn only_401_is_a_clear_no_and_only_a_profile_a_yes() {
    for (status, body, kind) in [
        (401, r#"{"email":"a@b.example"}"#, FailureKind::Rejected),
        (403, r#"{"email":"a@b.example"}"#, FailureKind::InvalidAnswer),
        (302, "", FailureKind::InvalidAnswer),
        (404, "", FailureKind::InvalidAnswer),
        (500, "", FailureKind::InvalidAnswer),
        (201, r#"{"email":"a@b.example"}"#, FailureKind::InvalidAnswer),
        (200, "<html>", FailureKind::InvalidAnswer),
        (200, r#"["a@b.example"]"#, FailureKind::InvalidAnswer),
        (200, r#"{"endpoints":[]}"#, FailureKind::InvalidAnswer),
        (200, r#"{"email":[]}"#, FailureKind::InvalidAnswer),
    ] {
        assert_eq!(whoami(status, body).0.unwrap_err().kind, kind, "{status} {body}");
    }
}

#[test]
fn the_account_of_no_token_is_not_looked_up() {
    let mut settings = Settings::default();
    settings.set(URL_SETTING, "https://cloud.example");
    let mut script = script(&[], 200, r#"{"id":"1"}"#);
    let failure = RemoteProvider.whoami(&Request::new(Action::Whoami, settings), &mut script);
    assert_eq!(failure.unwrap_err().kind, FailureKind::Internal);
    assert_eq!(script.fetched, []);
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

/// A token of this subject that ends at this time, with a refresh token.
fn refreshable(subject: &str, exp: u64) -> Token {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD_NO_PAD;
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let claims = format!(r#"{{"sub":"{subject}","exp":{exp}}}"#);
    let access = format!("{}.{}.c2ln", part(r#"{"alg":"none"}"#), part(&claims));
    let oauth = format!(r#"{{"access_token":"{access}","refresh_token":"r"}}"#);
    Token::parse(&STANDARD_NO_PAD.encode(oauth)).unwrap()
}

fn new_token(token: &Token) -> String {
    serde_json::json!({ "token": token.expose() }).to_string()
}

#[test]
fn a_whole_token_is_exchanged_for_a_new_one_by_one_request() {
    let (old, new) = (refreshable("ada", 2_000_000), refreshable("ada", 3_000_000));
    let mut script = script(&[], 500, "");
    script.posted = response(200, &new_token(&new));
    let sign_in = refresh("https://cloud.example", &old, &mut script).unwrap();
    assert_eq!(sign_in.token, new);
    let sent = &script.fetched[..];
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].url, "https://cloud.example/refresh");
    assert_eq!(sent[0].body, Some(new_token(&old)));
    assert_eq!(sent[0].headers, [("Content-Type".to_owned(), "application/json".to_owned())]);
}

#[test]
fn only_400_and_401_end_the_session_and_only_a_token_of_the_account_renews_it() {
    let eve = new_token(&refreshable("eve", 3_000_000));
    for (status, body, kind) in [
        (400, "{}", FailureKind::Rejected),
        (401, "<html>", FailureKind::Rejected),
        (403, "{}", FailureKind::InvalidAnswer),
        (302, "", FailureKind::InvalidAnswer),
        (404, "", FailureKind::InvalidAnswer),
        (429, "", FailureKind::Unreachable),
        (500, "", FailureKind::Unreachable),
        (503, r#"{"token":"T"}"#, FailureKind::Unreachable),
        (200, "<html>", FailureKind::InvalidAnswer),
        (200, "{}", FailureKind::InvalidAnswer),
        (200, r#"{"token":""}"#, FailureKind::InvalidAnswer),
        (200, r#"{"token":"a b"}"#, FailureKind::InvalidAnswer),
        (200, r#"{"token":["T"]}"#, FailureKind::InvalidAnswer),
        (200, &eve, FailureKind::InvalidAnswer),
    ] {
        let mut script = script(&[], 500, "");
        script.posted = response(status, body);
        let old = refreshable("ada", 2_000_000);
        let failure = refresh("https://cloud.example", &old, &mut script).unwrap_err();
        assert_eq!((failure.kind, script.fetched.len()), (kind, 1), "{status} {body}");
    }
}

#[test]
fn a_token_without_a_refresh_token_is_not_sent() {
    let mut script = script(&[], 500, "");
    let failure = refresh("https://cloud.example", &Token::parse("T").unwrap(), &mut script);
    assert_eq!(failure.unwrap_err().kind, FailureKind::Unsupported);
    assert_eq!(script.fetched, []);
}

#[test]
fn a_token_is_revoked_if_its_profile_is_returned_before_and_refused_afterwards() {
    let lost = || Err(Failure::new(FailureKind::Unreachable, "lost"));
    let ok = || response(200, "{}");
    for (before, posted, profile, expected, requests) in [
        (ok(), 200, 401, None, 3),
        (ok(), 204, 401, None, 3),
        (ok(), 200, 200, Some(FailureKind::InvalidAnswer), 3),
        (ok(), 200, 403, Some(FailureKind::InvalidAnswer), 3),
        (ok(), 200, 503, Some(FailureKind::Unreachable), 3),
        (ok(), 404, 401, Some(FailureKind::Unsupported), 2),
        (ok(), 405, 401, Some(FailureKind::Unsupported), 2),
        (ok(), 401, 401, Some(FailureKind::InvalidAnswer), 2),
        (ok(), 429, 401, Some(FailureKind::Unreachable), 2),
        (ok(), 500, 401, Some(FailureKind::Unreachable), 2),
        // It is revoked all the same, and its refusal afterwards would be no proof.
        (response(401, ""), 200, 401, Some(FailureKind::InvalidAnswer), 2),
        (response(503, ""), 200, 401, Some(FailureKind::InvalidAnswer), 2),
        (lost(), 200, 401, Some(FailureKind::InvalidAnswer), 2),
        (response(401, ""), 404, 401, Some(FailureKind::Unsupported), 2),
    ] {
        let mut script = script(&[], profile, "");
        (script.before, script.posted) = (Some(before.clone()), response(posted, ""));
        let token = refreshable("ada", 2_000_000);
        let failure = revoke("https://cloud.example", &token, &mut script).err();
        assert_eq!(failure.map(|it| it.kind), expected, "{before:?} {posted} {profile}");
        assert_eq!(script.fetched.len(), requests, "{before:?} {posted} {profile}");
        assert_eq!(script.fetched[1].url, "https://cloud.example/revoke");
        assert_eq!(script.fetched[1].body, Some(new_token(&token)));
    }
}

#[test]
fn a_refresh_token_that_is_not_replaced_is_kept() {
    let old = refreshable("ada", 2_000_000);
    let access = refreshable("ada", 3_000_000).bearer();
    let mut script = script(&[], 500, "");
    let text = serde_json::json!({ "token": access.expose() }).to_string();
    script.posted = response(200, &text);
    let renewed = refresh("https://cloud.example", &old, &mut script).unwrap().token;
    assert_eq!(renewed.bearer(), access);
    assert!(renewed.claims().refreshable);
}
