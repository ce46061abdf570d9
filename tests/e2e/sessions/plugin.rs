//! The session of a plugin: its actions `refresh` and `logout`, and what they may do.

use mesheryctl_tests::*;
use serde_json::{Value, json};

use crate::plugins::lifecycle::install_trusted;
use crate::sessions::renewal::{record, refresh};
use crate::sessions::whoami::{json_of, whoami};

/// A home that is signed in by a plugin that answers so from then on.
pub fn signed_in(answer: &str) -> Home {
    let home = Home::new();
    install_trusted(&home, "renewing-provider", "renewing");
    let set = format!("answer={answer}");
    let _ = home
        .mesheryctl()
        .args(["system", "login", "-p", "renewing", "--set", &set])
        .run()
        .exited(0);
    home
}

fn token(home: &Home) -> Value {
    serde_json::from_str::<Value>(&home.auth_text()).unwrap()["token"].clone()
}

#[test]
fn a_plugin_renews_its_token_with_the_state_and_the_settings_of_the_login() {
    let home = signed_in("work");
    for number in 2..4 {
        let output = refresh(&home).run().exited(0);
        assert!(
            output.stderr.starts_with("Renewed the token of Renewing. Expires in "),
            "{output}"
        );
        assert_eq!(token(&home), format!("a-token-of-renewing-{number}"));
        assert_eq!(record(&home)["kept"], number.to_string());
    }
    let said = json_of(&whoami(&home).args(["-o", "json"]).run().exited(0));
    assert_eq!(said["account"], "ada@example.org");
    let said = json_of(&home.mesheryctl().args(["system", "logout", "-o", "json"]).run().exited(0));
    assert_eq!(said["revocation"], "revoked");
    home.assert_no_process_is_left();
}

#[test]
fn a_plugin_that_fails_to_renew_or_never_ends_changes_nothing() {
    for (answer, code, said) in [
        ("deny", 3, "Renewing ended this sign-in: Renewing: This sign-in was ended."),
        ("fail", 8, "This failure was asked for."),
        ("hang", 5, "Timed out after 5 seconds."),
        ("loop", 5, "Timed out after 5 seconds."),
    ] {
        let home = signed_in(answer);
        let output = refresh(&home).run().exited(code);
        assert!(output.stderr.contains(said), "{answer}: {output}");
        assert_eq!(token(&home), "a-token-of-renewing-1", "{answer}");
        home.assert_no_process_is_left();
    }
}

#[test]
fn a_plugin_that_never_ends_its_logout_is_stopped_and_the_token_is_cleared() {
    for answer in ["hang", "loop"] {
        let home = signed_in(answer);
        let output = home.mesheryctl().args(["system", "logout", "-o", "json"]).run().exited(0);
        assert!(
            output.stderr.contains("Renewing was not told: Timed out after 5 seconds."),
            "{output}"
        );
        assert_eq!(json_of(&output)["revocation"], json!("unreachable"));
        assert_eq!(home.auth_text(), "");
        home.assert_no_process_is_left();
    }
}
