//! Contexts and token files of config.yaml: the questions at a terminal, the server of a context, and many commands at once.

use std::fs;
use std::process::{Command, Stdio};

use mesheryctl_tests::*;

use crate::api::{at_server, server_for};
use crate::sessions::whoami::json_of;

const TWO: &str = "\
contexts:
  local: {endpoint: 'http://localhost:9081', token: default}
  prod: {endpoint: 'https://meshery.example.org', token: work}
  test: {token: work}
current-context: local
tokens:
- {name: default, location: auth.json}
- {name: work, location: work.json}
";

fn home() -> Home {
    let home = Home::new();
    home.write_config(TWO);
    home
}

fn config(home: &Home) -> String {
    fs::read_to_string(home.config_yaml()).unwrap()
}

#[test]
fn the_current_context_is_removed_after_a_yes_and_the_choice_of_another() {
    let home = home();
    let screen =
        home.mesheryctl().args(["system", "context", "delete", "local"]).on_terminal(24, 80);
    screen.wait_for("Are you sure you want to delete the current context? [y/N]");
    screen.press([Key::text("y"), Key::Enter]);
    screen.wait_for("Select context");
    screen.press([Key::Down, Key::Enter]);
    assert_eq!(screen.wait(), 0, "{}", screen.contents());
    assert!(
        screen.contents().contains("The current context is now \"test\""),
        "{}",
        screen.contents()
    );
    assert!(!config(&home).contains("local"), "{}", config(&home));
    assert!(config(&home).contains("current-context: test"), "{}", config(&home));
}

#[test]
fn a_no_keeps_the_current_context_and_a_token_in_use() {
    for words in [["context", "delete", "local"], ["token", "delete", "work"]] {
        let home = home();
        let screen = home.mesheryctl().args(["system"]).args(words).on_terminal(24, 80);
        screen.wait_for("[y/N]");
        screen.press([Key::Enter]);
        assert_eq!(screen.wait(), 0);
        assert!(screen.contents().contains("Delete aborted"), "{}", screen.contents());
        assert_eq!(config(&home), TWO);
    }
}

#[test]
fn ctrl_c_at_the_question_changes_nothing() {
    let home = home();
    let screen = home.mesheryctl().args(["system", "token", "delete", "work"]).on_terminal(24, 80);
    screen.wait_for("They get the token `default`.");
    screen.press([Key::CtrlC]);
    assert_eq!(screen.wait(), 130);
    assert_eq!(config(&home), TWO);
}

#[test]
fn a_ping_says_whose_token_the_server_accepts_and_that_it_rejects_another() {
    let cloud = Cloud::start();
    let server = server_for(&cloud);
    let home = at_server(&cloud, &server);
    let ping = || {
        let ping = home.mesheryctl().args(["system", "context", "ping"]);
        ping.env("MESHERYCTL_LAYER5_URL", cloud.url())
    };
    let output = ping().run().exited(0);
    assert!(output.stdout.contains("✅ Server reachable\n✅ Token valid (user: "), "{output}");
    let json = json_of(&ping().args(["-o", "json"]).run().exited(0));
    assert_eq!(json["provider"], "Layer5");
    home.write_auth(r#"{"meshery-provider":"Layer5","token":"a-token-nobody-issued"}"#);
    let output = ping().run().exited(3);
    assert!(output.stdout.ends_with("✅ Server reachable\n"), "{output}");
    assert!(output.stderr.contains("was rejected"), "{output}");
}

#[test]
fn a_ping_of_a_server_in_another_config_file_sends_no_token() {
    let cloud = Cloud::start();
    let server = server_for(&cloud);
    let home = at_server(&cloud, &server);
    let evil = server_for(&cloud);
    fs::write(home.path().join("given.yaml"), config_for(&evil.endpoint())).unwrap();
    let words = ["--config", "given.yaml", "system", "context", "ping"];
    let output = home.mesheryctl().args(words).run().exited(1);
    assert!(output.stderr.contains("is not your own config.yaml"), "{output}");
    assert!(evil.requests().iter().all(|it| it.header("cookie").is_none()));
}

#[test]
fn a_switch_says_who_is_signed_in_there_and_only_of_a_verified_token_that_it_is_signed_in() {
    let cloud = Cloud::start();
    let server = server_for(&cloud);
    let home = at_server(&cloud, &server);
    let create = ["system", "context", "create", "other", "--set"];
    let _ = home.mesheryctl().args(create).run().exited(0);
    let back = home.mesheryctl().args(["system", "context", "switch", "local"]).run().exited(0);
    assert_eq!(back.stdout, "switched to context 'local'\n");
    assert!(back.stderr.starts_with("Signed in there as "), "{back}");
    home.write_auth(r#"{"meshery-provider":"Layer5","token":"a-token-nobody-verified"}"#);
    let same = home.mesheryctl().args(["system", "context", "switch", "local"]).run().exited(0);
    assert_eq!(same.stdout, "already using context 'local'\n");
    assert!(same.stderr.contains("not verified"), "{same}");
    fs::remove_file(home.auth_json()).unwrap();
    let none = home.mesheryctl().args(["system", "context", "switch", "local"]).run().exited(0);
    assert_eq!(none.stderr, "Not signed in there: mesheryctl system login\n");
}

#[test]
fn contexts_that_are_created_at_once_are_all_kept() {
    let home = Home::new();
    let start = |number: usize| {
        let mut command = Command::new(binary());
        command.env_clear().env("HOME", home.path()).stdout(Stdio::null()).stderr(Stdio::null());
        command.args(["system", "context", "create", &format!("c{number}")]).spawn().unwrap()
    };
    let started: Vec<_> = (0..24).map(start).collect();
    for mut child in started {
        assert!(child.wait().unwrap().success());
    }
    let list = home.mesheryctl().args(["system", "context", "list", "-o", "json"]).run().exited(0);
    assert_eq!(json_of(&list)["contexts"].as_array().unwrap().len(), 24, "{}", config(&home));
}

#[test]
fn a_new_config_file_is_readable_by_its_owner_only_and_an_old_one_keeps_its_mode() {
    let home = Home::new();
    let create = |name: &str| {
        let _ = home.mesheryctl().args(["system", "context", "create", name]).run().exited(0);
    };
    create("a");
    assert_eq!((home.mode(home.config_yaml()), home.mode(home.meshery())), (0o600, 0o700));
    fs::set_permissions(home.config_yaml(), std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .unwrap();
    create("b");
    assert_eq!(home.mode(home.config_yaml()), 0o644);
}

#[test]
fn a_config_file_that_cannot_be_edited_is_refused_with_line_and_column_and_stays() {
    let home = Home::new();
    let text = "contexts:\n  local: &shared\n    token: a\n  other: *shared\ncurrent-context: local\n\
                tokens:\n- {name: a, location: a.json}\n- {name: b, location: b.json}\n";
    home.write_config(text);
    let output = home.mesheryctl().args(["system", "token", "set", "b"]).run().exited(7);
    assert!(output.stderr.contains("line 2") || output.stderr.contains("line 3"), "{output}");
    assert!(output.stderr.contains("column"), "{output}");
    assert_eq!(config(&home), text);
}

#[test]
fn a_context_that_became_the_current_one_meanwhile_is_kept() {
    let home = home();
    let lock = home.meshery().join("config.yaml.lock");
    let held = fs::File::create(&lock).unwrap();
    held.lock().unwrap();
    let screen = home.mesheryctl().args(["system", "context", "rm", "test"]).on_terminal(24, 100);
    screen.wait_for("Waiting for another mesheryctl");
    let changed = TWO.replace("current-context: local", "current-context: test");
    home.write_config(&changed);
    drop(held);
    assert_eq!(screen.wait(), 2, "{}", screen.contents());
    assert!(
        screen.contents().contains("`test` is the current context now."),
        "{}",
        screen.contents()
    );
    assert_eq!(config(&home), changed);
}

#[test]
fn a_no_in_json_is_an_object_without_a_deletion() {
    let home = home();
    let answer = "exec mesheryctl system context delete local -o json > out.json";
    let screen = home.shell(answer).on_terminal(24, 80);
    screen.wait_for("[y/N]");
    screen.press([Key::Enter]);
    assert_eq!(screen.wait(), 0);
    let out = fs::read_to_string(home.path().join("out.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json, serde_json::json!({"deleted": null, "current": null}));
    assert_eq!(config(&home), TWO);
}

#[test]
fn a_config_file_that_is_read_only_is_not_replaced() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let home = home();
    fs::set_permissions(home.config_yaml(), std::os::unix::fs::PermissionsExt::from_mode(0o444))
        .unwrap();
    let create = home.mesheryctl().args(["system", "context", "create", "new"]);
    let output = create.as_nobody().run().exited(7);
    assert!(output.stderr.contains("config.yaml"), "{output}");
    assert_eq!(config(&home), TWO);
}

/// Viper, which reads the file for the Go CLI, reads keys in any case.
#[test]
fn keys_in_capitals_are_shown_and_used_alike_and_their_token_is_not_deleted_unseen() {
    let home = Home::new();
    home.write_config(
        "CONTEXTS: {a: {ENDPOINT: 'http://localhost:9', TOKEN: work}}\nCURRENT-CONTEXT: a\n\
         TOKENS:\n- {NAME: work, LOCATION: w.json}\n- {name: default, location: auth.json}\n",
    );
    let run = |words: &[&str]| home.mesheryctl().args(["system"]).args(words).run().exited(0);
    assert!(run(&["context", "list"]).stdout.contains("Current context: a\n"));
    let view = run(&["context", "view"]);
    assert!(view.stdout.contains("token: work\n") && !view.stderr.contains("Warning"), "{view}");
    let _ = run(&["token", "delete", "work", "-y"]);
    assert!(config(&home).contains("TOKEN: default}"), "{}", config(&home));
}

#[test]
fn a_token_that_only_a_context_has_is_listed_set_and_kept() {
    let home = Home::new();
    let text = "contexts:\n  a:\n    token: {name: old, location: old.json}\n  b: {}\n\
                current-context: a\ntokens:\n- {name: default, location: auth.json}\n";
    home.write_config(text);
    let run = |words: &[&str]| home.mesheryctl().args(["system"]).args(words).run().exited(0);
    assert!(run(&["token", "list"]).stdout.ends_with("default\nold\n"));
    let old = "- {name: old, location: old.json}\n";
    for (words, is_kept) in [
        (&["token", "create", "n", "-s"][..], true),
        (&["token", "set", "default"], true),
        (&["token", "set", "old", "-c", "b"], true),
        (&["token", "delete", "old", "-y"], false),
    ] {
        home.write_config(text);
        let _ = run(words);
        assert_eq!(config(&home).contains(old), is_kept, "{words:?}\n{}", config(&home));
    }
    assert!(config(&home).contains("token: default"), "{}", config(&home));
}

#[test]
fn a_current_context_that_is_missing_is_named_with_the_command_that_sets_another() {
    let home = home();
    home.write_config(&TWO.replace("current-context: local", "current-context: zzz"));
    let list = home.mesheryctl().args(["system", "context", "list"]).run().exited(0);
    assert!(list.stderr.contains("The current context `zzz` does not exist."), "{list}");
    let view = home.mesheryctl().args(["system", "context", "view"]).run().exited(2);
    assert!(view.stderr.contains("mesheryctl system context switch local"), "{view}");
    let _ = home.mesheryctl().args(["system", "context", "switch", "local"]).run().exited(0);
}
