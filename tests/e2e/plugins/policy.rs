//! The administrator's policy: when it is in force, what it decides, and that nothing gets around it.

use mesheryctl_tests::*;
use serde_json::{Value, json};

use crate::plugins::lifecycle::{install, install_trusted};

pub(super) const FILE: &str = "/etc/mesheryctl/policy.yaml";
const LAYER5: &str = "settings:\n  layer5:\n    url: https://meshery.acme.example\n";

fn url(home: &Home, policy: &Policy) -> (Value, String) {
    let list = home.mesheryctl().args(["system", "provider", "list", "-o", "json"]).under(policy);
    let output = list.run().exited(0);
    let said: Value = serde_json::from_str(&output.stdout).unwrap();
    (said["providers"][0]["url"].clone(), output.stderr)
}

#[test]
fn a_policy_is_in_force_only_if_root_alone_can_change_it_and_its_folders() {
    if !Policy::is_available() {
        return;
    }
    let home = Home::new();
    for (script, changeable) in [
        ("", None),
        ("chmod 600 policy.yaml", None),
        ("chmod g+w policy.yaml", Some(FILE)),
        ("chmod o+w policy.yaml", Some(FILE)),
        ("chown 2002 policy.yaml", Some(FILE)),
        ("chmod g+w .", Some("/etc/mesheryctl")),
        ("chmod 1777 .", Some("/etc/mesheryctl")),
        ("chown 2002 .", Some("/etc/mesheryctl")),
        ("chmod o+w ..", Some("/etc")),
        ("chmod g+w .. && rm policy.yaml", None),
    ] {
        let policy = Policy::of(LAYER5).changed_by(script);
        let (url, stderr) = url(&home, &policy);
        let is_there = !script.contains("rm ");
        let expected = match changeable {
            None if is_there => "https://meshery.acme.example",
            _ => "https://cloud.layer5.io",
        };
        assert_eq!(url, expected, "{script}: {stderr}");
        let warning = changeable
            .map(|it| format!("The policy {FILE} is ignored: others than root can change {it}.\n"));
        assert_eq!(stderr, warning.unwrap_or_default(), "{script}");
    }
    let version = home.mesheryctl().args(["version"]);
    let broken = Policy::of("a: b: c");
    assert_eq!(version.under(&broken).run().exited(0).stderr, "");
}

#[test]
fn a_policy_governs_users_other_than_root() {
    if !Policy::is_available() {
        return;
    }
    let home = Home::new();
    let login = home.mesheryctl().args(["system", "login", "-p", "Layer5"]);
    let login = login.args(["--set", "url=https://other.example"]).as_nobody();
    let output = login.under(&Policy::of(LAYER5)).run().exited(2);
    let said = format!("--set url cannot be used: the setting url of Layer5 is set by {FILE}.");
    assert!(output.stderr.contains(&said), "{output}");
}

#[test]
fn a_policy_that_cannot_be_read_whole_stops_every_command_that_it_governs() {
    if !Policy::is_available() {
        return;
    }
    let home = Home::new();
    install(&home, "mock-provider");
    home.write_auth("{\"meshery-provider\":\"None\",\"token\":\"\"}");
    let many = format!("# {}\n", "x".repeat(1024 * 1024));
    for (yaml, script, said) in [
        (
            "default_provider: b: c\n",
            "",
            "policy.yaml, line 1, column 20: `: ` is not expected here",
        ),
        ("setings: {}\n", "", "line 1, column 1: the key `setings` is not known here"),
        ("allow_untrusted: 0\n", "", "line 1, column 18:"),
        ("plugins:\n  allowed_sha256:\n", "", "line 2, column 17: a value is missing here"),
        (&many, "", "is larger than 1 MiB"),
        (LAYER5, "mv policy.yaml a; ln -s a policy.yaml", "it is a link"),
        (LAYER5, "rm policy.yaml; mkdir policy.yaml", "it is not a regular file"),
        (LAYER5, "rm policy.yaml; mkfifo policy.yaml", "it is not a regular file"),
    ] {
        let policy = Policy::of(yaml).changed_by(script);
        for args in [
            &["system", "login", "-p", "None"][..],
            &["system", "login"],
            &["plugin", "trust", "mock"],
            &["plugin", "list"],
            &["system", "provider", "configure", "layer5", "url=https://a.example"],
            &["system", "provider", "default", "none"],
            &["system", "provider", "list"],
            // None has no token and nobody to ask, and the server of the context is not asked either.
            &["system", "whoami", "--verify"],
            &["system", "logout"],
            &["system", "logout", "--all"],
            &["system", "token", "refresh"],
            &["system", "token", "view", "--format", "raw"],
            &["system", "context", "ping"],
            &["api", "/api/user"],
        ] {
            let before = home.snapshot();
            let run = home.mesheryctl().args(args).args(["-o", "json"]).under(&policy);
            let output = run.run().exited(2);
            assert!(output.stdout.contains("\"policy_invalid\""), "{script}: {output}");
            assert!(output.stdout.contains(said), "{said}: {output}");
            assert_unchanged(&before, &home.snapshot());
        }
    }
    // What it does not govern works.
    let policy = Policy::of("a: b: c\n");
    home.write_config(&config_for("http://127.0.0.1:9"));
    for args in [
        &["version"][..],
        &["system", "whoami"],
        &["system", "context", "list"],
        &["system", "token", "list"],
        &["system", "provider", "view"],
        &["system", "provider", "set", "Layer5", "--force"],
        &["system", "provider", "reset"],
        &["system", "logout", "--local"],
    ] {
        let _ = home.mesheryctl().args(args).under(&policy).run().exited(0);
    }
    let check = home.mesheryctl().args(["system", "check"]).under(&policy).run();
    assert!(check.stdout.contains("!! The policy is invalid: "), "{check}");
    let unreadable = home.mesheryctl().args(["system", "login", "-p", "None"]).as_nobody();
    let policy = Policy::of(LAYER5).changed_by("chmod 600 policy.yaml");
    let output = unreadable.under(&policy).run().exited(2);
    assert!(output.stderr.contains("permission denied"), "{output}");
}

#[test]
fn a_fixed_setting_cannot_be_changed_by_flag_variable_or_kept_setting() {
    if !Policy::is_available() {
        return;
    }
    let home = Home::new();
    install_trusted(&home, "keyed-provider", "keyed");
    let configure =
        |args: &[&str]| home.mesheryctl().args(["system", "provider", "configure"]).args(args);
    let kept = ["keyed", "server=https://kept.example", "key=hunter2"];
    let _ = configure(&kept).run().exited(0);
    let policy = Policy::of("settings: {keyed: {server: 'https://sso.example/', label: fixed}}\n");
    let login = |args: &[&str]| {
        home.mesheryctl().args(["system", "login", "-p", "keyed"]).args(args).under(&policy)
    };
    let named = format!("cannot be used: the setting server of Keyed is set by {FILE}.");
    let other = "https://other.example";
    for (run, what) in [
        (login(&["--set", &format!("server={other}")]), "--set server"),
        (login(&[]).env("MESHERYCTL_KEYED__SERVER", other), "MESHERYCTL_KEYED__SERVER"),
        (configure(&["keyed", &format!("server={other}")]).under(&policy), "server"),
    ] {
        let output = run.run().exited(2);
        assert!(output.stderr.contains(&format!("{what} {named}")), "{output}");
    }
    // The secret was kept for another host.
    let output = login(&[]).run().exited(2);
    assert!(output.stderr.contains("was kept for https://kept.example"), "{output}");
    let output = login(&["--set", "key=hunter2", "--set", "server=https://sso.example"]);
    let output = output.run().exited(0);
    assert!(output.stderr.contains("https://sso.example fixed key of 7"), "{output}");
    assert!(output.stderr.contains(&format!("Set by {FILE}: label, server.\n")), "{output}");
    let shown = configure(&["keyed", "label=fixed"]).under(&policy).args(["-o", "json"]);
    let shown: Value = serde_json::from_str(&shown.run().exited(0).stdout).unwrap();
    assert_eq!(shown["settings"][0]["source"], "policy");
    assert_eq!(shown["settings"][0]["value"], "https://sso.example");
}

#[test]
fn a_fixed_setting_that_the_provider_does_not_have_or_cannot_use_stops_it() {
    if !Policy::is_available() {
        return;
    }
    let home = Home::new();
    for (yaml, said) in [
        ("settings: {layer5: {ulr: 'https://a.example'}}", "Layer5 has no setting ulr."),
        ("settings: {layer5: {url: 'ftp://a.example'}}", "the setting url of Layer5 must be an"),
    ] {
        let login = home.mesheryctl().args(["system", "login", "-p", "Layer5"]);
        let output = login.under(&Policy::of(yaml)).run().exited(2);
        assert!(output.stderr.contains(&format!("The policy {FILE} is invalid")), "{output}");
        assert!(output.stderr.contains(said), "{output}");
        let other = home.mesheryctl().args(["system", "login", "-p", "None"]);
        let _ = other.under(&Policy::of(yaml)).run().exited(0);
    }
}

#[test]
fn an_id_of_the_policy_is_that_of_a_provider_whatever_its_capitals() {
    if !Policy::is_available() {
        return;
    }
    let home = Home::new();
    let yaml =
        "default_provider: None\nsettings: {Layer5: {url: 'https://meshery.acme.example'}}\n";
    let policy = Policy::of(yaml);
    assert_eq!(url(&home, &policy).0, "https://meshery.acme.example");
    let login = home.mesheryctl().args(["system", "login", "-p", "Layer5"]).under(&policy);
    let output = login.args(["--set", "url=https://other.example"]).run().exited(2);
    assert!(output.stderr.contains("--set url cannot be used"), "{output}");
    let output = home.mesheryctl().args(["system", "login"]).under(&policy).run().exited(0);
    assert!(output.stderr.starts_with("Using None, the default provider"), "{output}");
    let check = home.mesheryctl().args(["system", "check"]).under(&policy).run().exited(0);
    assert!(!check.stdout.contains("no installed provider"), "{check}");
}

#[test]
fn a_check_names_what_of_the_policy_has_no_effect() {
    if !Policy::is_available() {
        return;
    }
    let home = Home::new();
    let check = |yaml: &str| {
        let check = home.mesheryctl().args(["system", "check", "-o", "json"]);
        check.under(&Policy::of(yaml)).run()
    };
    for (yaml, status, said) in [
        ("settings: {layr5: {url: 'https://a.example'}}", "note", "this id. Is layer5 meant?"),
        ("default_provider: nosuch", "note", "names nosuch, and no installed provider has this id"),
        ("settings: {layer5: {nope: a}}", "failed", "Layer5 has no setting nope"),
        (
            "settings: {layer5: {url: 1}}",
            "failed",
            "the setting url of Layer5 must be an https URL",
        ),
    ] {
        let output = check(yaml);
        let report: Value = serde_json::from_str(&output.stdout).unwrap();
        let lines = report["authentication"].as_array().unwrap();
        let is_it = |it: &&Value| it["text"].as_str().unwrap().contains(said);
        let line = lines.iter().find(is_it).unwrap_or_else(|| panic!("{said}: {output}"));
        assert_eq!((&line["id"], &line["status"]), (&json!("policy"), &json!(status)));
    }
}

#[test]
fn a_default_provider_of_the_policy_that_is_missing_is_for_the_administrator_to_correct() {
    if !Policy::is_available() {
        return;
    }
    let home = Home::new();
    let policy = Policy::of("default_provider: nosuch\n");
    let output = home.mesheryctl().args(["system", "login"]).under(&policy).run().exited(2);
    let fix = "The administrator can fix it:";
    let line = output.stderr.lines().find(|it| it.contains(fix)).unwrap_or_default();
    assert!(line.ends_with(&format!("  sudoedit {FILE}")), "{output}");
    assert!(!output.stderr.contains("--unset"), "{output}");
}

#[test]
fn the_default_provider_of_the_policy_precedes_that_of_the_person() {
    if !Policy::is_available() {
        return;
    }
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    let default =
        |args: &[&str]| home.mesheryctl().args(["system", "provider", "default"]).args(args);
    let _ = default(&["none"]).run().exited(0);
    let policy = Policy::of("default_provider: mock\n");
    let login = || home.mesheryctl().args(["system", "login"]).under(&policy);
    let output = login().run().exited(0);
    let said = format!("Using Mock, the default provider that is set by {FILE} (choose another");
    assert!(output.stderr.starts_with(&said), "{output}");
    for args in [&["none"][..], &["--unset"]] {
        let refused = default(args).under(&policy).run().exited(2);
        assert!(refused.stderr.contains(&format!("The default provider is set by {FILE}.")));
    }
    let shown = default(&["-o", "json"]).under(&policy).run().exited(0);
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(shown, json!({"default": "mock", "name": "Mock", "source": "policy"}));
    let other = login().args(["-p", "None"]).run().exited(0);
    assert!(!other.stderr.contains("default provider"), "{other}");
}

/// A policy that allows plugins by these hashes.
#[test]
fn a_check_names_the_policy() {
    if !Policy::is_available() {
        return;
    }
    let home = Home::new();
    let check = home.mesheryctl().args(["system", "check"]).under(&Policy::of(LAYER5));
    let output = check.run().exited(3);
    assert!(output.stdout.contains(&format!("{FILE} is in force\n")), "{output}");
    let nothing = home.mesheryctl().args(["system", "check"]).under(&Policy::of("# nothing\n"));
    assert!(!nothing.run().exited(3).stdout.contains(FILE));
}
