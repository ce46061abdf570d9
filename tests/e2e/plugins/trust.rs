//! Trust: which bytes may run, and which names are refused.

use std::fs;
use std::path::PathBuf;

use mesheryctl_tests::*;

use crate::plugins::lifecycle::{install, install_as, install_trusted, list, sha256, status};

#[test]
fn only_yes_trusts_a_plugin_and_the_yes_option_does_not_answer() {
    for answer in ["", "n", "yep"] {
        let home = Home::new();
        install(&home, "hello-provider");
        let before = home.snapshot();
        let run = home.mesheryctl().args(["system", "login", "-y", "-p", "hello"]);
        let screen = run.on_terminal(24, 100);
        screen.wait_for("Trust it? [y/N]");
        screen.press([Key::text(answer), Key::Enter]);
        assert_eq!(screen.wait(), 8);
        assert!(
            screen.contents().contains("✗ The plugin Hello was not trusted. Nothing was changed.")
        );
        assert_unchanged(&before, &home.snapshot());
    }
}

#[test]
fn without_a_terminal_an_untrusted_plugin_is_refused_with_the_command_that_trusts_it() {
    let home = Home::new();
    let file = install(&home, "mock-provider");
    let hash = sha256(&home, &file);
    let login = || home.mesheryctl().args(["system", "login", "-y", "-p", "mock"]).run();
    let output = login().exited(8);
    assert!(
        output.stderr.contains(
            "The plugin Mock is not trusted, and mesheryctl cannot ask here: this is not a terminal."
        ),
        "{output}"
    );
    assert!(
        output.stderr.contains(&format!("mesheryctl plugin trust mock --sha256 {hash}\n")),
        "{output}"
    );
    assert_eq!((home.auth_bytes(), status(&home)), (None, "not trusted".into()));
    let _ = home
        .mesheryctl()
        .args(["plugin", "trust", "mock", "--sha256", &"0".repeat(64)])
        .run()
        .exited(8);
    let _ = home.mesheryctl().args(["plugin", "trust", "mock"]).run().exited(2);
    let _ = login().exited(8);
    let _ = home.mesheryctl().args(["plugin", "trust", "mock", "--sha256", &hash]).run().exited(0);
    assert_eq!(status(&home), "trusted");
    let output = login().exited(0);
    assert!(output.stderr.starts_with("Mock: This is a test.\nSigned in to Mock."), "{output}");
    let _ = home.mesheryctl().args(["plugin", "untrust", "mock"]).run().exited(0);
    let _ = login().exited(8);
}

#[test]
fn a_changed_plugin_is_refused_with_both_hashes_until_it_is_trusted_again() {
    let home = Home::new();
    let file = install_trusted(&home, "mock-provider", "mock");
    let old = sha256(&home, &file);
    let mut bytes = fs::read(&file).unwrap();
    bytes.extend_from_slice(b"\0");
    fs::write(&file, bytes).unwrap();
    let new = sha256(&home, &file);
    assert_eq!(status(&home), "changed since it was trusted");
    let output = home.mesheryctl().args(["system", "login", "-p", "mock"]).run().exited(8);
    assert!(
        output.stderr.contains(&format!(
            "The plugin Mock changed since you trusted it (SHA-256 {}…{} is now {}…{}).",
            &old[..4],
            &old[60..],
            &new[..4],
            &new[60..]
        )),
        "{output}"
    );
    assert!(
        output.stderr.contains("If you updated it:  mesheryctl plugin trust mock\n"),
        "{output}"
    );
    let _ = home.mesheryctl().args(["plugin", "trust", "mock", "--sha256", &new]).run().exited(0);
    let _ = home.mesheryctl().args(["system", "login", "-p", "mock"]).run().exited(0);
}

#[test]
fn of_two_plugins_with_similar_names_only_a_trusted_one_is_used() {
    let home = Home::new();
    let trusted = install(&home, "mock-provider");
    renamed(&home, "twin", "twin", "M0ck");
    for plugin in list(&home) {
        assert!(
            plugin["status"].as_str().unwrap().contains(" has an id or a name that looks the same"),
            "{plugin}"
        );
    }
    let hash = sha256(&home, &trusted);
    let _ = home.mesheryctl().args(["plugin", "trust", "mock", "--sha256", &hash]).run().exited(0);
    let _ = home.mesheryctl().args(["system", "login", "-p", "mock"]).run().exited(0);
    let _ = home.mesheryctl().args(["system", "login", "-p", "twin"]).run().exited(8);
}

#[test]
fn an_invalid_trust_file_trusts_no_plugin_and_is_not_changed() {
    for bytes in ["{", "[]", "{\"version\": 2}", "{\"version\": 1, \"plugins\": []}"] {
        let home = Home::new();
        install(&home, "mock-provider");
        fs::write(home.meshery().join("trust.json"), bytes).unwrap();
        let before = home.snapshot();
        let output = home.mesheryctl().args(["system", "login", "-p", "mock"]).run().exited(8);
        assert!(output.stderr.contains("so no plugin is trusted"), "{output}");
        assert_unchanged(&before, &home.snapshot());
    }
}

/// A copy of the mock with this name and id, each as long as the original.
fn renamed(home: &Home, file: &str, id: &str, name: &str) -> PathBuf {
    assert_eq!((id.len(), name.len()), (4, 4));
    let path = install_as(home, &built_library("mock-provider"), file);
    let mut bytes = fs::read(&path).unwrap();
    for (old, new) in [
        ("\"id\": \"mock\"", format!("\"id\": \"{id}\"")),
        ("\"name\": \"Mock\"", format!("\"name\": \"{name}\"")),
    ] {
        let at = bytes.windows(old.len()).position(|it| it == old.as_bytes()).unwrap();
        bytes[at..at + old.len()].copy_from_slice(new.as_bytes());
    }
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn a_plugin_untrusted_during_the_trust_question_stays_untrusted() {
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    install(&home, "hello-provider");
    let screen = home.mesheryctl().args(["system", "login", "-p", "hello"]).on_terminal(24, 100);
    screen.wait_for("Trust it? [y/N]");
    let _ = home.mesheryctl().args(["plugin", "untrust", "mock"]).run().exited(0);
    screen.press([Key::text("y"), Key::Enter]);
    screen.wait_for("Your name:");
    screen.press([Key::CtrlC]);
    assert_eq!(screen.wait(), 130);
    let _ = home.mesheryctl().args(["system", "login", "-p", "mock"]).run().exited(8);
}

#[test]
fn faulty_plugins_do_not_affect_built_ins() {
    let broken_trust = |home: &Home| {
        install(home, "mock-provider");
        install(home, "hello-provider");
        renamed(home, "twin", "twin", "Mock");
        fs::write(home.meshery().join("trust.json"), "{").unwrap();
    };
    let file_for_directory = |home: &Home| {
        fs::create_dir_all(home.meshery()).unwrap();
        fs::write(home.meshery().join("plugins"), "").unwrap();
    };
    let prepare: [&dyn Fn(&Home); 2] = [&broken_trust, &file_for_directory];
    for prepare in prepare {
        let home = Home::new();
        prepare(&home);
        let _ = home.mesheryctl().args(["system", "login", "-p", "None"]).run().exited(0);
        let _ = home.mesheryctl().args(["system", "check"]).run().exited(0);
        let _ = home.mesheryctl().args(["system", "provider", "list"]).run().exited(0);
    }
}

#[test]
fn a_trust_file_that_others_can_write_trusts_no_plugin() {
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    set_mode(&home.meshery().join("trust.json"), 0o666);
    let output = home.mesheryctl().args(["system", "login", "-p", "mock"]).run().exited(8);
    assert!(output.stderr.contains("other users can write to it"), "{output}");
}

#[test]
fn a_trust_file_of_another_user_trusts_no_plugin() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    let trust = home.meshery().join("trust.json");
    std::os::unix::fs::chown(&trust, Some(12_345), None).unwrap();
    let output = home.mesheryctl().args(["system", "login", "-p", "mock"]).run().exited(8);
    assert!(output.stderr.contains("it is owned by another user"), "{output}");
}

#[test]
fn in_a_folder_where_any_user_can_replace_files_no_plugin_is_trusted() {
    let home = Home::new();
    let file = install(&home, "mock-provider");
    let hash = sha256(&home, &file);
    let trust = || home.mesheryctl().args(["plugin", "trust", "mock", "--sha256", &hash]).run();
    let login = || home.mesheryctl().args(["system", "login", "-p", "mock"]).run();
    let refused = |output: Output| {
        let output = output.exited(8);
        let folder = home.meshery().display().to_string();
        let said = format!("Other users can replace files in {folder}, so no plugin is trusted.");
        assert!(output.stderr.contains(&said), "{output}");
        assert!(output.stderr.contains(&format!("chmod o-w {folder}\n")), "{output}");
    };
    set_mode(&home.meshery(), 0o777);
    refused(trust());
    set_mode(&home.meshery(), 0o755);
    let _ = trust().exited(0);
    for (mode, is_open) in [(0o777, true), (0o703, true), (0o1777, false), (0o775, false)] {
        set_mode(&home.meshery(), mode);
        if is_open { refused(login()) } else { drop(login().exited(0)) }
    }
}

#[test]
fn an_unusable_plugin_is_reported_only_when_it_is_named() {
    let home = Home::new();
    install(&home, "mock-provider");
    fs::write(home.meshery().join("plugins/libacme_sso.so"), "no library").unwrap();
    let login = |name: &str| home.mesheryctl().args(["system", "login", "-p", name]).run();
    for meant in ["acme-sso", "Acme", "acme"] {
        let output = login(meant).exited(8);
        assert!(
            output
                .stderr
                .contains("The plugin libacme_sso.so cannot be used: it is not a shared library."),
            "{output}"
        );
    }
    for other in ["a", "lib", "sso", "ac", "so", "acme-s"] {
        let output = login(other).exited(2);
        assert!(output.stderr.contains("There is no provider called"), "{output}");
    }
}
