//! The end of a session: what a logout asks of the provider, and what it says about the token.

use std::fs;

use mesheryctl_tests::*;
use serde_json::{Value, json};

use crate::oidc::certified_provider::login;
use crate::sessions::plugin::signed_in;
use crate::sessions::renewal::ended;
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
        // The request arrived, so what became of it is unknown.
        (
            Revoke::Silent,
            "unconfirmed",
            "Layer5 was asked to revoke the token, and did not confirm it: Cannot reach Layer5: ",
        ),
        (
            Revoke::Drops,
            "unconfirmed",
            "Layer5 was asked to revoke the token, and did not confirm it: Cannot reach Layer5: ",
        ),
        (
            Revoke::RevokesAndHangs,
            "unconfirmed",
            "Layer5 was asked to revoke the token, and did not confirm it: Cannot reach Layer5: ",
        ),
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
fn a_refusal_is_no_proof_of_a_revocation_if_the_token_was_refused_before() {
    let cloud = Cloud::start().issuing_for(7300).revoking(Revoke::Pretends);
    let home = Home::new();
    sign_in(&home, &cloud);
    let cloud = cloud.profile_fault(ProfileFault::Refuses);
    let asked = cloud.requests().len();
    let output = logout(&home).args(["-o", "json"]).run().exited(0);
    let said = "did not confirm it: The provider did not accept the token before either.";
    assert!(output.stderr.contains(said), "{output}");
    assert_eq!(json_of(&output)["revocation"], "unconfirmed");
    assert_eq!((posted(&cloud), cloud.requests().len() - asked), (1, 2));
}

#[test]
fn an_expired_token_may_have_a_refresh_token_that_is_valid() {
    let cloud = Cloud::start().issuing_for(7300);
    let home = ended(&cloud);
    let output = logout(&home).run().exited(0);
    let said = "Layer5 revokes no tokens. The access token has expired; its refresh token may still be valid.";
    assert!(output.stderr.contains(said), "{output}");
    home.write_auth(saved(&token::jwt(&token::claims("you@example.org", Some(1)))));
    let output = logout(&home).run().exited(0);
    assert!(output.stderr.ends_with("\nThe token has expired.\n"), "{output}");
}

#[test]
fn a_token_of_another_program_is_not_called_brought() {
    let home = Home::new();
    home.write_auth(saved("T0123456789abcdef"));
    let output = logout(&home).run().exited(0);
    let said = "This program did not obtain it, so others may use it (to revoke it: --revoke).";
    assert!(output.stderr.contains(said), "{output}");
}

#[test]
fn a_provider_that_cannot_be_asked_here_is_not_said_to_revoke_nothing() {
    let said = "Renewing cannot be asked here to revoke the token: it is not installed, not trusted or not set up. \
                The token stays valid; it expires in ";
    for args in [&["plugin", "untrust", "renewing"][..], &[]] {
        let home = signed_in("work");
        let plugin = home.meshery().join("plugins/librenewing-provider.so");
        match args {
            [] => fs::remove_file(plugin).unwrap(),
            args => drop(home.mesheryctl().args(args).run().exited(0)),
        }
        let auth = home.auth_text();
        let output = logout(&home).args(["--revoke"]).run().exited(5);
        assert!(output.stderr.contains(said) && !output.stderr.contains("Try again"), "{output}");
        assert_eq!(home.auth_text(), auth);
        let output = logout(&home).args(["-o", "json"]).run().exited(0);
        assert!(output.stderr.contains(said), "{output}");
        assert_eq!(json_of(&output)["revocation"], "unavailable");
        assert_eq!(home.auth_text(), "");
    }
}

#[test]
fn a_provider_that_only_the_server_listed_is_asked_without_the_server() {
    let cloud = Cloud::start().revoking(Revoke::Revokes);
    let server = MesheryServer::start().version(ServerVersion::V1).provider("Tata", cloud.url());
    let server = server.accepts(cloud.token());
    let home = Home::new();
    home.write_config(&config_for(&server.endpoint()));
    let browser = Browser::waiting(&home);
    let running = home.mesheryctl().args(["system", "login", "-p", "Tata"]).spawn();
    Visitor::new().follow(&browser.opened());
    let _ = running.wait().exited(0);
    drop(server);
    let output = logout(&home).run().exited(0);
    assert!(output.stderr.contains("The token was revoked at Tata.\n"), "{output}");
    assert_eq!(posted(&cloud), 1);
}

#[test]
fn a_refresh_token_that_was_sent_is_not_said_to_be_untold() {
    let start = Impostor::start;
    for (impostor, name, said) in [
        (
            start(ImpostorFault::AccessTokenNotRevoked),
            "unconfirmed",
            "OpenID was asked to revoke the token, and did not confirm it: ",
        ),
        (
            start(ImpostorFault::None).answering("/revoke", 503, json!({})),
            "unreachable",
            "OpenID was not told: ",
        ),
    ] {
        let home = Home::new();
        let _ = login(&home, &impostor.issuer()).args(["--device"]).run().exited(0);
        let output = logout(&home).args(["-o", "json"]).run().exited(0);
        assert!(output.stderr.contains(said), "{output}");
        assert_eq!(json_of(&output)["revocation"], name);
    }
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
        let may_help = answer != Revoke::Missing;
        assert_eq!(output.stderr.contains("Try again:"), may_help, "{output}");
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
fn a_signal_during_a_logout_comes_after_the_token_that_may_be_revoked_is_cleared() {
    let cloud = Cloud::start().issuing_for(7300).revoking(Revoke::Silent);
    let home = Home::new();
    sign_in(&home, &cloud);
    let prod = home.meshery().join("prod.json");
    home.write_config(
        "contexts:\n  b: {token: prod}\ntokens:\n- name: prod\n  location: prod.json\n",
    );
    fs::write(&prod, saved("T0123456789abcdef")).unwrap();
    let running = logout(&home).args(["--all"]).spawn();
    let _ = cloud.wait_for_request("/revoke");
    running.kill(Signal::INT);
    let output = running.wait().exited(130);
    assert!(output.stderr.contains("Signed out. Cleared the token in "), "{output}");
    assert!(output.stderr.ends_with("\nCancelled.\n"), "{output}");
    assert_eq!(home.auth_text(), "");
    assert_eq!(fs::read_to_string(&prod).unwrap(), saved("T0123456789abcdef"));
}

#[test]
fn a_profile_that_is_never_returned_does_not_keep_the_token_from_being_revoked() {
    let cloud = Cloud::start().issuing_for(7300).revoking(Revoke::Revokes);
    let home = Home::new();
    sign_in(&home, &cloud);
    let cloud = cloud.profile_fault(ProfileFault::Silent);
    let output = logout(&home).args(["-o", "json"]).run().exited(0);
    assert_eq!(json_of(&output)["revocation"], "unconfirmed");
    assert_eq!((posted(&cloud), home.auth_text().as_str()), (1, ""));
}

#[test]
fn each_failed_file_of_all_is_told_and_stops_no_other() {
    let home = Home::new();
    home.write_config(
        "contexts:\n  a: {token: prod}\n  b: {token: bad}\n  c: {token: last}\n\
         current-context: gone\ntokens:\n- name: prod\n  location: prod.json\n\
         - name: bad\n  location: bad.json\n- name: last\n  location: last.json\n",
    );
    for name in ["prod", "last"] {
        let file = home.meshery().join(format!("{name}.json"));
        fs::write(file, saved("T-prod-0123456789")).unwrap();
    }
    let bad = home.meshery().join("bad.json");
    fs::create_dir(&bad).unwrap();
    let output = logout(&home).args(["--all", "-o", "json"]).run().exited(7);
    let json = json_of(&output);
    let shown = |name: &str| home.meshery().join(name).display().to_string();
    for (line, at) in [
        (format!("Already signed out: {} has no token.", shown("auth.json")), 1),
        (format!("Not signed out: {}. ", shown("bad.json")), 1),
        (format!("Signed out. Cleared the token in {}.", shown("last.json")), 1),
        (format!("Signed out. Cleared the token in {}.", shown("prod.json")), 1),
        ("The current context in ".to_owned(), 1),
    ] {
        assert_eq!(output.stderr.matches(&line).count(), at, "{line} {output}");
    }
    assert_eq!(json["error"]["code"], "not_stored");
    let sessions = json["sessions"].as_array().unwrap();
    let told: Vec<_> = sessions
        .iter()
        .map(|it| (it["token_file"].as_str(), it["signed_out"].as_bool(), &it["error"]["code"]))
        .collect();
    let [auth, prod, bad, last] = ["auth.json", "prod.json", "bad.json", "last.json"].map(shown);
    let (no, unknown, failed) =
        (json!(null), json!("current_context_unknown"), json!("not_stored"));
    assert_eq!(
        told,
        [
            (None, Some(false), &unknown),
            (Some(auth.as_str()), Some(false), &no),
            (Some(prod.as_str()), Some(true), &no),
            (Some(bad.as_str()), Some(false), &failed),
            (Some(last.as_str()), Some(true), &no),
        ],
        "{output}"
    );
}

#[test]
fn an_invalid_config_keeps_no_token_from_a_logout_of_all() {
    let home = Home::new();
    home.write_config("contexts: [");
    home.write_auth(saved("T0123456789abcdef"));
    let output = logout(&home).args(["--all", "-o", "json"]).run().exited(2);
    assert_eq!(json_of(&output)["error"]["code"], "config_invalid", "{output}");
    assert_eq!(home.auth_text(), "");
}
