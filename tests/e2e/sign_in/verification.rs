//! The verification of a token before "Signed in" is said, by the context's server or the provider.

use mesheryctl_tests::*;
use serde_json::{Value, json};

use crate::sign_in::layer5::{login, printed, saved};

const TOKEN: &str = "T0123456789abcdef";

/// A login by the browser, with this exit code.
fn signed_in(home: &Home, run: Program<'_>, code: i32) -> Output {
    let browser = Browser::waiting(home);
    let running = run.spawn();
    Visitor::new().follow(&browser.opened());
    running.wait().exited(code)
}

/// A login with this token on standard input.
fn brought<'h>(home: &'h Home, cloud: &str, token: &str) -> Program<'h> {
    let login = home.mesheryctl().args(["system", "login", "-p", "Layer5", "--with-token"]);
    login.args(["-o", "json"]).stdin(token).env("MESHERYCTL_LAYER5_URL", cloud)
}

fn json_of(output: &Output) -> Value {
    serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output}"))
}

/// `verified` and `verified_by` of a login.
fn verified(said: &Value) -> (&Value, &Value) {
    (&said["verified"], &said["verified_by"])
}

/// The paths that were requested of the cloud with a token.
fn profiles(cloud: &Cloud) -> usize {
    cloud.requests().iter().filter(|it| it.path == "/api/identity/users/profile").count()
}

fn kept(home: &Home) -> Value {
    let text = std::fs::read_to_string(home.meshery().join("auth.json.kept")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_profile_that_names_the_account_verifies_the_token_with_one_request() {
    for token in [token::opaque("x"), token::jwt(&token::claims("other@example.org", None))] {
        let home = Home::new();
        let cloud = Cloud::start().issuing(token).email("you@example.org");
        let output = signed_in(&home, login(&home, &cloud).args(["-o", "json"]), 0);
        let said = json_of(&output);
        assert_eq!(verified(&said), (&json!(true), &json!("layer5")));
        assert_eq!(said["account"], "you@example.org");
        assert!(
            output.stderr.starts_with("Signed in to Layer5")
                || output.stderr.contains("\nSigned in to Layer5 as you@example.org."),
            "{output}"
        );
        assert_eq!(profiles(&cloud), 1);
    }
}

#[test]
fn a_server_that_accepts_the_token_of_a_known_account_leaves_the_provider_unasked() {
    let cloud = Cloud::start();
    let server = MesheryServer::start().provider("Layer5", cloud.url()).accepts(cloud.token());
    let home = Home::new();
    home.write_config(&config_for(&server.endpoint()));
    let output = signed_in(&home, login(&home, &cloud).args(["-o", "json"]), 0);
    assert_eq!(verified(&json_of(&output)), (&json!(true), &json!(server.endpoint())));
    assert_eq!(profiles(&cloud), 0);
    assert_eq!(kept(&home)["verified_by"], server.endpoint());
}

#[test]
fn an_issued_token_without_a_verdict_is_saved_and_nobody_is_called_signed_in() {
    use ProfileFault::*;
    for (fault, why) in [
        (Refuses, "The provider did not accept the token (401)"),
        (Forbids403, "The provider answered 403 instead of a profile"),
        (Breaks500, "The provider answered 500 instead of a profile"),
        (Html, "The provider answered 200 without a profile of the account"),
    ] {
        let home = Home::new();
        let cloud = Cloud::start().profile_fault(fault);
        let browser = Browser::waiting(&home);
        let running = login(&home, &cloud).args(["-o", "json"]).spawn();
        let hops = Visitor::new().follow(&browser.opened());
        let output = running.wait().exited(0);
        assert_eq!(home.auth_text(), saved(&cloud.token()));
        assert_eq!(verified(&json_of(&output)), (&json!(false), &Value::Null));
        let said = format!("\nSaved, not verified: {why}.\n");
        assert!(output.stderr.contains(&said) && !output.stderr.contains("Signed in"), "{output}");
        let claim = "It says it is for you@example.org; not verified.\n";
        assert!(output.stderr.ends_with(claim), "{output}");
        let page = &hops.last().unwrap().response;
        assert_eq!(page.status, 200);
        assert!(page.body.contains("The token of Layer5 is saved, not verified."), "{}", page.body);
        assert!(!page.body.contains("Signed in"), "{}", page.body);
        let kept = kept(&home);
        assert_eq!((&kept["origin"], &kept["verified_at"]), (&json!("login"), &Value::Null));
        assert_eq!(profiles(&cloud), 1);
    }
}

#[test]
fn a_brought_token_that_the_provider_does_not_accept_is_rejected_and_not_saved() {
    let cloud = Cloud::start();
    let home = Home::new();
    home.write_auth("old bytes");
    let before = home.snapshot();
    std::fs::write(home.path().join("input"), saved(TOKEN)).unwrap();
    let file = home.mesheryctl().args(["system", "login", "-o", "json", "--token-file", "input"]);
    let file = file.env("MESHERYCTL_LAYER5_URL", cloud.url());
    for run in [brought(&home, &cloud.url(), TOKEN), file] {
        let output = run.run().exited(3);
        let error = &json_of(&output)["error"];
        assert_eq!(error["code"], "rejected");
        assert_eq!(error["message"], "Layer5 rejected the token. Nothing was saved.");
    }
    std::fs::remove_file(home.path().join("input")).unwrap();
    assert_unchanged(&before, &home.snapshot());
    assert_eq!(profiles(&cloud), 2);
}

#[test]
fn a_pasted_token_that_the_provider_does_not_accept_is_rejected() {
    let (home, cloud) = (Home::new(), Cloud::start());
    let screen = login(&home, &cloud).args(["--no-browser"]).on_terminal(24, 100);
    screen.wait_for("or press Ctrl-C to cancel.");
    screen.wait_for_mode(Mode { echo: false, lines: false, signals: true });
    screen.press([Key::Paste(TOKEN.to_owned()), Key::Enter]);
    assert_eq!(screen.wait(), 3, "{}", screen.contents());
    let said = "✗ Layer5 rejected the token. Nothing was saved.";
    assert!(screen.contents().contains(said), "{}", screen.contents());
    assert_eq!(home.auth_bytes(), None);
}

#[test]
fn a_brought_token_is_saved_as_verified_or_with_the_reason_why_not() {
    use ProfileFault::*;
    let silent = ClosedPort::start().endpoint();
    for (fault, expected) in
        [(None, true), (Some(Forbids403), false), (Some(Breaks500), false), (Some(Html), false)]
    {
        let mut cloud = Cloud::start().accepts(TOKEN);
        if let Some(fault) = fault {
            cloud = cloud.profile_fault(fault);
        }
        let home = Home::new();
        let output = brought(&home, &cloud.url(), TOKEN).run().exited(0);
        assert_eq!(json_of(&output)["verified"], expected, "{fault:?}");
        assert_eq!(output.stderr.contains("Signed in to Layer5"), expected, "{output}");
        assert_eq!(output.stderr.contains("Saved, not verified: "), !expected, "{output}");
        let kept = kept(&home);
        assert_eq!(kept["origin"], "brought");
        assert_eq!(kept["settings"]["url"], cloud.url());
        assert_eq!(kept["verified_at"].is_u64(), expected);
    }
    let home = Home::new();
    let output = brought(&home, &silent, TOKEN).run().exited(0);
    assert!(output.stderr.contains("Saved, not verified: Cannot reach Layer5: "), "{output}");
}

#[test]
fn a_silent_server_leaves_time_to_ask_the_provider_and_a_silent_provider_ends_the_wait() {
    let cloud = Cloud::start().accepts(TOKEN);
    let server =
        MesheryServer::start().provider("Layer5", cloud.url()).with_fault(ServerFault::TokenSilent);
    let home = Home::new();
    home.write_config(&config_for(&server.endpoint()));
    let output = brought(&home, &cloud.url(), TOKEN).run().exited(0);
    let said = json_of(&output);
    assert_eq!(verified(&said), (&json!(true), &json!("layer5")));
    assert!(said["server"]["why"].as_str().unwrap().contains("did not answer within"), "{said}");

    let cloud = cloud.profile_fault(ProfileFault::Silent);
    let output = brought(&home, &cloud.url(), TOKEN).run().exited(0);
    assert_eq!(json_of(&output)["verified"], false);
    assert!(output.stderr.contains("Saved, not verified: "), "{output}");
}

#[test]
fn with_no_verify_nobody_is_asked_and_nobody_is_called_signed_in() {
    let cloud = Cloud::start();
    let server = MesheryServer::start().provider("Layer5", cloud.url()).accepts(cloud.token());
    let home = Home::new();
    home.write_config(&config_for(&server.endpoint()));
    let run = login(&home, &cloud).args(["-o", "json", "--no-verify"]);
    let by_browser = signed_in(&home, run, 0);
    let piped = brought(&home, &cloud.url(), &cloud.token()).args(["--no-verify"]).run().exited(0);
    for output in [by_browser, piped] {
        let said = json_of(&output);
        assert_eq!(verified(&said), (&Value::Null, &Value::Null));
        assert_eq!(said["server"], Value::Null);
        assert!(output.stderr.contains("Saved, not verified.\n"), "{output}");
        assert!(!output.stderr.contains("Signed in"), "{output}");
    }
    assert_eq!((profiles(&cloud), server.requests().len()), (0, 0));
}

#[test]
fn a_token_with_a_refresh_part_that_is_past_its_time_is_expired_whoever_accepts_it() {
    let access = token::jwt(&token::claims("a@b.example", Some(1)));
    for token in [
        token::oauth(&access, Some("refresh"), None),
        token::oauth("opaque-0123456789", Some("refresh"), Some("2020-01-01T00:00:00Z")),
    ] {
        let cloud = Cloud::start().issuing(&token);
        let server = MesheryServer::start().provider("Layer5", cloud.url()).accepts(&token);
        let home = Home::new();
        home.write_config(&config_for(&server.endpoint()));
        let issued = signed_in(&home, login(&home, &cloud).args(["-o", "json"]), 3);
        let piped = brought(&home, &cloud.url(), &token).run().exited(3);
        for output in [issued, piped] {
            let error = &json_of(&output)["error"];
            assert_eq!(error["code"], "expired", "{output}");
            assert!(error["message"].as_str().unwrap().contains("Token expired"), "{output}");
        }
        assert_eq!((home.auth_bytes(), profiles(&cloud)), (None, 0));
        assert!(server.requests().iter().all(|it| it.path != "/api/token"));
    }
}

#[test]
fn what_cannot_be_a_token_is_refused_with_what_it_looks_like() {
    for (text, what) in [
        ("$MESHERY_TOKEN", "looks like a variable that was not replaced by its value"),
        ("${{ secrets.TOKEN }}", "looks like a variable that was not replaced by its value"),
        ("null", "is a word for no value, such as null"),
        ("undefined", "is a word for no value, such as null"),
        ("***", "looks like a token that was masked with asterisks"),
        ("abc", "is too short for a token"),
        ("correct-horse-battery-staple", "looks like words"),
        ("https://cloud.layer5.io/security/tokens", "looks like an address"),
        ("cloud.layer5.io/security/tokens", "looks like an address"),
    ] {
        let home = Home::new();
        let write = |text: &str| std::fs::write(home.path().join("input"), text).unwrap();
        let by_pipe = brought(&home, "http://localhost:1", text).run().exited(2);
        assert_eq!(
            json_of(&by_pipe)["error"]["message"],
            format!("Standard input {what}. Nothing was saved.")
        );
        assert_eq!(json_of(&by_pipe)["error"]["code"], "invalid_token");
        write(text);
        let file = || home.mesheryctl().args(["system", "login", "--token-file", "input"]);
        let by_file = file().run().exited(2);
        assert!(by_file.stderr.contains(&format!("input {what}. Nothing was saved.")), "{by_file}");
        let check = || home.mesheryctl().args(["system", "check"]);
        let by_variable = check().env("MESHERY_TOKEN", text).run().exited(3);
        assert!(
            by_variable.stdout.contains(&format!("!! MESHERY_TOKEN {what}. ")),
            "{by_variable}"
        );
        assert!(!by_variable.stdout.contains('✓'), "{by_variable}");
        if !text.contains(' ') {
            write(&saved(text));
            let in_json = file().run().exited(2);
            // A text that no auth.json can hold makes the file invalid.
            let (line, in_check) = match text.starts_with('$') {
                true => (format!("input has a token that {what}."), "not found: input has a token"),
                false => (
                    format!("The \"token\" of input {what}. Nothing was saved."),
                    "!! The \"token\" of input ",
                ),
            };
            assert!(in_json.stderr.contains(&line), "{in_json}");
            let checked = check().args(["--token", "input"]).run().exited(3);
            assert!(checked.stdout.contains(in_check), "{checked}");
            assert!(checked.stdout.contains(&format!("{what}. ")), "{checked}");
        }
        assert_eq!(home.auth_bytes(), None);
    }
}

#[test]
fn a_login_repairs_an_auth_json_that_the_go_cli_filled_with_html() {
    let (home, cloud) = (Home::new(), Cloud::start());
    home.write_auth("<!DOCTYPE html>\n<html><body>Meshery</body></html>\n");
    let screen = login(&home, &cloud).args(["--no-browser"]).on_terminal(24, 100);
    screen.wait_for("or press Ctrl-C to cancel.");
    Visitor::new().follow(printed(&screen.contents()));
    assert_eq!(screen.wait(), 0, "{}", screen.contents());
    assert_eq!(home.auth_text(), saved(&cloud.token()));
    assert_eq!(home.mode(".meshery/auth.json"), 0o600);
}
