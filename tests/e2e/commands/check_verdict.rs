//! What `system check` says about the token: expired, claimed, verified before, and verified now.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use mesheryctl_tests::*;
use serde_json::{Value, json};

use crate::sign_in::layer5::saved;

const TOKEN: &str = "T0123456789abcdef";

fn check(home: &Home) -> Program<'_> {
    home.mesheryctl().args(["system", "check"])
}

fn seconds_from_now(seconds: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    i64::try_from(now).unwrap() + seconds
}

fn jwt(exp: i64) -> String {
    token::jwt(&token::claims("you@corp.example", Some(exp)))
}

/// The record of a token in `auth.json.kept`.
fn write_kept(home: &Home, kept: &Value) {
    fs::write(home.meshery().join("auth.json.kept"), kept.to_string()).unwrap();
}

fn read_kept(home: &Home) -> Value {
    serde_json::from_str(&fs::read_to_string(home.meshery().join("auth.json.kept")).unwrap())
        .unwrap()
}

#[test]
fn an_expired_token_is_one_line_and_never_signed_in() {
    let refreshable = token::oauth(&jwt(1), Some("refresh"), None);
    let dated = token::oauth("opaque-0123456789", Some("r"), Some("2020-01-01T00:00:00Z"));
    let cloud = Cloud::start();
    let (sign_in, renew) =
        ("Sign in: mesheryctl system login", "Renew it: mesheryctl system token refresh");
    for (token, is_asked, remedy) in
        [(jwt(1), true, sign_in), (refreshable, false, renew), (dated, false, renew)]
    {
        let server = MesheryServer::start().provider("Layer5", cloud.url());
        let home = Home::new();
        home.write_config(&config_for(&server.endpoint()));
        home.write_auth(saved(&token));
        let output = check(&home).env("MESHERYCTL_LAYER5_URL", cloud.url()).run().exited(3);
        let about: Vec<&str> = output
            .stdout
            .lines()
            .filter(|it| it.starts_with("!!") || it.starts_with('✓'))
            .collect();
        let [line] = about.as_slice() else { panic!("one line: {output}") };
        assert!(
            line.starts_with("!! Token expired ")
                && line.ends_with(&format!("days ago (~/.meshery/auth.json). {remedy}")),
            "{line}"
        );
        assert!(output.stderr.contains(&remedy.replace(": ", ":  ")), "{output}");
        let asked = server.requests().iter().any(|it| it.path == "/api/token");
        assert_eq!(asked, is_asked, "{token}");
    }
}

#[test]
fn a_time_below_two_minutes_is_in_seconds() {
    let home = Home::new();
    home.write_auth(saved(&jwt(seconds_from_now(-30))));
    let output = check(&home).run().exited(3);
    let line = output.stdout.lines().find(|it| it.starts_with("!! ")).unwrap();
    assert!(line.starts_with("!! Token expired ") && line.contains(" seconds ago ("), "{line}");
    home.write_auth(saved(&jwt(seconds_from_now(100))));
    let output = check(&home).run().exited(0);
    let line = output.stdout.lines().find(|it| it.starts_with("- Expires in ")).unwrap();
    assert!(line.ends_with(" seconds. Sign in: mesheryctl system login"), "{line}");
}

#[test]
fn the_remedy_for_an_expired_variable_is_the_variable() {
    let home = Home::new();
    home.write_auth(saved(TOKEN));
    let run = check(&home).env("MESHERY_TOKEN", jwt(1)).env("MESHERY_PROVIDER", "Layer5");
    let output = run.run().exited(3);
    assert!(output.stdout.contains("!! MESHERY_TOKEN expired "), "{output}");
    assert!(!output.stdout.contains('✓'), "{output}");
    for remedy in ["Use the saved token:  unset MESHERY_TOKEN", "export MESHERY_TOKEN="] {
        assert!(output.stderr.contains(remedy), "{output}");
    }
    assert!(!output.stderr.contains("mesheryctl system login"), "{output}");
}

#[test]
fn a_variable_that_is_no_token_is_refused() {
    let home = Home::new();
    let output = check(&home)
        .env("MESHERY_TOKEN", "garbage")
        .env("MESHERY_PROVIDER", "Layer5")
        .run()
        .exited(3);
    assert!(output.stdout.contains("!! MESHERY_TOKEN is too short for a token. "), "{output}");
    assert!(!output.stdout.contains('✓'), "{output}");
}

#[test]
fn the_claims_of_an_unverified_token_are_shown_as_claims() {
    let token = token::jwt(&token::claims("you@corp.example", None));
    let server = MesheryServer::start().provider("Layer5", "http://localhost:1");
    let home = Home::new();
    home.write_auth(saved(&token));
    let output = check(&home).run().exited(0);
    for line in [
        "- The token of Layer5 is not verified (~/.meshery/auth.json). Verify it: ",
        "- It says it is for you@corp.example; not verified\n",
    ] {
        assert!(output.stdout.contains(line), "{output}");
    }
    server.accept(&token);
    home.write_config(&config_for(&server.endpoint()));
    let output = check(&home).run().exited(0);
    assert!(output.stdout.contains("✓ Signed in to Layer5 as you@corp.example ("), "{output}");
    assert!(!output.stdout.contains("It says"), "{output}");
}

#[test]
fn check_says_when_and_by_whom_the_token_was_verified_and_asks_the_provider_on_request() {
    let cloud = Cloud::start().accepts(TOKEN).email("you@example.org");
    let home = Home::new();
    let login = home.mesheryctl().args(["system", "login", "-p", "Layer5", "--with-token"]);
    let _ = login.env("MESHERYCTL_LAYER5_URL", cloud.url()).stdin(TOKEN).run().exited(0);
    let asked = cloud.requests().len();
    let before = home.snapshot();
    let json = |output: Output| serde_json::from_str::<Value>(&output.stdout).unwrap();
    let said = json(check(&home).args(["-o", "json"]).run().exited(0));
    assert_eq!((&said["verified"], &said["last_verified"]["by"]), (&Value::Null, &json!("layer5")));
    assert!(said["last_verified"]["at"].as_str().unwrap().ends_with('Z'), "{said}");
    let plain = check(&home).run().exited(0);
    let said = "✓ Signed in to Layer5 as you@example.org (~/.meshery/auth.json)\n";
    assert!(plain.stdout.contains(said), "{plain}");
    let last = plain.stdout.lines().find(|it| it.starts_with("- Last verified ")).unwrap();
    assert!(last.ends_with(" ago by Layer5"), "{last}");
    assert_eq!(cloud.requests().len(), asked);

    // The settings of the login are used, not those of today's environment.
    let verify = || check(&home).args(["--verify"]).run();
    let accepted = verify().exited(0);
    assert!(accepted.stdout.contains("✓ Accepted by Layer5\n"), "{accepted}");
    assert_eq!(cloud.requests().len(), asked + 1);
    let said = json(check(&home).args(["--verify", "-o", "json"]).run().exited(0));
    assert_eq!((&said["verified"], &said["verified_by"]), (&json!(true), &json!("layer5")));
    let cloud = cloud.profile_fault(ProfileFault::Breaks500);
    let unknown = verify().exited(0);
    let line = "- Not verified by Layer5: The provider answered 500 instead of a profile\n";
    assert!(unknown.stdout.contains(line), "{unknown}");
    let _cloud = cloud.profile_fault(ProfileFault::Refuses);
    let rejected = verify().exited(3);
    assert!(rejected.stdout.contains("!! Rejected by Layer5. Sign in: "), "{rejected}");
    assert!(!rejected.stdout.contains('✓'), "{rejected}");
    assert_unchanged(&before, &home.snapshot());
}

#[test]
fn a_token_that_the_provider_rejects_is_no_sign_in_although_the_server_accepts_it() {
    let cloud = Cloud::start().profile_fault(ProfileFault::Refuses);
    let server = MesheryServer::start().provider("Layer5", cloud.url()).accepts(TOKEN);
    let home = Home::new();
    home.write_auth(saved(TOKEN));
    home.write_config(&config_for(&server.endpoint()));
    let check = || check(&home).env("MESHERYCTL_LAYER5_URL", cloud.url());
    assert!(check().run().exited(0).stdout.contains("✓ Signed in to Layer5 ("));
    let output = check().args(["--verify"]).run().exited(3);
    assert!(output.stdout.contains("✓ Accepted by http://"), "{output}");
    assert!(output.stdout.contains("!! Rejected by Layer5. Sign in: "), "{output}");
    assert!(!output.stdout.contains("Signed in"), "{output}");
}

#[test]
fn a_record_of_an_earlier_version_is_read_and_one_of_another_token_is_ignored() {
    let home = Home::new();
    let login = home.mesheryctl().args(["system", "login", "-p", "Layer5", "--with-token"]);
    let _ = login.args(["--no-verify"]).stdin(TOKEN).run().exited(0);
    let hash = read_kept(&home)["token_sha256"].clone();
    let old = json!({"provider_id": "layer5", "token_sha256": hash, "account": "ada"});
    write_kept(&home, &old);
    let output = check(&home).run().exited(0);
    assert!(output.stdout.contains("- It says it is for ada; not verified\n"), "{output}");
    let mut verified = old.clone();
    verified["verified_at"] = json!(1_700_000_000);
    verified["verified_by"] = json!("http://localhost:9081");
    write_kept(&home, &verified);
    let output = check(&home).run().exited(0);
    assert!(output.stdout.contains("days ago by http://localhost:9081\n"), "{output}");
    assert!(output.stdout.contains(" as ada ("), "{output}");
    verified["token_sha256"] = json!("0".repeat(64));
    write_kept(&home, &verified);
    let output = check(&home).run().exited(0);
    let said = &output.stdout;
    assert!(!said.contains("Last verified") && !said.contains("ada"), "{output}");
}

#[test]
fn the_provider_is_asked_at_its_own_url_and_never_where_a_server_lists_its_name() {
    let own = Cloud::start().profile_fault(ProfileFault::Refuses);
    let listed = Cloud::start().profile_fault(ProfileFault::Refuses);
    let server = MesheryServer::start().provider("Layer5", listed.url());
    let server = server.with_fault(ServerFault::TokenRedirectLogin);
    let home = Home::new();
    home.write_config(&config_for(&server.endpoint()));
    home.write_auth(saved(TOKEN));
    let run = || check(&home).env("MESHERYCTL_LAYER5_URL", own.url());
    let _ = run().run().exited(3);
    let _ = run().args(["--verify"]).run().exited(3);
    fs::write(home.path().join("input"), saved(TOKEN)).unwrap();
    let login = home.mesheryctl().args(["system", "login", "--token-file", "input"]);
    let _ = login.env("MESHERYCTL_LAYER5_URL", own.url()).run();
    assert_eq!(own.requests().len(), 2);
    assert_eq!(listed.connections(), 0);
}
