//! Which plugins the administrator's policy lets run, and where they are.

use std::fs;
use std::path::Path;

use mesheryctl_tests::*;

use super::policy::FILE;
use crate::plugins::kept_settings::configured;
use crate::plugins::lifecycle::{install, install_as, install_trusted, sha256};

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
fn a_plugin_is_opened_once_for_its_manifest_and_once_to_be_judged_and_run() {
    if !Policy::is_available() || !Trace::is_available() {
        return;
    }
    let home = configured();
    let file = home.meshery().join("plugins/libkeyed-provider.so");
    let (hash, other) = (sha256(&home, &file), "0".repeat(64));
    let trusted =
        |hash: &str| format!(r#"{{"version":1,"plugins":{{"keyed":{{"sha256":["{hash}"]}}}}}}"#);
    let nothing = || r#"{"version":1}"#.to_owned();
    let listing = |hash: &str| Some(allowing(&[hash], ""));
    let deciding = |hash: &str| Some(allowing(&[hash], "allow_untrusted: false\n"));
    let kept = &["system", "login", "-p", "keyed"][..];
    let given = [kept, &["--set", "server=https://b.example", "--set", "key=hunter2"]].concat();
    let given = given.as_slice();
    let (ran, changed) = ((0, "key of 7 characters"), (8, "changed since you trusted it"));
    let (new, forbidden) = ((8, "is not trusted"), (8, "is not allowed by"));
    for (trust, policy, args, (code, said)) in [
        (nothing(), None, given, new),
        (nothing(), listing(&hash), given, new),
        (nothing(), listing(&other), given, forbidden),
        (nothing(), deciding(&hash), given, ran),
        (nothing(), deciding(&hash), kept, ran),
        (nothing(), deciding(&other), given, forbidden),
        (trusted(&hash), None, given, ran),
        (trusted(&hash), None, kept, ran),
        (trusted(&hash), listing(&hash), given, ran),
        (trusted(&hash), listing(&hash), kept, ran),
        (trusted(&hash), listing(&other), given, forbidden),
        (trusted(&other), None, given, changed),
        (trusted(&other), listing(&hash), given, changed),
        (trusted(&other), listing(&other), given, forbidden),
    ] {
        fs::write(home.meshery().join("trust.json"), &trust).unwrap();
        let program = Trace::of(home.mesheryctl().args(args), &["-e", "trace=openat"]);
        let program = policy.iter().fold(program, Program::under);
        let output = program.run().exited(code);
        assert!(output.stderr.contains(said), "{output}");
        let trace = Trace::read(&home);
        let opened =
            trace.calls.iter().filter(|it| it.texts().iter().any(|it| file == Path::new(it)));
        assert_eq!(opened.count(), 2, "{trust} {policy:?} {args:?}");
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
