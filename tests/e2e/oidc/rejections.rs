//! Errors of an identity provider, as Keycloak and Dex answer: a denial, a wrong setting and a code that is no
//! longer valid are told apart, in the terminal and in the browser.

use mesheryctl_tests::*;
use serde_json::{Value, json};

use crate::oidc::certified_provider::{after, login};

const DISCOVERY: &str = "/.well-known/openid-configuration";
const DENIED: &str = "Sign-in was denied";
const UNFINISHED: &str = "The sign-in did not finish.";

fn error(code: &str, description: &str) -> Value {
    json!({ "error": code, "error_description": description })
}

/// Asserts the exit code, the message, and the settings in the suggested command.
#[track_caller]
fn assert_ends(output: &Output, code: i32, words: &str, settings: &[&str]) {
    assert_eq!(output.code, Some(code), "{words}: {output}");
    assert!(output.stderr.contains(words), "{words}: {output}");
    for key in ["issuer", "client_id", "scope", "token", "flow"] {
        let gap = format!(" --set {key}=…");
        assert_eq!(output.stderr.contains(&gap), settings.contains(&key), "{key}: {output}");
    }
    let label = if settings.is_empty() { "  Try again:  " } else { "  Correct it:  " };
    assert!(output.stderr.contains(label), "{words}: {output}");
}

#[test]
fn a_wrong_issuer_is_named_with_the_address_that_was_asked() {
    let home = Home::new();
    let page = "returned status 404 without a reason.";
    for (status, answer, code, words, settings) in [
        (
            404,
            json!({"error": "Realm does not exist"}),
            2,
            "returned an error: Realm does not exist.",
            &["issuer"][..],
        ),
        (404, json!({"error": "HTTP 404 Not Found"}), 2, "HTTP 404 Not Found.", &["issuer"]),
        (404, json!("Not Found"), 2, page, &["issuer"]),
        (200, json!({"kind": "another API"}), 2, "a missing or invalid member.", &["issuer"]),
        (
            403,
            error("access_denied", "Realm not enabled"),
            4,
            "Sign-in was denied (Realm not enabled).",
            &[],
        ),
    ] {
        let impostor = Impostor::start(ImpostorFault::None).answering(DISCOVERY, status, answer);
        let output = login(&home, &impostor.issuer()).run();
        assert_ends(&output, code, words, settings);
        let asked = format!("not an OpenID provider: {}{DISCOVERY} ", impostor.issuer());
        assert_eq!(output.stderr.contains(&asked), code == 2, "{output}");
        assert_eq!(impostor.requests().len(), 1);
    }
}

#[test]
fn an_issuer_that_cannot_be_reached_is_diagnosed_without_a_hint_at_a_check_that_never_asks_it() {
    let home = Home::new();
    let closed = ClosedPort::start();
    let (front, _cloud) = (Authority::called("Example Corp Root CA"), Cloud::start());
    let front = TlsFront::before(&_cloud.url(), front.certificate());
    let down = Impostor::start(ImpostorFault::None).answering(DISCOVERY, 503, json!({}));
    for (issuer, words, next) in [
        ("https://id.invalid".to_owned(), "cannot be resolved: the name is wrong", "Try again:"),
        (closed.endpoint(), "refused the connection.", "Try again:"),
        (front.url(), "presented a certificate issued by Example Corp Root CA,", "--ca-file "),
        (down.issuer(), "is temporarily unavailable (status 503).", "Try again:"),
    ] {
        let output = login(&home, &issuer).run().exited(5);
        assert!(output.stderr.contains(&format!("{issuer}{DISCOVERY} {words}")), "{output}");
        assert!(output.stderr.contains(next), "{output}");
        assert!(!output.stderr.contains("system check"), "{output}");
    }
}

/// A browser login at this impostor: its output, and the page in the tab at the end.
fn browser_login(home: &Home, impostor: &Impostor) -> (Output, String) {
    let running = login(home, &impostor.issuer()).args(["--no-browser"]).spawn();
    let said = running.wait_for_stderr("Waiting for sign-in");
    let start = after(&said, "Open this URL in a browser on this computer:");
    let page = Visitor::new().follow(&start).pop().unwrap();
    (running.wait(), page.response.body)
}

#[test]
fn only_a_denial_is_called_one_in_the_terminal_and_in_the_tab() {
    let home = Home::new();
    home.write_auth("old bytes");
    let all = &["issuer", "client_id", "scope"][..];
    for (path, status, answer, code, words, settings) in [
        ("/authorize", 0, error("access_denied", "no"), 4, "Sign-in was denied (no).", &[][..]),
        ("/authorize", 0, error("consent_required", "d"), 4, "Sign-in was denied: consent_r", &[]),
        ("/authorize", 0, error("invalid_scope", "Invalid scopes: x"), 2, "scopes: x", &["scope"]),
        (
            "/authorize",
            0,
            error("unauthorized_client", "d"),
            2,
            "this client: unau",
            &["client_id"],
        ),
        (
            "/authorize",
            0,
            error("invalid_request", "d"),
            2,
            "the request: invalid_request (d)",
            all,
        ),
        ("/token", 401, error("invalid_client", "d"), 2, "this client: invalid", &["client_id"]),
        (
            "/token",
            401,
            error("unauthorized_client", "Invalid client secret"),
            2,
            "this client: unauthorized_client (Invalid client secret)",
            &["client_id"],
        ),
        ("/token", 400, error("invalid_scope", "d"), 2, "scopes: invalid_scope (d)", &["scope"]),
        (
            "/token",
            400,
            error("not_allowed", "Offline tokens not allowed"),
            2,
            "scopes: not_allowed (Offline tokens not allowed)",
            &["scope"],
        ),
        ("/token", 400, error("invalid_grant", "Code not valid"), 3, "(Code not valid)", &[]),
        ("/token", 400, error("invalid_grant", "User disabled"), 3, "(User disabled)", &[]),
        ("/token", 403, error("access_denied", "Realm not enabled"), 4, "(Realm not en", &[]),
    ] {
        let impostor = Impostor::start(ImpostorFault::None).answering(path, status, answer);
        let (output, page) = browser_login(&home, &impostor);
        assert_ends(&output, code, words, settings);
        assert_eq!(output.stderr.contains(DENIED), code == 4, "{output}");
        assert!(page.contains(if code == 4 { DENIED } else { UNFINISHED }), "{words}: {page}");
        assert_eq!(home.auth_text(), "old bytes");
    }
}

#[test]
fn a_device_endpoint_that_refuses_the_client_or_the_scope_names_the_setting() {
    let home = Home::new();
    for (status, answer, words, settings) in [
        (401, error("invalid_client", "d"), "this client: invalid_client (d)", &["client_id"]),
        (401, error("unauthorized_client", "d"), "this client: unauth", &["client_id"]),
        (400, error("invalid_scope", "d"), "scopes: invalid_scope (d)", &["scope"]),
    ] {
        let impostor = Impostor::start(ImpostorFault::None).answering("/device", status, answer);
        let output = login(&home, &impostor.issuer()).args(["--device"]).run();
        assert_ends(&output, 2, words, settings);
        assert!(!output.stderr.contains("Code: "), "{output}");
    }
}

#[test]
fn the_command_that_corrects_a_setting_replaces_its_value_and_keeps_the_other_flags() {
    let home = Home::new();
    let impostor = Impostor::start(ImpostorFault::None);
    let impostor = impostor.answering("/device", 401, error("invalid_client", "d"));
    let output = login(&home, &impostor.issuer()).args(["--device", "--timeout", "90s"]).run();
    let command = format!(
        "  Correct it:  mesheryctl system login --provider oidc --set 'issuer={}' \
         --set client_id=… --timeout 90s --device\n",
        impostor.issuer()
    );
    let command = command.replace("--timeout 90s --device", "--device --timeout 90s");
    assert!(output.exited(2).stderr.contains(&command), "{command}");
}

#[test]
fn a_wrong_value_of_a_setting_is_refused_before_the_first_request() {
    let home = Home::new();
    for (setting, key, words) in [
        ("token=both", "token", "The setting token must be one of: access, id."),
        ("flow=sideways", "flow", "The setting flow must be one of: auto, browser, device."),
    ] {
        let impostor = Impostor::start(ImpostorFault::None);
        let output = login(&home, &impostor.issuer()).args(["--set", setting]).run();
        assert_ends(&output, 2, words, &[key]);
        assert_eq!(impostor.requests().len(), 0, "{setting}");
    }
}

#[test]
fn the_suggested_command_keeps_every_flag_that_was_typed() {
    let home = Home::new();
    let impostor = Impostor::start(ImpostorFault::None).polls(&["access_denied"]);
    let ca = home.path().join("own ca.pem");
    std::fs::write(&ca, Authority::called("Own").pem()).unwrap();
    let ca = ca.to_str().unwrap();
    let args = ["--device", "--ca-file", ca, "--timeout", "2m", "--no-server-check", "-v"];
    let output = login(&home, &impostor.issuer()).args(args).args(["--set", "scope=openid"]).run();
    let command = format!(
        "  Try again:  mesheryctl system login --provider oidc --set 'client_id=mesheryctl' \
         --set 'issuer={}' --set 'scope=openid' --ca-file '{ca}' --verbose --device \
         --no-server-check --timeout 120s\n",
        impostor.issuer()
    );
    let output = output.exited(4);
    assert!(output.stderr.contains(&command), "{command}\n{output}");
}
