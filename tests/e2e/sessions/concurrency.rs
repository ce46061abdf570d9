//! One renewal among many processes, computers and other programs.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use mesheryctl_tests::*;
use serde_json::{Value, json};

use crate::sessions::kill_points::{cloud, moments, struck};
use crate::sessions::renewal::{ended, record, refresh};
use crate::sessions::whoami::{json_of, sign_in, whoami};
use crate::sign_in::layer5::saved;
use crate::storage::kill_points::{each, sample};

fn verify(home: &Home) -> Program<'_> {
    whoami(home).args(["--verify", "-o", "json"])
}

#[test]
fn sixty_four_processes_renew_a_token_once() {
    let cloud = Cloud::start().issuing_for(3600).refreshing(Refresh::Renews(3600));
    let home = ended(&cloud);
    let all: Vec<_> = (0..64).map(|_| verify(&home).spawn()).collect();
    for running in all {
        let said = json_of(&running.wait().exited(0));
        assert_eq!(said["verified"], json!(true), "{said}");
    }
    assert_eq!(cloud.renewals(), 1);
    assert_eq!(home.auth_text(), saved(&cloud.token()));
}

/// How many processes run beside the one that is killed.
fn others() -> usize {
    if table::all() { 63 } else { 7 }
}

#[test]
fn processes_of_which_one_is_killed_in_a_renewal_renew_the_token_once_and_stay_signed_in() {
    if !Trace::is_available() {
        return;
    }
    let points = sample(moments(ended, verify), 1000);
    each(&points, |point| {
        let cloud = cloud();
        let home = ended(&cloud);
        thread::scope(|scope| {
            let killed = scope.spawn(|| struck(verify(&home), point, "signal=KILL"));
            let all: Vec<_> = (0..others()).map(|_| verify(&home).spawn()).collect();
            for running in all {
                let said = json_of(&running.wait().exited(0));
                assert_eq!(said["verified"], json!(true), "{point:?} {said}");
            }
            let _ = killed.join().unwrap();
        });
        assert_eq!(cloud.renewals(), 1, "{point:?}");
        assert_eq!(json_of(&verify(&home).run().exited(0))["verified"], json!(true));
        assert_eq!(home.auth_text(), saved(&cloud.token()), "{point:?}");
        assert!(record(&home).get("next").is_none(), "{point:?}");
    });
}

#[test]
fn no_reader_sees_a_token_without_what_is_recorded_about_it() {
    if !Trace::is_available() {
        return;
    }
    let cloud = Cloud::start().issuing_for(3600).refreshing(Refresh::Renews(3600));
    let home = Home::new();
    sign_in(&home, &cloud);
    // The second file is opened late, so that a renewal comes between the two.
    let path = home.meshery().join("auth.json.kept").display().to_string();
    let slow = ["-P", &path, "-e", "inject=openat:delay_enter=300000:when=1"];
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        let reading = scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                let read = Trace::of(whoami(&home).args(["-o", "json"]), &slow).run().exited(0);
                let said = json_of(&read);
                assert_ne!(said["last_verified"], Value::Null, "{said}");
            }
        });
        for _ in 0..20 {
            let _ = refresh(&home).run().exited(0);
        }
        is_done.store(true, Ordering::Relaxed);
        reading.join().unwrap();
    });
    assert_eq!(cloud.renewals(), 20);
}

/// A home that is signed in at a cloud which does this while it is asked for a new token.
fn disturbed(act: impl Fn(&Path) + Send + 'static) -> (Home, Cloud) {
    let home = Home::new();
    let cloud = Cloud::start().issuing_for(3600).refreshing(Refresh::Renews(3600));
    sign_in(&home, &cloud);
    let file = home.meshery().join("auth.json");
    let cloud = cloud.before_renewal(move || act(&file));
    (home, cloud)
}

#[test]
fn what_the_go_cli_writes_during_a_renewal_stays() {
    let (home, _cloud) =
        disturbed(|file| fs::write(file, saved("T-of-the-go-cli-012345")).unwrap());
    let _ = refresh(&home).run().exited(0);
    assert_eq!(home.auth_text(), saved("T-of-the-go-cli-012345"));
    assert!(!home.meshery().join("auth.json.kept").exists(), "it is of another token");
    // It signed out.
    let (home, _cloud) = disturbed(|file| fs::write(file, "").unwrap());
    let output = refresh(&home).run().exited(3);
    assert!(output.stderr.contains("auth.json is empty"), "{output}");
    assert_eq!(home.auth_text(), "");
    assert!(!home.meshery().join("auth.json.kept").exists());
}

#[test]
fn a_server_that_renews_the_token_is_asked_before_the_provider() {
    let cloud = Cloud::start().issuing_for(3600).refreshing(Refresh::Renews(3600));
    let home = Home::new();
    sign_in(&home, &cloud);
    let renewed = {
        let mut claims = token::claims("you@example.org", Some(4_000_000_000));
        claims["jti"] = "server".into();
        token::oauth(&token::jwt(&claims), Some("refresh-server"), None)
    };
    let server = MesheryServer::start().provider("Layer5", cloud.url());
    let server = server.refreshes(cloud.token(), &renewed);
    home.write_config(&config_for(&server.endpoint()));
    let _ = refresh(&home).run().exited(0);
    assert_eq!(home.auth_text(), saved(&renewed));
    assert_eq!(cloud.renewals(), 0);
    assert_eq!(record(&home)["verified_by"], server.endpoint());
}

#[test]
fn a_token_that_a_server_returns_in_place_of_a_valid_one_is_stored_unless_it_is_older() {
    for command in [&["check"][..], &["check", "--verify"], &["whoami", "--verify"]] {
        let cloud = Cloud::start().issuing_for(3600);
        let home = Home::new();
        sign_in(&home, &cloud);
        let (old, account) = (cloud.token(), record(&home)["account"].clone());
        let cloud = cloud.issuing_for(7300);
        let server = MesheryServer::start().provider("Layer5", cloud.url());
        let server = server.refreshes(&old, cloud.token());
        home.write_config(&config_for(&server.endpoint()));
        let run = || home.mesheryctl().args(["system"]).args(command).run().exited(0);
        let _ = run();
        assert_eq!(home.auth_text(), saved(&cloud.token()), "{command:?}");
        assert_eq!(
            (&record(&home)["account"], &record(&home)["origin"]),
            (&account, &json!("login"))
        );
        // One that was issued before.
        let server = server.refreshes(cloud.token(), older());
        let _ = run();
        assert!(!server.requests().is_empty());
        assert_eq!(home.auth_text(), saved(&cloud.token()), "{command:?}");
    }
}

#[test]
fn a_server_that_renews_at_each_request_is_asked_once() {
    let cloud = Cloud::start().issuing_for(3600);
    let home = Home::new();
    sign_in(&home, &cloud);
    let old = cloud.token();
    let cloud = cloud.issuing_for(7300);
    let server = MesheryServer::start().provider("Layer5", cloud.url());
    let server =
        server.refreshes(&old, cloud.token()).refreshes(cloud.token(), "T-second-0123456789");
    home.write_config(&config_for(&server.endpoint()));
    let said = json_of(&verify(&home).run().exited(0));
    assert_eq!(
        (&said["verified"], &said["verified_by"]),
        (&json!(true), &json!(server.endpoint()))
    );
    assert_eq!(home.auth_text(), saved(&cloud.token()));
    assert_eq!(server.requests().iter().filter(|it| it.path == "/api/token").count(), 1);
}

#[test]
fn a_token_that_another_login_stores_meanwhile_is_sent_to_its_own_provider_alone() {
    // A renewal, and a verification during which the server renews the token.
    for is_due in [true, false] {
        let cloud = Cloud::start().clock_ahead_by(-3600).issuing_for(3000);
        let cloud = cloud.refreshing(Refresh::Renews(3600));
        let home = if is_due { ended(&cloud) } else { Home::new() };
        if !is_due {
            sign_in(&home, &cloud);
        }
        let server = MesheryServer::start().provider("Layer5", cloud.url()).asking_providers();
        home.write_config(&config_for(&server.endpoint()));
        let file = home.meshery().join("auth.json");
        let other = r#"{"meshery-provider":"Acme","token":"T-acme-0123456789"}"#;
        let cloud = cloud.before_renewal(move || fs::write(&file, other).unwrap());
        let said = json_of(&verify(&home).run().exited(0));
        assert_eq!((&said["provider"], &said["account"]), (&json!("Acme"), &Value::Null));
        assert_eq!(said["verified_by"], Value::Null);
        let all: Vec<_> = cloud.requests().into_iter().chain(server.requests()).collect();
        assert!(all.iter().any(|it| it.path == "/refresh"), "{all:#?}");
        assert!(!format!("{all:?}").contains("T-acme"), "{all:#?}");
        assert!(all.iter().all(|it| !String::from_utf8_lossy(&it.body).contains("T-acme")));
    }
}

#[test]
fn a_provider_is_not_asked_while_a_server_may_be_renewing_a_valid_token() {
    let cloud = Cloud::start().issuing_for(3600).refreshing(Refresh::Renews(3600));
    let home = Home::new();
    sign_in(&home, &cloud);
    let server = MesheryServer::start().provider("Layer5", cloud.url());
    let server = server.with_fault(ServerFault::TokenSilent);
    home.write_config(&config_for(&server.endpoint()));
    let output = refresh(&home).run().exited(5);
    assert!(output.stderr.contains("The Meshery Server "), "{output}");
    assert_eq!(cloud.renewals(), 0);
    // Once its end has come, there is nothing to lose.
    let mut kept = record(&home);
    kept["expires_at"] = json!(1_700_000_000);
    fs::write(home.meshery().join("auth.json.kept"), kept.to_string()).unwrap();
    let _ = refresh(&home).run().exited(0);
    assert_eq!(cloud.renewals(), 1);
}

#[test]
fn a_signal_after_a_server_renewed_the_token_loses_no_token() {
    let cloud = Cloud::start().issuing_for(3600);
    let home = Home::new();
    sign_in(&home, &cloud);
    let old = cloud.token();
    let cloud = cloud.issuing_for(7300).profile_fault(ProfileFault::Silent);
    let asked = cloud.requests().iter().filter(|it| it.path.ends_with("/profile")).count();
    assert_eq!(asked, 1);
    let server = MesheryServer::start().provider("Layer5", cloud.url());
    let server = server.refreshes(&old, cloud.token());
    home.write_config(&config_for(&server.endpoint()));
    let running = verify(&home).spawn();
    let _ = server.wait_for_request("/api/token");
    running.kill(Signal::INT);
    let output = running.wait().exited(130);
    assert!(!output.stdout.contains("Nothing was changed"), "{output}");
    assert_eq!(home.auth_text(), saved(&cloud.token()));
}

/// A token of the same account that was issued long ago.
fn older() -> String {
    let mut claims = token::claims("you@example.org", Some(4_000_000_000));
    claims["iat"] = 1_600_000_000.into();
    token::oauth(&token::jwt(&claims), Some("refresh-me"), None)
}

#[test]
fn two_computers_with_one_server_spend_a_refresh_token_once() {
    let cloud = Cloud::start().issuing_for(-60).refreshing(Refresh::Renews(3600));
    let server = MesheryServer::start().provider("Layer5", cloud.url()).asking_providers();
    let old = cloud.token();
    let homes = [Home::new(), Home::new()];
    for home in &homes {
        home.write_config(&config_for(&server.endpoint()));
        home.write_auth(saved(&old));
        let run = verify(home).env("MESHERYCTL_LAYER5_URL", cloud.url());
        let said = json_of(&run.run().exited(0));
        assert_eq!(
            (&said["verified"], &said["verified_by"]),
            (&json!(true), &json!(server.endpoint()))
        );
        assert_eq!(home.auth_text(), saved(&cloud.token()));
        assert_eq!(cloud.renewals(), 1);
    }
}
