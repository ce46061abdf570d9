use super::*;
use crate::provider::{Action, Settings};
use crate::testing::{Script, parameters};

const BASE: &str = "https://cloud.example";
const LOGIN: &str = "https://cloud.example/login";
const PROFILE: &str = "GET https://cloud.example/api/identity/users/profile";
const REFRESH: &str = "POST https://cloud.example/refresh";
const REVOKE: &str = "POST https://cloud.example/revoke";

/// A server that answers so.
fn answers(
    status: u16,
    body: &str,
) -> impl Fn(&HttpRequest) -> HttpResponse + Send + Sync + 'static {
    let body = body.to_owned();
    move |_| HttpResponse::new(status, body.clone())
}

/// The query of a browser.
fn query(pairs: &[(&str, &str)]) -> Query {
    Query::new(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect())
}

/// The sign-in with this query.
fn run(pairs: &[(&str, &str)]) -> Result<SignIn, Failure> {
    let query = query(pairs);
    let script = Script::new().expects_visit(LOGIN, move |_| query.clone());
    script.run(|session| sign_in(BASE, session))
}

fn request(action: Action, url: &str) -> Request {
    Request::new(action, Settings::default().with(URL_SETTING, url))
}

#[test]
fn the_browser_opens_the_same_url_as_with_the_go_cli() {
    let script = Script::new().expects_visit(LOGIN, |url| {
        let source = parameters(url).get("source").unwrap().to_owned();
        assert_eq!(url, format!("{LOGIN}?source={source}&provider_version=v0.3.14"));
        let callback = String::from_utf8(URL_SAFE_NO_PAD.decode(source).unwrap()).unwrap();
        assert!(callback.starts_with("http://localhost:43127/"), "{callback}");
        query(&[("session_cookie", "s"), ("token", "T")])
    });
    let sign_in = script.run(|session| sign_in(BASE, session)).unwrap();
    assert_eq!(sign_in.token.expose(), "T");
}

#[test]
fn the_setting_is_the_base_url_with_or_without_a_slash() {
    let script = Script::new().expects_visit(LOGIN, |_| query(&[("token", "T")]));
    for url in ["https://cloud.example", "https://cloud.example/"] {
        let request = request(Action::Login, url);
        assert!(script.run(|session| RemoteProvider.login(&request, session)).is_ok());
    }
    let request = Request::new(Action::Login, Settings::default());
    let failure = Script::new().run(|session| RemoteProvider.login(&request, session)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Internal);
}

#[test]
fn a_sign_in_has_the_account_and_expiry_that_the_token_states() {
    // {"alg":"none"}.{"email":"ada@example.org","exp":7}
    let jwt = "eyJhbGciOiJub25lIn0.eyJlbWFpbCI6ImFkYUBleGFtcGxlLm9yZyIsImV4cCI6N30.c2ln";
    let sign_in = run(&[("token", jwt)]).unwrap();
    assert_eq!(
        (sign_in.account.as_deref(), sign_in.expires_at),
        (Some("ada@example.org"), Some(7))
    );
}

/// The account of the token `T` by a profile with this status and body.
fn whoami(status: u16, body: &str) -> Result<String, Failure> {
    let answer = answers(status, body);
    let script = Script::new().expects_fetch(PROFILE, move |sent| {
        assert_eq!(sent.headers, [("Authorization".to_owned(), "Bearer T".to_owned())]);
        answer(sent)
    });
    let request =
        request(Action::Whoami, "https://cloud.example/").token(Token::parse("T").unwrap());
    script.run(|session| RemoteProvider.whoami(&request, session))
}

#[test]
fn the_account_is_what_names_the_user_in_the_profile() {
    for (body, account) in [
        (r#"{"email":"a@b.example","id":"1","user_id":"2"}"#, "a@b.example"),
        (r#"{"email":"","id":"1","user_id":"2"}"#, "1"),
        (r#"{"email":null,"user_id":"2"}"#, "2"),
        (r#"{"id":7}"#, "7"),
    ] {
        assert_eq!(whoami(200, body).as_deref(), Ok(account), "{body}");
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
        assert_eq!(whoami(status, body).unwrap_err().kind, kind, "{status} {body}");
    }
}

#[test]
fn the_account_of_no_token_is_not_looked_up() {
    let request = request(Action::Whoami, BASE);
    let failure = Script::new().run(|session| RemoteProvider.whoami(&request, session));
    assert_eq!(failure.unwrap_err().kind, FailureKind::Internal);
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
        let failure = run(query).unwrap_err();
        assert_eq!((failure.kind, failure.message.as_str()), (kind, message), "{query:?}");
    }
}

#[test]
fn a_space_in_a_token_is_read_as_an_unescaped_plus_sign() {
    let sign_in = run(&[("token", "a b=")]).unwrap();
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

/// The renewal of a token of Ada, at a server that answers so.
fn renewed(status: u16, body: &str) -> Result<SignIn, Failure> {
    let answer = answers(status, body);
    let old = refreshable("ada", 2_000_000);
    let sent_body = new_token(&old);
    let script = Script::new().expects_fetch(REFRESH, move |sent| {
        assert_eq!(sent.body.as_deref(), Some(sent_body.as_str()));
        assert_eq!(sent.headers, [("Content-Type".to_owned(), "application/json".to_owned())]);
        answer(sent)
    });
    script.run(|session| refresh(BASE, &old, session))
}

#[test]
fn a_whole_token_is_exchanged_for_a_new_one_by_one_request() {
    let new = refreshable("ada", 3_000_000);
    assert_eq!(renewed(200, &new_token(&new)).unwrap().token, new);
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
        assert_eq!(renewed(status, body).unwrap_err().kind, kind, "{status} {body}");
    }
}

#[test]
fn a_token_without_a_refresh_token_is_not_sent() {
    let token = Token::parse("T").unwrap();
    let failure = Script::new().run(|session| refresh(BASE, &token, session)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unsupported);
}

#[test]
fn a_token_is_revoked_if_its_profile_is_returned_before_and_refused_afterwards() {
    for (before, posted, profile, expected, requests) in [
        (Some(200), 200, 401, None, 3),
        (Some(200), 204, 401, None, 3),
        (Some(200), 200, 200, Some(FailureKind::InvalidAnswer), 3),
        (Some(200), 200, 403, Some(FailureKind::InvalidAnswer), 3),
        (Some(200), 200, 503, Some(FailureKind::Unreachable), 3),
        (Some(200), 404, 401, Some(FailureKind::Unsupported), 2),
        (Some(200), 405, 401, Some(FailureKind::Unsupported), 2),
        (Some(200), 401, 401, Some(FailureKind::InvalidAnswer), 2),
        (Some(200), 429, 401, Some(FailureKind::Unreachable), 2),
        (Some(200), 500, 401, Some(FailureKind::Unreachable), 2),
        // It is revoked all the same, and its refusal afterwards would be no proof.
        (Some(401), 200, 401, Some(FailureKind::InvalidAnswer), 2),
        (Some(503), 200, 401, Some(FailureKind::InvalidAnswer), 2),
        (None, 200, 401, Some(FailureKind::InvalidAnswer), 2),
        (Some(401), 404, 401, Some(FailureKind::Unsupported), 2),
    ] {
        let mut script = Script::new().expects_fetch(PROFILE, answers(before.unwrap_or(0), "{}"));
        if before.is_none() {
            script = script.fails_with(Failure::unreachable("lost"));
        }
        let token = refreshable("ada", 2_000_000);
        let sent_body = new_token(&token);
        script = script.expects_fetch(REVOKE, move |sent| {
            assert_eq!(sent.body.as_deref(), Some(sent_body.as_str()));
            HttpResponse::new(posted, "")
        });
        if requests == 3 {
            script = script.expects_fetch(PROFILE, answers(profile, ""));
        }
        let failure = script.run(|session| revoke(BASE, &token, session)).err();
        assert_eq!(failure.map(|it| it.kind), expected, "{before:?} {posted} {profile}");
    }
}

#[test]
fn a_revocation_that_is_cancelled_before_it_began_sends_nothing_more() {
    let cancelled = Failure::cancelled("The person cancelled.");
    let script = Script::new().expects_fetch(PROFILE, answers(0, "")).fails_with(cancelled.clone());
    let token = Token::parse("T").unwrap();
    assert_eq!(script.run(|session| revoke(BASE, &token, session)), Err(cancelled));
}

#[test]
fn a_refresh_token_that_is_not_replaced_is_kept() {
    let access = refreshable("ada", 3_000_000).bearer();
    let text = serde_json::json!({ "token": access.expose() }).to_string();
    let renewed = renewed(200, &text).unwrap().token;
    assert_eq!(renewed.bearer(), access);
    assert!(renewed.claims().refreshable);
}
