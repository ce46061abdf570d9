//! `system check` and `system logout`.

use mesheryctl_tests::*;

const TOKEN: &str = "T0123456789abcdef";
const LAYER5: &str = "{\"meshery-provider\":\"Layer5\",\"token\":\"T0123456789abcdef\"}\n";

const ENV: &str = "E0123456789abcdef";

fn check(home: &Home) -> Program<'_> {
    home.mesheryctl().args(["system", "check"])
}

#[test]
fn logout_empties_the_token_file_and_removes_the_stored_state() {
    let home = Home::new();
    let login = home.mesheryctl().args(["system", "login", "-p", "Layer5", "--with-token"]);
    let _ = login.args(["--no-verify"]).stdin(TOKEN).run().exited(0);
    assert!(home.meshery().join("auth.json.kept").exists());
    let output = home.mesheryctl().args(["system", "logout"]).run().exited(0);
    assert!(
        output.stderr.starts_with(&format!(
            "Signed out. Cleared the token in {}.\n",
            home.auth_json().display()
        )),
        "{output}"
    );
    assert_eq!(home.auth_bytes(), Some(Vec::new()));
    assert_eq!(home.mode(".meshery/auth.json"), 0o600);
    assert!(!home.meshery().join("auth.json.kept").exists());
}

#[test]
fn logout_without_a_token_reports_it_and_creates_no_file() {
    let home = Home::new();
    let before = home.snapshot();
    let output = home.mesheryctl().args(["system", "logout", "-o", "json"]).run().exited(0);
    let file = home.auth_json();
    let said = format!("Already signed out: {} has no token.\n", file.display());
    assert_eq!(output.stderr, said);
    let json: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(json["signed_out"], false);
    assert_unchanged(&before, &home.snapshot());
}

#[test]
fn logout_removes_the_stored_state_of_an_emptied_token_file() {
    let home = Home::new();
    let login = home.mesheryctl().args(["system", "login", "-p", "Layer5", "--with-token"]);
    let _ = login.args(["--no-verify"]).stdin(TOKEN).run().exited(0);
    home.write_auth("");
    let _ = home.mesheryctl().args(["system", "logout"]).run().exited(0);
    assert!(!home.meshery().join("auth.json.kept").exists());
}

#[test]
fn logout_empties_a_damaged_token_file() {
    let home = Home::new();
    home.write_auth("<html>");
    let _ = home.mesheryctl().args(["system", "logout"]).run().exited(0);
    assert_eq!(home.auth_bytes(), Some(Vec::new()));
}

#[test]
fn check_succeeds_when_signed_in_and_changes_nothing() {
    let home = Home::new();
    home.write_auth(LAYER5);
    let before = home.snapshot();
    let output = check(&home).run().exited(0);
    // The last line depends on the kernel.
    let (said, plugins) = output.stdout.split_once("- Plugins run ").unwrap();
    assert_eq!(
        said,
        "\nAuthentication\n--------------\n\
         - The token of Layer5 is not verified (~/.meshery/auth.json). Verify it: \
         mesheryctl system check --verify\n\
         - Not verified: no context names a Meshery Server\n\
         - Sign-in opens your browser\n"
    );
    assert_eq!(plugins.lines().count(), 1);
    assert_eq!(output.stderr, "");
    assert_unchanged(&before, &home.snapshot());
}

#[test]
fn check_exits_3_for_every_file_without_a_valid_token() {
    for bytes in [None, Some(""), Some("<html>"), Some("{"), Some("{\"token\":\"T\"}")] {
        let home = Home::new();
        if let Some(bytes) = bytes {
            home.write_auth(bytes);
        }
        let output = check(&home).run().exited(3);
        assert!(
            output.stdout.contains("!! Authentication token not found: ~/.meshery/auth.json "),
            "{output}"
        );
        assert!(output.stderr.contains("Sign in:  mesheryctl system login"), "{output}");
    }
}

#[test]
fn check_reports_the_servers_verdict_accepted_rejected_or_not_checked() {
    let cloud = Cloud::start().profile_fault(ProfileFault::Refuses);
    let server = MesheryServer::start().provider("Layer5", cloud.url()).accepts(TOKEN);
    let home = Home::new();
    home.write_auth(LAYER5);
    home.write_config(&config_for(&server.endpoint()));
    let check = |home| check(home).env("MESHERYCTL_LAYER5_URL", cloud.url());
    let accepted = check(&home).run().exited(0);
    assert!(
        accepted.stdout.contains(&format!("✓ Accepted by {}\n", server.endpoint())),
        "{accepted}"
    );
    server.revoke_tokens();
    let rejected = check(&home).run().exited(3);
    assert!(
        rejected.stdout.contains(&format!("!! Rejected by {}. Sign in: ", server.endpoint())),
        "{rejected}"
    );
    assert!(!rejected.stdout.contains('✓'), "{rejected}");
    server.set_fault(ServerFault::Token503);
    let unknown = check(&home).run().exited(0);
    assert!(unknown.stdout.contains("- Not verified: "), "{unknown}");
    home.write_config(&config_for(&ClosedPort::start().endpoint()));
    let down = check(&home).run().exited(0);
    assert!(down.stdout.contains(" is not answering. Try it by hand: curl -v "), "{down}");
}

#[test]
fn check_reports_a_token_file_that_others_can_read() {
    let home = Home::new();
    home.write_auth(LAYER5);
    set_mode(&home.auth_json(), 0o644);
    let output = check(&home).run().exited(0);
    assert!(
        output.stdout.contains("- ~/.meshery/auth.json is readable by other users (mode 0644)"),
        "{output}"
    );
}

#[test]
fn meshery_token_takes_precedence_over_the_token_file() {
    let server = MesheryServer::start().provider("Layer5", "http://localhost:1").accepts(ENV);
    let home = Home::new();
    home.write_auth(LAYER5);
    home.write_config(&config_for(&server.endpoint()));
    let output = check(&home).env("MESHERY_TOKEN", ENV).run().exited(0);
    assert!(output.stdout.contains("✓ Using MESHERY_TOKEN of Layer5\n"), "{output}");
    assert_eq!(server.wait_for_request("/api/token").cookie("token"), Some(ENV));
    let named =
        check(&home).env("MESHERY_TOKEN", ENV).env("MESHERY_PROVIDER", "Acme").run().exited(0);
    let said = "- Using MESHERY_TOKEN of Acme, which is not verified. Verify it: ";
    assert!(named.stdout.contains(said), "{named}");
    assert!(!format!("{output}{named}").contains(ENV));
}

#[test]
fn check_in_json_is_one_object_signed_in_or_not() {
    let home = Home::new();
    let failed = check(&home).args(["-o", "json"]).run().exited(3);
    let json: serde_json::Value = serde_json::from_str(&failed.stdout).unwrap();
    assert_eq!(
        (&json["error"]["code"], &json["error"]["exit"]),
        (&"not_signed_in".into(), &3.into())
    );
    home.write_auth(LAYER5);
    let good = check(&home).args(["-o", "json"]).run().exited(0);
    let json: serde_json::Value = serde_json::from_str(&good.stdout).unwrap();
    assert_eq!(json["authentication"][0]["status"], "note");
    assert_eq!((&json["provider"], &json["account"]), (&"Layer5".into(), &serde_json::Value::Null));
}
