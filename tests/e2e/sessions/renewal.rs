//! The renewal of a token: when, by whom, and what a failure leaves.

use std::fs;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mesheryctl_tests::*;
use serde_json::{Value, json};

use crate::sessions::whoami::{json_of, sign_in, whoami};
use crate::sign_in::layer5::saved;

pub fn refresh(home: &Home) -> Program<'_> {
    home.mesheryctl().args(["system", "token", "refresh"])
}

pub fn record(home: &Home) -> Value {
    let text = fs::read_to_string(home.meshery().join("auth.json.kept")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// A home that is signed in with a token whose end has come by the record.
pub fn ended(cloud: &Cloud) -> Home {
    let home = Home::new();
    sign_in(&home, cloud);
    let mut kept = record(&home);
    kept["expires_at"] = json!(1_700_000_000);
    fs::write(home.meshery().join("auth.json.kept"), kept.to_string()).unwrap();
    home
}

#[test]
fn a_token_is_renewed_by_the_command_that_finds_its_end_near_and_only_then() {
    let cloud = Cloud::start().issuing_for(3600).refreshing(Refresh::Renews(3600));
    let home = Home::new();
    sign_in(&home, &cloud);
    let before = home.auth_text();
    let _ = whoami(&home).args(["--verify"]).run().exited(0);
    assert_eq!((cloud.renewals(), home.auth_text()), (0, before));
    let home = ended(&cloud);
    let said = json_of(&whoami(&home).args(["--verify", "-o", "json"]).run().exited(0));
    assert_eq!((&said["verified"], cloud.renewals()), (&json!(true), 1));
    assert_eq!(home.auth_text(), saved(&cloud.token()));
    let kept = record(&home);
    assert!(kept.get("next").is_none() && kept["account"] == "you@example.org", "{kept}");
    assert_eq!(kept["origin"], "login");
    assert_eq!(home.mode(".meshery/auth.json.kept"), 0o600);
    assert_eq!(home.mode(".meshery/auth.json"), 0o600);
    // A plain command changes nothing.
    let _ = whoami(&home).run().exited(0);
    assert_eq!(cloud.renewals(), 1);
}

#[test]
fn the_command_renews_the_token_at_once() {
    let cloud = Cloud::start().issuing_for(3600).refreshing(Refresh::Renews(7300));
    let home = Home::new();
    sign_in(&home, &cloud);
    let output = refresh(&home).run().exited(0);
    assert_eq!(output.stderr, "Renewed the token of Layer5. Expires in 2 hours.\n");
    assert_eq!(home.auth_text(), saved(&cloud.token()));
    let said = json_of(&refresh(&home).args(["-o", "json"]).run().exited(0));
    assert_eq!(
        (&said["provider"], &said["account"]),
        (&json!("Layer5"), &json!("you@example.org"))
    );
    assert_eq!(cloud.renewals(), 2);
}

#[test]
fn a_failed_renewal_leaves_the_token_and_its_error_says_what_to_do() {
    for (answer, code, said) in [
        (Refresh::Missing, 1, "The provider answered 404 instead of a new token."),
        (Refresh::Ended, 3, "Layer5 ended this sign-in: The provider did not accept the refresh"),
        (Refresh::OtherAccount, 1, "returned the token of another account."),
        (Refresh::Html, 1, "The provider answered 200 without a new token."),
        (Refresh::Same, 1, "No new token was issued, but the old one or an older one."),
        (Refresh::Older, 1, "No new token was issued, but the old one or an older one."),
        (Refresh::Nothing, 1, "The provider answered 200 without a new token."),
        (Refresh::Down503(1), 5, "The provider answered 503 instead of a new token."),
        (Refresh::Silent, 5, "could not be renewed: "),
        (Refresh::Slow, 5, "could not be renewed: "),
    ] {
        let cloud = Cloud::start().issuing_for(3600).refreshing(answer);
        let home = Home::new();
        sign_in(&home, &cloud);
        let before = home.auth_text();
        let output = refresh(&home).run().exited(code);
        assert!(output.stderr.contains(said), "{answer:?}: {output}");
        assert!(output.stderr.contains("Nothing was changed."), "{answer:?}: {output}");
        assert_eq!(home.auth_text(), before, "{answer:?}");
        // Still signed in, as far as its time goes.
        let _ = whoami(&home).args(["--verify"]).run().exited(0);
    }
}

#[test]
fn a_provider_that_asks_to_wait_is_asked_again_only_if_the_person_wants_it() {
    let cloud = Cloud::start().issuing_for(3600).refreshing(Refresh::Down503(120));
    let home = ended(&cloud);
    let cloud = cloud.profile_fault(ProfileFault::Breaks500);
    let asked = || cloud.requests().iter().filter(|it| it.path == "/refresh").count();
    for _ in 0..3 {
        let output = whoami(&home).args(["--verify"]).run().exited(3);
        assert!(output.stderr.contains("It could not be renewed: "), "{output}");
        assert!(output.stderr.contains("Renew it:  mesheryctl system token refresh"), "{output}");
    }
    assert_eq!(asked(), 1);
    let _ = refresh(&home).run().exited(5);
    assert_eq!(asked(), 2);
}

#[test]
fn a_renewed_token_is_of_the_same_account_whatever_its_email_address() {
    for email in ["You@Example.org", "new@example.org"] {
        let cloud = Cloud::start().issuing_for(3600).refreshing(Refresh::Renews(3600));
        let home = Home::new();
        sign_in(&home, &cloud);
        let cloud = cloud.email(email);
        let _ = refresh(&home).run().exited(0);
        assert_eq!(home.auth_text(), saved(&cloud.token()), "{email}");
    }
    // The profile states no e-mail address, and the token does.
    let cloud = Cloud::start().issuing_for(3600).refreshing(Refresh::Renews(3600));
    let cloud = cloud.profile_fault(ProfileFault::NoEmail);
    let home = Home::new();
    sign_in(&home, &cloud);
    let _ = whoami(&home).args(["--verify"]).run().exited(0);
    let _ = refresh(&home).run().exited(0);
    assert_eq!(home.auth_text(), saved(&cloud.token()));
}

#[test]
fn a_token_of_a_file_is_renewed_by_the_provider_that_verified_it() {
    let cloud = Cloud::start().issuing_for(3600).refreshing(Refresh::Renews(3600));
    let home = Home::new();
    std::fs::write(home.path().join("downloaded.json"), saved(&cloud.token())).unwrap();
    let login = home.mesheryctl().args(["system", "login", "--token-file", "downloaded.json"]);
    let _ = login.env("MESHERYCTL_LAYER5_URL", cloud.url()).run().exited(0);
    let _ = refresh(&home).run().exited(0);
    assert_eq!((cloud.renewals(), home.auth_text()), (1, saved(&cloud.token())));
}

#[test]
fn a_signal_during_a_renewal_loses_no_token() {
    let cloud = Cloud::start().issuing_for(3600).refreshing(Refresh::Renews(3600));
    let home = Home::new();
    sign_in(&home, &cloud);
    // Longer than the time after which a signal ends a command that does not end by itself.
    let cloud = cloud.before_renewal(|| thread::sleep(Duration::from_millis(400)));
    let running = refresh(&home).spawn();
    let _ = cloud.wait_for_request("/refresh");
    running.kill(Signal::INT);
    let output = running.wait();
    assert!([Some(0), Some(130)].contains(&output.code), "{output}");
    assert!(!output.stderr.contains("Nothing was changed"), "{output}");
    assert_eq!(home.auth_text(), saved(&cloud.token()));
}

#[test]
fn a_server_that_rejects_a_token_which_its_provider_accepts_causes_no_renewal() {
    let cloud = Cloud::start().issuing_for(3600).refreshing(Refresh::Renews(3600));
    let server = MesheryServer::start().provider("Layer5", cloud.url());
    let home = Home::new();
    sign_in(&home, &cloud);
    home.write_config(&config_for(&server.endpoint()));
    let server = server.with_fault(ServerFault::Token401);
    for _ in 0..3 {
        let _ = whoami(&home).args(["--verify"]).run().exited(3);
    }
    assert!(!server.requests().is_empty());
    assert_eq!(cloud.renewals(), 0);
}

#[test]
fn an_answer_that_comes_twice_is_read_once() {
    let cloud = Cloud::start().issuing_for(3600).refreshing(Refresh::Twice(3600));
    let home = Home::new();
    sign_in(&home, &cloud);
    for renewals in 1..3 {
        let _ = refresh(&home).run().exited(0);
        assert_eq!((cloud.renewals(), home.auth_text()), (renewals, saved(&cloud.token())));
    }
}

#[test]
fn a_clock_that_is_an_hour_off_neither_ends_a_session_nor_renews_it_on_each_call() {
    for ahead in [-3600, 3600] {
        let cloud = Cloud::start().clock_ahead_by(ahead).issuing_for(600);
        let cloud = cloud.refreshing(Refresh::Renews(600));
        let home = Home::new();
        sign_in(&home, &cloud);
        let verify = || json_of(&whoami(&home).args(["--verify", "-o", "json"]).run().exited(0));
        assert_eq!(verify()["verified"], true, "{ahead}");
        let _ = refresh(&home).run().exited(0);
        for _ in 0..3 {
            assert_eq!(verify()["verified"], true, "{ahead}");
        }
        assert_eq!(cloud.renewals(), 1, "{ahead}");
    }
}

#[test]
fn a_token_that_cannot_be_renewed_says_so() {
    let home = Home::new();
    home.write_auth(saved("T0123456789abcdef"));
    let output = refresh(&home).run().exited(1);
    assert!(output.stderr.contains("The token of Layer5 cannot be renewed."), "{output}");
    let run = refresh(&home).env("MESHERY_TOKEN", "T-variable-0123456");
    let output = run.env("MESHERY_PROVIDER", "Layer5").run().exited(1);
    assert!(output.stderr.contains("a token of a variable cannot be renewed"), "{output}");
    home.write_auth("");
    let _ = refresh(&home).run().exited(3);
}

#[test]
fn a_day_before_the_end_of_a_token_that_cannot_be_renewed_the_next_sign_in_is_named() {
    let home = Home::new();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
    for (left, is_named) in [(23 * 3600, true), (25 * 3600, false)] {
        home.write_auth(saved(&token::jwt(&token::claims("you@example.org", Some(now + left)))));
        let said = "hours; it cannot be renewed. Sign in: mesheryctl system login\n";
        let output = whoami(&home).run().exited(0);
        assert_eq!(output.stdout.contains(said), is_named, "{output}");
        let output = home.mesheryctl().args(["system", "check"]).run().exited(0);
        let said = "hours. Sign in: mesheryctl system login\n";
        assert_eq!(output.stdout.contains(said), is_named, "{output}");
    }
}

#[test]
fn a_rejected_token_is_renewed_although_its_end_is_far() {
    let cloud = Cloud::start().issuing_for(3600).refreshing(Refresh::Renews(3600));
    let home = Home::new();
    sign_in(&home, &cloud);
    // The provider knows the refresh token, and no longer accepts the access token.
    let cloud = cloud.profile_fault(ProfileFault::Refuses);
    let _ = whoami(&home).args(["--verify"]).run().exited(3);
    assert_eq!(cloud.renewals(), 1, "one renewal and one retry");
}

#[test]
fn a_renewal_that_was_interrupted_is_completed_by_the_next_command() {
    let cloud = Cloud::start().issuing_for(3600).refreshing(Refresh::Renews(3600));
    let home = Home::new();
    sign_in(&home, &cloud);
    let (old, kept) = (home.auth_text(), record(&home));
    let _ = refresh(&home).run().exited(0);
    let (new, mut next) = (home.auth_text(), record(&home));
    // As a process leaves it that was killed before it replaced auth.json.
    let token: Value = serde_json::from_str(&new).unwrap();
    let mut pending = kept;
    next["provider_id"] = json!("layer5");
    pending["next"] = json!({"provider": "Layer5", "token": token["token"], "record": next});
    for command in [whoami(&home), refresh(&home)] {
        home.write_auth(&old);
        fs::write(home.meshery().join("auth.json.kept"), pending.to_string()).unwrap();
        let _ = command.run().exited(0);
        assert_ne!(home.auth_text(), old);
        assert!(record(&home).get("next").is_none());
    }
}

#[test]
fn a_token_that_is_brought_after_its_time_is_renewed_first_or_refused() {
    let cloud = Cloud::start().issuing_for(-60).refreshing(Refresh::Renews(3600));
    let home = Home::new();
    let bring = |args: &[&str]| {
        let login = home.mesheryctl().args(["system", "login", "-p", "Layer5", "--with-token"]);
        login.env("MESHERYCTL_LAYER5_URL", cloud.url()).args(args).stdin(cloud.token())
    };
    let output = bring(&["--no-verify"]).run().exited(3);
    assert!(output.stderr.contains("The token of Layer5 cannot be used."), "{output}");
    assert_eq!(home.auth_bytes(), None);
    let output = bring(&[]).run().exited(0);
    assert!(output.stderr.contains("Signed in to Layer5 as you@example.org"), "{output}");
    assert_eq!(home.auth_text(), saved(&cloud.token()));
    assert_eq!(cloud.renewals(), 1);
    // The new token is saved although its provider does not accept it yet.
    let cloud = Cloud::start().issuing_for(-60).refreshing(Refresh::Renews(3600));
    let cloud = cloud.profile_fault(ProfileFault::Refuses);
    let login = home.mesheryctl().args(["system", "login", "-p", "Layer5", "--with-token"]);
    let login = login.env("MESHERYCTL_LAYER5_URL", cloud.url()).stdin(cloud.token());
    let output = login.run().exited(0);
    assert!(output.stderr.contains("Saved, not verified: "), "{output}");
    assert_eq!(home.auth_text(), saved(&cloud.token()));
}

#[test]
fn a_check_says_what_renews_an_expired_token_and_renews_it_only_to_verify() {
    let cloud = Cloud::start().issuing_for(3600).refreshing(Refresh::Renews(3600));
    let home = ended(&cloud);
    let check = |args: &[&str]| home.mesheryctl().args(["system", "check"]).args(args).run();
    let output = check(&[]).exited(3);
    let said = "(~/.meshery/auth.json). Renew it: mesheryctl system token refresh\n";
    assert!(output.stdout.contains(said), "{output}");
    assert_eq!(cloud.renewals(), 0);
    let output = check(&["--verify"]).exited(0);
    assert!(output.stdout.contains("✓ Signed in to Layer5 as you@example.org ("), "{output}");
    assert_eq!(cloud.renewals(), 1);
    // The provider is down: the reason is said.
    let home = ended(&cloud);
    let _cloud = cloud.refreshing(Refresh::Down503(1)).profile_fault(ProfileFault::Breaks500);
    let run = home.mesheryctl().args(["system", "check", "--verify"]);
    let output = run.run().exited(3);
    let said = "- The token could not be renewed: The provider answered 503 instead of a new token";
    assert!(output.stdout.contains(said), "{output}");
}
