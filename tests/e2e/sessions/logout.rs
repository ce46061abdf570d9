//! The end of a session: what a logout asks of the provider, and what it says about the token.

use std::fs;

use mesheryctl_tests::*;
use serde_json::{Value, json};

use crate::sessions::whoami::{json_of, sign_in};
use crate::sign_in::layer5::saved;

fn logout(home: &Home) -> Program<'_> {
    home.mesheryctl().args(["system", "logout"])
}

fn posted(cloud: &Cloud) -> usize {
    cloud.requests().iter().filter(|it| it.path == "/revoke").count()
}

#[test]
fn a_logout_says_what_became_of_the_token_and_always_clears_it_here() {
    for (answer, name, said) in [
        (Revoke::Revokes, "revoked", "The token was revoked at Layer5.\n"),
        (
            Revoke::Pretends,
            "unconfirmed",
            "Layer5 was asked to revoke the token, and did not confirm it: ",
        ),
        (
            Revoke::Missing,
            "unsupported",
            "Layer5 revokes no tokens. The token stays valid; it expires in ",
        ),
        (
            Revoke::Down503,
            "unreachable",
            "Layer5 was not told: The provider answered 503 instead of a confirmation. The token stays valid",
        ),
        (Revoke::Silent, "unreachable", "Layer5 was not told: "),
    ] {
        let cloud = Cloud::start().issuing_for(7300).revoking(answer);
        let home = Home::new();
        sign_in(&home, &cloud);
        let output = logout(&home).args(["-o", "json"]).run().exited(0);
        assert!(output.stderr.contains(said), "{answer:?}: {output}");
        let json = json_of(&output);
        assert_eq!((&json["signed_out"], &json["revocation"]), (&json!(true), &json!(name)));
        assert_eq!(home.auth_text(), "");
        assert!(!home.meshery().join("auth.json.kept").exists());
        assert_eq!(posted(&cloud), 1, "{answer:?}");
    }
    // A provider that is down.
    let home = Home::new();
    let cloud = Cloud::start().issuing_for(7300);
    sign_in(&home, &cloud);
    drop(cloud);
    let output = logout(&home).run().exited(0);
    assert!(output.stderr.contains("Layer5 was not told: Cannot reach Layer5: "), "{output}");
    assert_eq!(home.auth_text(), "");
}

#[test]
fn a_token_that_was_brought_is_revoked_only_on_request() {
    let cloud = Cloud::start().accepts("T0123456789abcdef").revoking(Revoke::Revokes);
    let home = Home::new();
    let bring = || {
        let login = home.mesheryctl().args(["system", "login", "-p", "Layer5", "--with-token"]);
        let login = login.env("MESHERYCTL_LAYER5_URL", cloud.url());
        let _ = login.args(["--no-verify"]).stdin("T0123456789abcdef").run().exited(0);
    };
    bring();
    let output = logout(&home).run().exited(0);
    let said = "You brought it, so others may use it (to revoke it: --revoke).";
    assert!(output.stderr.contains(said), "{output}");
    assert_eq!((posted(&cloud), home.auth_text().as_str()), (0, ""));
    bring();
    let revoke = || logout(&home).args(["--revoke"]).env("MESHERYCTL_LAYER5_URL", cloud.url());
    let output = revoke().run().exited(0);
    assert!(output.stderr.contains("The token was revoked at Layer5."), "{output}");
    assert_eq!((posted(&cloud), home.auth_text().as_str()), (1, ""));
}

#[test]
fn with_revoke_a_token_that_was_not_revoked_is_kept() {
    for answer in [Revoke::Pretends, Revoke::Missing, Revoke::Down503] {
        let cloud = Cloud::start().issuing_for(7300).revoking(answer);
        let home = Home::new();
        sign_in(&home, &cloud);
        let before = home.snapshot();
        let output = logout(&home).args(["--revoke"]).run().exited(5);
        assert!(output.stderr.contains("Try again:"), "{output}");
        assert!(output.stderr.contains("mesheryctl system logout --local"), "{output}");
        assert_unchanged(&before, &home.snapshot());
        let _ = logout(&home).args(["--local"]).run().exited(0);
        assert_eq!((posted(&cloud), home.auth_text().as_str()), (1, ""));
    }
}

#[test]
fn all_token_files_are_cleared_each_once() {
    let home = Home::new();
    home.write_config(
        "contexts:\n  a: {token: default}\n  b: {token: prod}\n  c: {token: prod}\n  d: {}\n\
         current-context: a\ntokens:\n- name: default\n  location: auth.json\n\
         - name: prod\n  location: prod.json\n",
    );
    home.write_auth(saved("T0123456789abcdef"));
    fs::write(home.meshery().join("prod.json"), saved("T-prod-0123456789")).unwrap();
    let output = logout(&home).args(["--all", "-o", "json"]).run().exited(0);
    let all = json_of(&output)["sessions"].as_array().unwrap().clone();
    let files: Vec<&str> = all.iter().map(|it| it["token_file"].as_str().unwrap()).collect();
    assert_eq!(all.len(), 2, "{output}");
    assert!(files[0].ends_with("/auth.json") && files[1].ends_with("/prod.json"), "{files:?}");
    assert!(all.iter().all(|it| it["signed_out"] == Value::Bool(true)), "{output}");
    assert_eq!(fs::read_to_string(home.meshery().join("prod.json")).unwrap(), "");
    let _ = logout(&home).args(["--all", "-c", "a"]).run().exited(2);
}

#[test]
fn a_signal_during_a_later_file_ends_the_command_and_keeps_that_file() {
    let cloud = Cloud::start().issuing_for(7300).revoking(Revoke::Silent);
    let home = Home::new();
    sign_in(&home, &cloud);
    for suffix in ["", ".kept"] {
        let file = |name: &str| home.meshery().join(format!("{name}{suffix}"));
        fs::rename(file("auth.json"), file("prod.json")).unwrap();
    }
    home.write_config(
        "contexts:\n  b: {token: prod}\ntokens:\n- name: prod\n  location: prod.json\n",
    );
    home.write_auth(saved("T0123456789abcdef"));
    let prod = fs::read_to_string(home.meshery().join("prod.json")).unwrap();
    let running = logout(&home).args(["--all"]).spawn();
    let _ = cloud.wait_for_request("/revoke");
    running.kill(Signal::INT);
    let output = running.wait().exited(130);
    assert!(output.stderr.ends_with("\nCancelled.\n"), "{output}");
    assert_eq!(home.auth_text(), "");
    assert_eq!(fs::read_to_string(home.meshery().join("prod.json")).unwrap(), prod);
}
