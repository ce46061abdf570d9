use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::*;
use crate::failure::FailureKind;
use crate::provider::Action;
use crate::session::{HttpRequest, HttpResponse, Query};
use crate::testing::{Script, fields, parameters};

const ISSUER: &str = "https://id.example";
const DISCOVERY: &str = "GET https://id.example/.well-known/openid-configuration";
const BROWSER: &str = "https://id.example/auth";
const DEVICE: &str = "POST https://id.example/device";
const TOKEN: &str = "POST https://id.example/token";

/// A request with the settings that every manifest declares, and these.
fn request(action: Action, settings: &[(&str, &str)]) -> Request {
    let mut all = Settings::default().with("issuer", ISSUER).with("client_id", "us");
    all.set("scope", "openid email");
    settings.iter().for_each(|(key, value)| all.set(*key, *value));
    Request::new(action, all)
}

fn answer(body: &Value) -> HttpResponse {
    HttpResponse::new(200, body.to_string()).with_header("content-type", "application/json")
}

/// A script that begins with the metadata.
fn discovery(has_device_flow: bool) -> Script {
    let device = has_device_flow.then_some("https://id.example/device");
    let metadata = json!({
        "issuer": ISSUER, "authorization_endpoint": BROWSER, "token_endpoint": "https://id.example/token",
        "device_authorization_endpoint": device,
    });
    Script::new().expects_fetch(DISCOVERY, move |_| answer(&metadata))
}

#[test]
fn the_flow_is_that_of_the_setting_and_by_default_that_of_the_computer() {
    for (flow, has_browser, has_device_flow, uses_browser) in [
        (None, true, true, true),
        (None, false, true, false),
        (None, false, false, true),
        (Some("auto"), true, true, true),
        (Some("auto"), false, true, false),
        (Some("browser"), false, true, true),
        (Some("device"), true, true, false),
    ] {
        let settings: Vec<_> = flow.iter().map(|it| ("flow", *it)).collect();
        let mut request = request(Action::Login, &settings);
        request.browser = has_browser;
        let discovery = discovery(has_device_flow);
        let script = match uses_browser {
            true => discovery.expects_visit(BROWSER, |_| Query::default()),
            false => discovery.expects_fetch(DEVICE, |_| HttpResponse::new(200, "")),
        };
        let script = script.fails_with(Failure::timed_out("It took too long."));
        let failure = script.run(|it| OpenIdProvider.login(&request, it)).unwrap_err();
        assert_eq!(failure.kind, FailureKind::TimedOut, "{flow:?} {has_browser}");
    }
}

#[test]
fn a_wrong_value_of_a_setting_is_a_failure_before_the_first_request() {
    for (action, key) in
        [(Action::Login, "flow"), (Action::Login, "token"), (Action::Refresh, "token")]
    {
        let request = request(action, &[(key, "both")]);
        let failure = Script::new().run(|it| match action {
            Action::Login => OpenIdProvider.login(&request, it),
            _ => OpenIdProvider.refresh(&request, it),
        });
        let failure = failure.unwrap_err();
        assert_eq!(
            (failure.kind, &failure.settings),
            (FailureKind::Misconfigured, &vec![key.to_owned()])
        );
    }
}

/// The ID token for a sign-in with this nonce.
fn id_token(nonce: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({
        "iss": ISSUER, "aud": "us", "sub": "1", "email": "ada@example.org", "nonce": nonce,
        "iat": 1_900_000_000, "exp": 1_900_000_300,
    });
    format!("{}.{}.signature", part(&json!({ "alg": "RS256" })), part(&claims))
}

/// A sign-in in a browser, at an OpenID provider that puts the nonce into the code.
fn sign_in(settings: &[(&str, &str)], has_id_token: bool) -> Result<SignIn, Failure> {
    let script = discovery(false)
        .expects_visit(BROWSER, |url| {
            let sent = parameters(url);
            let sent = |name| sent.get(name).unwrap_or_default().to_owned();
            Query::new(vec![("state".into(), sent("state")), ("code".into(), sent("nonce"))])
        })
        .expects_fetch(TOKEN, move |request: &HttpRequest| {
            let nonce = fields(request).get("code").unwrap_or_default().to_owned();
            let id_token = has_id_token.then(|| id_token(&nonce));
            answer(&json!({
                "access_token": "access-1", "token_type": "Bearer", "expires_in": 60, "id_token": id_token,
            }))
        });
    script.run(|it| OpenIdProvider.login(&request(Action::Login, settings), it))
}

#[test]
fn the_token_is_that_of_the_setting_and_by_default_the_access_token() {
    for settings in [&[][..], &[("token", "access")]] {
        assert_eq!(sign_in(settings, true).unwrap().token.expose(), "access-1");
        assert_eq!(sign_in(settings, false).unwrap().account, None);
    }
    let with_id_token = sign_in(&[("token", "id")], true).unwrap();
    assert_eq!(with_id_token.token.expose().split('.').count(), 3);
    assert_eq!(with_id_token.account.as_deref(), Some("ada@example.org"));
    assert_eq!(with_id_token.expires_at, Some(1_900_000_060));
    let failure = sign_in(&[("token", "id")], false).unwrap_err();
    assert_eq!((failure.kind, &*failure.settings[0]), (FailureKind::Misconfigured, "scope"));
}

#[test]
fn the_account_of_a_token_of_another_sign_in_is_not_asked_for() {
    let request = request(Action::Whoami, &[]).token(Token::parse("access-1").unwrap());
    let failure = Script::new().run(|it| OpenIdProvider.whoami(&request, it)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unsupported);
}
