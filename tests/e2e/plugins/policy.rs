//! The administrator's policy: when it is in force, what it decides, and that nothing gets around it.

use std::fs;

use mesheryctl_tests::*;
use serde_json::{Value, json};

use crate::plugins::lifecycle::{install, install_as, install_trusted, sha256};

const FILE: &str = "/etc/mesheryctl/policy.yaml";
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
fn a_plugin_that_the_policy_does_not_allow_is_refused_before_its_settings_are_asked_for() {
    if !Policy::is_available() {
        return;
    }
    let home = Home::new();
    let file = install(&home, "keyed-provider");
    let said = format!("The plugin Keyed (SHA-256 {}) is not allowed by", sha256(&home, &file));
    for policy in [allowing(&[], ""), Policy::of("allow_untrusted: false\n")] {
        for args in [
            &["system", "login", "-p", "keyed"][..],
            &["system", "provider", "configure", "keyed", "label=q"],
        ] {
            let screen = home.mesheryctl().args(args).under(&policy).on_terminal(24, 200);
            assert_eq!(screen.wait(), 8, "{screen:?}");
            let shown = screen.contents();
            assert!(shown.contains(&said) && !shown.contains("plugin trust"), "{screen:?}");
            assert!(!shown.contains("requires"), "{screen:?}");
        }
    }
}

#[test]
fn the_plugin_directory_of_the_policy_precedes_flag_and_variable() {
    if !Policy::is_available() {
        return;
    }
    let (home, other) = (Home::new(), Home::new());
    install(&home, "hello-provider");
    install(&other, "mock-provider");
    let fixed = other.meshery().join("plugins");
    let policy = Policy::of(format!("plugins_dir: {}\n", fixed.display()));
    let list = || home.mesheryctl().args(["plugin", "list"]).under(&policy);
    let output = list().run().exited(0);
    assert!(output.stdout.contains("mock") && !output.stdout.contains("hello"), "{output}");
    assert_eq!(output.stderr, format!("The plugin directory is set by {FILE}.\n"));
    let said = format!("cannot be used: the plugin directory is set by {FILE}.");
    let flag = list().args(["--plugins-dir", "."]).run().exited(2);
    assert!(flag.stderr.contains(&format!("--plugins-dir {said}")), "{flag}");
    let variable = list().env("MESHERYCTL_PLUGINS_DIR", "/tmp").run().exited(2);
    assert!(variable.stderr.contains(&format!("MESHERYCTL_PLUGINS_DIR {said}")), "{variable}");
    let same = list().args(["--plugins-dir"]).args([&fixed]).run().exited(0);
    assert_eq!(same.stdout, output.stdout);
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
fn allowing(hashes: &[&str], more: &str) -> Policy {
    Policy::of(format!("plugins:\n  allowed_sha256: [{}]\n{more}", hashes.join(", ")))
}

#[test]
fn a_list_of_hashes_lets_no_other_plugin_run_or_be_trusted() {
    if !Policy::is_available() {
        return;
    }
    let home = Home::new();
    let file = install_trusted(&home, "mock-provider", "mock");
    let hash = sha256(&home, &file);
    let login = || home.mesheryctl().args(["system", "login", "-p", "mock"]);
    let said = format!("The plugin Mock (SHA-256 {hash}) is not allowed by {FILE}.");
    for policy in [allowing(&[], ""), allowing(&[&"0".repeat(64)], "")] {
        let output = login().under(&policy).run().exited(8);
        assert!(output.stderr.contains(&said), "{output}");
        let screen = login().under(&policy).on_terminal(24, 200);
        assert_eq!(screen.wait(), 8);
        assert!(!screen.contents().contains("Trust it?"), "{screen:?}");
        let trust = home.mesheryctl().args(["plugin", "trust", "mock", "--sha256", &hash]);
        let output = trust.under(&policy).run().exited(8);
        assert!(output.stderr.contains(&said), "{output}");
        let list = home.mesheryctl().args(["plugin", "list"]).under(&policy).run().exited(0);
        assert!(list.stdout.contains(&format!(": not allowed by {FILE}\n")), "{list}");
        assert_eq!(home.auth_bytes(), None);
    }
    let allowed = allowing(&[&hash], "");
    let _ = login().under(&allowed).run().exited(0);
    // The person must trust it all the same.
    let _ = home.mesheryctl().args(["plugin", "untrust", "mock"]).run().exited(0);
    let output = login().under(&allowed).run().exited(8);
    assert!(output.stderr.contains("The plugin Mock is not trusted"), "{output}");
}

#[test]
fn without_untrusted_plugins_exactly_those_of_the_policy_run_and_nobody_is_asked() {
    if !Policy::is_available() {
        return;
    }
    let home = Home::new();
    let file = install_trusted(&home, "mock-provider", "mock");
    let hash = sha256(&home, &file);
    let login = || home.mesheryctl().args(["system", "login", "-p", "mock"]);
    // The trust of the person does not count.
    for policy in
        [Policy::of("allow_untrusted: false\n"), allowing(&[], "allow_untrusted: false\n")]
    {
        let screen = login().under(&policy).on_terminal(24, 200);
        assert_eq!(screen.wait(), 8);
        assert!(!screen.contents().contains("Trust it?"), "{screen:?}");
        assert!(screen.contents().contains(&format!("is not allowed by {FILE}.")), "{screen:?}");
    }
    let _ = home.mesheryctl().args(["plugin", "untrust", "mock"]).run().exited(0);
    let policy = allowing(&[&hash], "allow_untrusted: false\n");
    let screen = login().under(&policy).on_terminal(24, 200);
    assert_eq!(screen.wait(), 0, "{screen:?}");
    assert!(!screen.contents().contains("Trust it?"), "{screen:?}");
    let said = format!("The plugin Mock is trusted by {FILE}.\n");
    assert!(screen.contents().contains(&said), "{screen:?}");
    let list = home.mesheryctl().args(["plugin", "list"]).under(&policy).run().exited(0);
    assert!(list.stdout.contains(&format!(": trusted by {FILE}\n")), "{list}");
    let trust = home.mesheryctl().args(["plugin", "trust", "mock", "--sha256", &hash]);
    let output = trust.under(&policy).run().exited(2);
    assert!(output.stderr.contains(&format!("Which plugins are trusted is set by {FILE}.")));
    // Another file with the same id is not the one that is allowed.
    let mut bytes = fs::read(&file).unwrap();
    bytes.push(0);
    let copy = home.path().join("copy.so");
    fs::write(&copy, bytes).unwrap();
    install_as(&home, &copy, "mock-provider");
    let output = login().under(&policy).run().exited(8);
    assert!(output.stderr.contains("is not allowed by"), "{output}");
}

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
