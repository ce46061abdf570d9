//! The verification of a plugin's token by its action `whoami`, without a person.

use mesheryctl_tests::*;
use serde_json::{Value, json};

use crate::plugins::lifecycle::{install_trusted, trust};

/// A login whose `whoami` answers so.
fn login(home: &Home, answer: &str) -> Output {
    let set = format!("answer={answer}");
    let args = ["system", "login", "-p", "verifying", "-o", "json", "--set", &set];
    std::fs::write(home.path().join("secret"), "canary").unwrap();
    home.mesheryctl().args(args).args(["--set", "secret=@secret"]).run().exited(0)
}

fn json_of(output: &Output) -> Value {
    serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output}"))
}

#[test]
fn a_plugin_that_names_the_account_verifies_its_token_and_shows_nothing() {
    let home = Home::new();
    install_trusted(&home, "verifying-provider", "verifying");
    let output = login(&home, "ada@example.org");
    let said = json_of(&output);
    assert_eq!((&said["verified"], &said["verified_by"]), (&json!(true), &json!("verifying")));
    assert!(output.stderr.starts_with("Signed in to Verifying as ada@example.org."), "{output}");
    assert!(!output.stderr.contains("must not be shown"), "{output}");
    // With the state and the settings of the login, the secret one too.
    let check = || home.mesheryctl().args(["system", "check", "--verify"]).run();
    let checked = check().exited(0);
    assert!(checked.stdout.contains("✓ Accepted by Verifying\n"), "{checked}");
    assert_eq!(json_of(&login(&home, "secret"))["account"], "6");
    assert!(check().exited(0).stdout.contains("✓ Signed in to Verifying as 6 ("));
    assert_eq!(home.mode(".meshery/auth.json.kept"), 0o600);
    home.assert_no_process_is_left();
}

#[test]
fn a_call_that_needs_a_person_fails_and_the_token_is_saved_unverified() {
    for call in ["ask", "choose", "callback", "visit", "show_code"] {
        let home = Home::new();
        install_trusted(&home, "verifying-provider", "verifying");
        let set = format!("answer={call}");
        let run = home.mesheryctl().args(["system", "login", "-p", "verifying", "--set", &set]);
        let screen = run.on_terminal(24, 100);
        assert_eq!(screen.wait(), 0, "{call}: {}", screen.contents());
        let said = "Saved, not verified: The token is verified without asking anybody.";
        assert!(screen.contents().contains(said), "{call}: {}", screen.contents());
    }
}

#[test]
fn the_answer_of_a_plugin_decides_whether_its_token_counts_as_verified() {
    let home = Home::new();
    install_trusted(&home, "verifying-provider", "verifying");
    let a_bug =
        "Saved, not verified: Verifying: This failure was asked for. Report it to its publisher ";
    for (answer, verified, said) in [
        ("denied", json!(false), "Saved, not verified: Verifying: This token was revoked.\n"),
        ("internal", json!(false), a_bug),
        ("unsupported", Value::Null, "Signed in to Verifying. Token saved to "),
    ] {
        let output = login(&home, answer);
        assert_eq!(json_of(&output)["verified"], verified, "{output}");
        assert!(output.stderr.contains(said), "{output}");
    }
    // A check of a token that the plugin denies.
    let _ = login(&home, "denied");
    let check = home.mesheryctl().args(["system", "check", "--verify"]).run().exited(3);
    assert!(
        check.stdout.contains("!! Rejected by Verifying. Sign in: mesheryctl system login\n"),
        "{check}"
    );
}

#[test]
fn a_plugin_that_is_no_longer_trusted_is_not_run_to_verify_a_token() {
    let home = Home::new();
    install_trusted(&home, "verifying-provider", "verifying");
    let _ = login(&home, "ada");
    let _ = home.mesheryctl().args(["plugin", "untrust", "verifying"]).run().exited(0);
    let screen = home.mesheryctl().args(["system", "check", "--verify"]).on_terminal(24, 100);
    assert_eq!(screen.wait(), 0, "{}", screen.contents());
    let said = "- Not verified by Verifying: it cannot be asked here";
    assert!(screen.contents().contains(said), "{}", screen.contents());
    assert!(!screen.contents().contains("Trust it?"), "{}", screen.contents());
}

#[test]
fn a_plugin_trusted_anew_under_the_id_of_another_gets_nothing_that_was_stored_for_that_one() {
    let home = Home::new();
    let file = install_trusted(&home, "verifying-provider", "verifying");
    let _ = login(&home, "ada");
    let change = || {
        let mut bytes = std::fs::read(&file).unwrap();
        bytes.push(0);
        std::fs::write(&file, bytes).unwrap();
    };
    let verify = || home.mesheryctl().args(["system", "check", "--verify"]).run().exited(0).stdout;
    // An update, which the person trusts.
    change();
    let not_asked = "- Not verified by Verifying: it cannot be asked here";
    assert!(verify().contains(not_asked));
    trust(&home, &file, "verifying");
    assert!(verify().contains("✓ Accepted by Verifying\n"));
    // Another plugin, after the first was no longer trusted.
    let _ = home.mesheryctl().args(["plugin", "untrust", "verifying"]).run().exited(0);
    change();
    trust(&home, &file, "verifying");
    assert!(verify().contains(not_asked));
    let _ = login(&home, "ada");
    assert!(verify().contains("✓ Accepted by Verifying\n"));
}
