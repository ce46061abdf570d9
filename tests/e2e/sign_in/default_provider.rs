//! The default provider: `login` uses it without the menu, `--choose` asks all the same.

use std::fs;

use mesheryctl_tests::*;
use serde_json::{Value, json};

use crate::plugins::lifecycle::{install, install_trusted};

fn default<'h>(home: &'h Home, args: &[&str]) -> Program<'h> {
    home.mesheryctl().args(["system", "provider", "default"]).args(args)
}

fn login(home: &Home) -> Program<'_> {
    home.mesheryctl().args(["system", "login"])
}

fn shown(home: &Home) -> Value {
    serde_json::from_str(&default(home, &["-o", "json"]).run().exited(0).stdout).unwrap()
}

#[test]
fn a_login_uses_the_default_provider_and_says_so() {
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    let nothing = json!({"default": null, "name": null, "source": null});
    assert_eq!(shown(&home), nothing);
    assert_eq!(default(&home, &[]).run().exited(0).stdout, "No default provider.\n");
    let _ = login(&home).run().exited(2);
    let set = default(&home, &["Mock"]).run().exited(0);
    assert_eq!(set.stderr, "`mesheryctl system login` uses Mock without asking.\n");
    let output = login(&home).run().exited(0);
    let line = "Using Mock, your default provider (choose another with --choose).\n";
    assert!(output.stderr.starts_with(line), "{output}");
    assert!(home.auth_text().contains("\"Mock\""));
    assert_eq!(shown(&home), json!({"default": "mock", "name": "Mock", "source": "kept"}));
    let list = home.mesheryctl().args(["system", "provider", "list"]).run().exited(0);
    assert!(list.stdout.contains("Default provider: mock\n"), "{list}");
    let named = login(&home).args(["-p", "None"]).run().exited(0);
    assert!(!named.stderr.contains("default provider"), "{named}");
    let _ = default(&home, &["--unset"]).run().exited(0);
    assert_eq!(shown(&home), nothing);
    assert_eq!(home.mode(".meshery/providers.json"), 0o600);
    assert!(!home.config_yaml().exists());
}

#[test]
fn choose_asks_with_the_default_preselected() {
    let home = Home::new();
    let _ = default(&home, &["none"]).run().exited(0);
    let screen = login(&home).args(["--choose"]).on_terminal(24, 80);
    screen.wait_for("▸ None");
    screen.press([Key::Up, Key::Enter]);
    screen.wait_for("✔ Layer5");
    // A key pressed before the wait begins answers nothing.
    screen.wait_for("Waiting for sign-in");
    screen.press([Key::CtrlC]);
    assert_eq!(screen.wait(), 130);
    let output = login(&home).args(["--choose"]).run().exited(2);
    assert!(output.stderr.contains("Cannot ask which provider to use"), "{output}");
    let _ = login(&home).args(["--choose", "-p", "None"]).run().exited(2);
}

#[test]
fn a_default_that_is_gone_is_asked_about_on_a_terminal_and_an_error_elsewhere() {
    let home = Home::new();
    let library = install_trusted(&home, "mock-provider", "mock");
    let _ = default(&home, &["mock"]).run().exited(0);
    fs::remove_file(library).unwrap();
    let gone = "mock, your default provider, is not available.";
    let output = login(&home).run().exited(2);
    assert!(output.stderr.contains(gone), "{output}");
    assert!(output.stderr.contains("mesheryctl system provider default --unset\n"), "{output}");
    assert_eq!(home.auth_bytes(), None);
    let screen = login(&home).on_terminal(24, 80);
    screen.wait_for("▸ Layer5");
    assert!(screen.contents().contains(gone), "{screen:?}");
    screen.press([Key::Down, Key::Enter]);
    assert_eq!(screen.wait(), 0, "{screen:?}");
    assert!(home.auth_text().contains("None"));
}

#[test]
fn a_default_never_makes_an_untrusted_plugin_run() {
    let home = Home::new();
    install(&home, "mock-provider");
    let _ = default(&home, &["mock"]).run().exited(0);
    let output = login(&home).run().exited(8);
    assert!(output.stderr.contains("The plugin Mock is not trusted"), "{output}");
    let screen = login(&home).on_terminal(24, 100);
    screen.wait_for("Trust it? [y/N]");
    screen.press([Key::text("n"), Key::Enter]);
    assert_eq!(screen.wait(), 8);
    assert_eq!(home.auth_bytes(), None);
}

#[test]
fn a_provider_that_only_the_server_lists_can_be_the_default() {
    let home = Home::new();
    let cloud = Cloud::start();
    let server = MesheryServer::start().provider("Tata", cloud.url());
    home.write_config(&config_for(&server.endpoint()));
    let _ = default(&home, &["Tata"]).run().exited(0);
    let output = login(&home).args(["--timeout", "1s"]).run().exited(6);
    assert!(output.stderr.starts_with("Using Tata, your default provider"), "{output}");
    // The context's provider is another thing.
    assert!(fs::read_to_string(home.config_yaml()).unwrap().contains("provider: Meshery\n"));
}
