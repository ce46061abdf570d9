//! Plugins that were built once: each host of this generation runs them. tests/kept/README.md lists them.

use std::fs;
use std::io::{Write as _, stderr};
use std::path::{Path, PathBuf};

use mesheryctl_tests::*;
use serde_json::Value;

use crate::plugins::lifecycle::install_as;

/// A library, and the SHA-256 that the list states.
struct Kept {
    file: PathBuf,
    sha256: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("kept")
}

/// The rows of the list: `| file | commit | SHA-256 |`.
fn kept() -> Vec<Kept> {
    let list = fs::read_to_string(folder().join("README.md")).unwrap();
    let rows = list.lines().filter(|it| it.starts_with("| `"));
    let kept = rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(|it| it.trim().trim_matches('`')).collect();
        Kept { file: folder().join(cells[1]), sha256: cells[3].to_owned() }
    });
    kept.collect()
}

/// The same on a machine that can run them; elsewhere it says why not.
fn runnable() -> Vec<Kept> {
    if cfg!(target_arch = "x86_64") {
        return kept();
    }
    // Not by a print macro: the test runner hides its output when the test passes.
    let _ = writeln!(stderr(), "SKIPPED: the kept plugins are for x86-64.");
    Vec::new()
}

/// Installs it, and trusts it by the hash of the list.
fn trusted(home: &Home, kept: &Kept) {
    let file = install_as(home, &kept.file, "mock");
    let inspect = home.mesheryctl().args(["plugin", "inspect", "-o", "json"]).args([&file]);
    let said: Value = serde_json::from_str(&inspect.run().exited(0).stdout).unwrap();
    assert_eq!(said["manifest"]["id"], "mock");
    assert_eq!(said["sha256"], *kept.sha256, "a kept plugin is never built again");
    let trust = ["plugin", "trust", "mock", "--sha256", &kept.sha256];
    let _ = home.mesheryctl().args(trust).run().exited(0);
}

fn login<'h>(home: &'h Home, settings: &[&str]) -> Program<'h> {
    let sets = settings.iter().flat_map(|it| ["--set", it]);
    home.mesheryctl().args(["system", "login", "-p", "mock"]).args(sets)
}

#[test]
fn the_list_of_kept_plugins_has_each_of_them_and_those_of_the_first_version() {
    let mut listed: Vec<PathBuf> = kept().into_iter().map(|it| it.file).collect();
    listed.sort();
    let files = fs::read_dir(folder()).unwrap().map(|it| it.unwrap().path());
    let mut files: Vec<PathBuf> =
        files.filter(|it| it.extension() == Some("so".as_ref())).collect();
    files.sort();
    assert_eq!(listed, files);
    for first in ["rust-1.85.0-unwind", "rust-1.95.0-abort"] {
        let name = format!("abi-1.0.0-sdk-0.1.0-{first}.so");
        assert!(listed.contains(&folder().join(&name)), "{name} must be kept");
    }
}

#[test]
fn a_kept_plugin_signs_in_renews_verifies_and_signs_out() {
    for kept in runnable() {
        let home = Home::new();
        trusted(&home, &kept);
        let cloud = Cloud::start();
        let steps = "steps=tell:Begin,now,random:8,sleep:1,cancelled,fetch:/,show_code,callback,visit:/login";
        let url = format!("url={}", cloud.url());
        let settings = ["account=ada@example.org", "expires_in=3600", "refresh=yes", "whoami=yes"];
        let settings = [&[steps, &url, "logout=yes"], &settings[..]].concat();
        let running = login(&home, &settings).args(["--no-browser"]).spawn();
        let said = running.wait_for_stderr("Waiting for sign-in");
        let callback = said.lines().find_map(|it| it.strip_prefix("Mock: callback gave ")).unwrap();
        let _ = get(&format!("{callback}?token=a-token-of-the-browser")).send();
        let output = running.wait().exited(0);
        for line in ["Mock: Begin", "Mock: now gave true", "Mock: random gave 11 characters"] {
            assert!(output.stderr.contains(line), "{line} in {output}");
        }
        for line in ["Mock: cancelled gave false", "Mock: fetch gave ", "WDJB-MJHT"] {
            assert!(output.stderr.contains(line), "{line} in {output}");
        }
        assert!(output.stderr.contains("Signed in to Mock as ada@example.org"), "{output}");
        assert!(home.auth_text().contains("a-token-of-the-browser"));
        let _ = home.mesheryctl().args(["system", "whoami", "--verify"]).run().exited(0);
        let _ = home.mesheryctl().args(["system", "token", "refresh"]).run().exited(0);
        assert!(home.auth_text().contains("mock-token-2"), "{}", home.auth_text());
        let output = home.mesheryctl().args(["system", "logout", "--revoke"]).run().exited(0);
        assert!(format!("{}{}", output.stdout, output.stderr).contains("revoked"), "{output}");
        home.assert_no_process_is_left();
    }
}

#[test]
fn a_kept_plugin_asks_its_questions_at_the_terminal() {
    for kept in runnable() {
        let home = Home::new();
        trusted(&home, &kept);
        let screen =
            login(&home, &["steps=ask:Name,secret:Pin,choose:red|green"]).on_terminal(24, 100);
        screen.wait_for("Mock: Name:");
        screen.press([Key::text("Ada"), Key::Enter]);
        screen.wait_for("Pin");
        screen.press([Key::text("1234"), Key::Enter]);
        screen.wait_for("▸ red");
        screen.press([Key::Down, Key::Enter]);
        assert_eq!(screen.wait(), 0, "{}", screen.contents());
        for line in ["Mock: ask gave Ada", "Mock: secret gave 4 characters", "Mock: choose gave 1"]
        {
            assert!(screen.contents().contains(line), "{line} in {}", screen.contents());
        }
        home.assert_no_process_is_left();
    }
}

#[test]
fn a_failure_of_a_kept_plugin_has_the_exit_code_of_its_kind() {
    for kept in runnable() {
        let home = Home::new();
        trusted(&home, &kept);
        for (setting, exit) in [("error=denied", 4), ("error=internal", 8), ("steps=abort", 8)] {
            let _ = login(&home, &[setting]).run().exited(exit);
        }
        home.assert_no_process_is_left();
    }
}
