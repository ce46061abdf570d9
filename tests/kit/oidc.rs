//! The example `oidc`: the device flow, renewal, revocation, the account and a recording, and each of their steps gone wrong. The
//! example itself tests its browser flow.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mesheryctl_plugin_sdk::provider::{Action, Provider, Request};
use mesheryctl_plugin_sdk::serde_json::{Value, json};
use mesheryctl_plugin_sdk::session::{HttpRequest, HttpResponse, Query};
use mesheryctl_plugin_sdk::testing::{Recorder, Script, every_step, fields, parameters};

use super::{library, login};

const ISSUER: &str = "https://id.example.org";

fn request(flow: &str, scope: &str) -> Request {
    let settings = [("issuer", ISSUER), ("client_id", "us"), ("scope", scope), ("flow", flow)];
    login(&library("oidc-provider"), &settings)
}

fn answer(body: &Value) -> HttpResponse {
    HttpResponse::new(200, body.to_string()).with_header("content-type", "application/json")
}

/// A script that begins with the metadata.
fn discovery() -> Script {
    let url = |path: &str| format!("{ISSUER}/{path}");
    let metadata = json!({
        "issuer": ISSUER, "authorization_endpoint": url("go"), "token_endpoint": url("token"),
        "device_authorization_endpoint": url("device"), "revocation_endpoint": url("revoke"),
        "userinfo_endpoint": url("me"), "code_challenge_methods_supported": ["S256"],
    });
    let discovery = "GET https://id.example.org/.well-known/openid-configuration";
    Script::new().expects_fetch(discovery, move |_| answer(&metadata))
}

fn tokens(_: &HttpRequest) -> HttpResponse {
    answer(&json!({
        "access_token": "acc3ss-acc3ss-acc3ss", "refresh_token": "r3fresh-r3fresh", "token_type": "Bearer",
        "expires_in": 300,
    }))
}

fn browser_flow() -> Script {
    discovery()
        .expects_visit("https://id.example.org/go", |url| {
            let sent = parameters(url);
            assert_eq!(sent.get("code_challenge_method"), Some("S256"));
            let state = sent.get("state").unwrap_or_default().to_owned();
            Query::new(vec![("state".into(), state), ("code".into(), "c0de-c0de".into())])
        })
        .expects_fetch("POST https://id.example.org/token", |request| {
            assert_eq!(fields(request).get("code"), Some("c0de-c0de"));
            tokens(request)
        })
}

#[test]
fn the_device_flow_is_sound_at_every_step_and_waits_on_the_clock_of_the_script() {
    let pending = json!({ "error": "authorization_pending" }).to_string();
    let script = discovery()
        .expects_fetch("POST https://id.example.org/device", |_| {
            answer(&json!({
                "device_code": "d3vice", "user_code": "WDJB-MJHT", "expires_in": 600,
                "verification_uri": "https://id.example.org/enter",
            }))
        })
        .expects_code("https://id.example.org/enter", "WDJB-MJHT")
        .expects_fetch("POST https://id.example.org/token", move |_| {
            HttpResponse::new(400, pending.clone()).with_header("content-type", "application/json")
        })
        .expects_fetch("POST https://id.example.org/token", tokens);
    let (oidc, request) = (library("oidc-provider"), request("device", "email"));
    let sign_in = script.run(|it| oidc.login(&request, it)).unwrap();
    // Two pauses of five seconds, and a token of five minutes.
    assert_eq!(sign_in.expires_at, Some(1_900_000_310));
    every_step(&oidc, &request, &script).assert_sound();
}

/// A request of this action, after a sign-in.
fn later(action: Action) -> Request {
    let oidc = library("oidc-provider");
    let mut request = request("browser", "email");
    let sign_in = browser_flow().run(|it| oidc.login(&request, it)).unwrap();
    request.action = action;
    request.token(sign_in.token).stored_state(sign_in.stored_state.unwrap())
}

#[test]
fn renewal_revocation_and_the_account_are_sound_at_every_step() {
    let oidc = library("oidc-provider");
    let revoked = |_: &HttpRequest| HttpResponse::new(200, "");
    let revoke = "POST https://id.example.org/revoke";
    let me = |_: &HttpRequest| answer(&json!({ "sub": "1", "email": "ada@example.org" }));
    for (action, script) in [
        (Action::Refresh, discovery().expects_fetch("POST https://id.example.org/token", tokens)),
        (Action::Logout, discovery().expects_fetch(revoke, revoked).expects_fetch(revoke, revoked)),
        (Action::Whoami, discovery().expects_fetch("GET https://id.example.org/me", me)),
    ] {
        every_step(&oidc, &later(action), &script).assert_sound();
    }
}

#[test]
fn a_recorded_sign_in_with_an_id_token_is_replayed_and_has_no_secret_in_it() {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let script = discovery()
        .expects_visit("https://id.example.org/go", |url| {
            let sent = parameters(url);
            // This identity provider puts the nonce into the code, and so into the ID token.
            let code = format!("c0de-{}", sent.get("nonce").unwrap_or_default());
            let state = sent.get("state").unwrap_or_default().to_owned();
            Query::new(vec![("state".into(), state), ("code".into(), code)])
        })
        .expects_fetch("POST https://id.example.org/token", move |request| {
            let code = fields(request).get("code").unwrap_or_default().to_owned();
            let claims = json!({
                "iss": ISSUER, "aud": "us", "sub": "1", "email": "ada@example.org", "iat": 1_900_000_000,
                "exp": 1_900_000_300, "nonce": code.strip_prefix("c0de-"),
            });
            let id_token = format!("{}.{}.s1gnature", part(&json!({ "alg": "RS256" })), part(&claims));
            answer(&json!({
                "access_token": "acc3ss-acc3ss", "token_type": "Bearer", "expires_in": 300, "id_token": id_token,
            }))
        });
    let (oidc, request) = (library("oidc-provider"), request("browser", "openid"));
    let mut real = script.session();
    let mut recorder = Recorder::new(&mut real, &request);
    let recorded = oidc.login(&request, &mut recorder).unwrap();
    let recording = recorder.recording();
    for secret in ["acc3ss", "s1gnature", "c0de-"] {
        assert!(!recording.contains(secret), "{secret} is in {recording}");
    }
    let replayed = Script::replay(&recording).unwrap();
    let sign_in = replayed.run(|it| oidc.login(&request, it)).unwrap();
    assert_eq!((sign_in.account, sign_in.expires_at), (recorded.account, recorded.expires_at));
    assert!(sign_in.token.expose().starts_with("canary-"));
    every_step(&oidc, &request, &replayed).assert_sound();
}
