//! Hostile files in the plugins directory: valid plugins are listed, every other file has a reason.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mesheryctl_tests::hostile_files::{HostileFile, Library, write_irregular_files};
use mesheryctl_tests::*;
use serde_json::Value;

use crate::plugins::lifecycle::{install_as, sha256};

/// The limit of address space in bytes, far below the size of the files.
const MEMORY: &str = "--as=268435456";

/// A home with one trusted plugin, so that no imitation can conflict with it.
fn home() -> (Home, PathBuf) {
    let home = Home::new();
    let stripped = home.path().join("stripped");
    let mut strip = Command::new("/usr/bin/strip");
    let strip = strip.arg("-o").arg(&stripped).arg(built_library("mock-provider")).status();
    assert!(strip.is_ok_and(|it| it.success()), "apt-get install binutils");
    let good = install_as(&home, &stripped, "good");
    let hash = sha256(&home, &good);
    let _ = home.mesheryctl().args(["plugin", "trust", "mock", "--sha256", &hash]).run().exited(0);
    (home, good)
}

/// Writes the files beside the valid plugin, some at a time, and checks the list.
fn list_all(specimens: Vec<HostileFile<'_>>, home: &Home, directory: &Path) {
    let mut specimens = specimens.into_iter().peekable();
    let mut number = 0;
    while specimens.peek().is_some() {
        let (mut names, mut size) = (Vec::new(), 0);
        while size < 64 << 20
            && names.len() < 512
            && let Some((name, make)) = specimens.next()
        {
            let bytes = make();
            size += bytes.len();
            number += 1;
            // The names sort behind that of the valid plugin, which is then the first of equal plugins.
            let file = directory.join(format!("z{number}.so"));
            fs::write(&file, bytes).unwrap();
            names.push((name, file));
        }
        let rows = listed(home, names.len() + 1);
        for (name, file) in &names {
            let row = rows.iter().find(|it| it["file"] == file.to_str().unwrap());
            assert_reason(name, row.unwrap_or_else(|| panic!("{name} should be listed")));
        }
        for (_, file) in names {
            fs::remove_file(file).unwrap();
        }
    }
}

/// The list under the memory limit: one row for each file, the valid plugin trusted.
#[track_caller]
fn listed(home: &Home, count: usize) -> Vec<Value> {
    let bounded = |args: &[&str]| {
        let program = home.mesheryctl().args(args);
        program.behind(["/usr/bin/prlimit", MEMORY]).run().exited(0)
    };
    let text = bounded(&["plugin", "list"]);
    assert!(text.stdout.contains("Mock  (mock 0.1.0, libgood.so): trusted"), "{text}");
    assert_eq!(text.stdout.lines().count(), count, "{text}");
    assert!(!text.stdout.chars().any(|it| it.is_control() && it != '\n'), "{text}");
    assert_eq!(text.stderr, "");
    let providers = bounded(&["system", "provider", "list"]);
    assert!(providers.stdout.ends_with("- Layer5\n- None\n- Mock\n"), "{providers}");
    let json: Value =
        serde_json::from_str(&bounded(&["plugin", "list", "-o", "json"]).stdout).unwrap();
    json["plugins"].as_array().unwrap().clone()
}

/// The reasons of common cases.
const REASONS: [(&str, &str); 14] = [
    ("two manifests", "it has two manifests"),
    ("manifest: 10 MiB", "its manifest is larger than 64 KiB"),
    ("manifest: no UTF-8", "its manifest is corrupt"),
    ("manifest: a key twice", "its manifest is invalid: duplicate field"),
    ("manifest: deep", "its manifest is invalid: "),
    ("manifest: an escape as id", "its manifest is invalid: id must be"),
    ("manifest: an escape as name", "its manifest is invalid: name must be"),
    ("a manifest of 65535 bytes", "its manifest is corrupt"),
    ("cut at 4095", "it is not a shared library"),
    ("a gigabyte behind a plugin.so", "it is larger than 64 MiB"),
    ("fifo.so", "it is not a file"),
    ("zero.so", "it is not a file"),
    ("dangling.so", "it is a broken link"),
    ("writable.so", "any user can write to it"),
];

/// Asserts a reason on one line without control characters.
#[track_caller]
fn assert_reason(name: &str, row: &Value) {
    let status = row["status"].as_str().unwrap();
    let reason = status.strip_prefix("cannot be used: ");
    assert!(reason.is_some_and(|it| it.len() > 10 && it.len() < 400), "{name}: {row}");
    assert!(!status.chars().any(char::is_control), "{name}: {row}");
    for (_, expected) in REASONS.iter().filter(|(it, _)| *it == name) {
        assert!(reason.is_some_and(|it| it.starts_with(expected)), "{name}: {row}");
    }
}

/// All files, or a sample: the first hundred and some of the rest.
fn sample(specimens: Vec<HostileFile<'_>>, every: usize) -> Vec<HostileFile<'_>> {
    let chosen = |at: usize| table::all() || at < 100 || at.is_multiple_of(every);
    specimens.into_iter().enumerate().filter(|(at, _)| chosen(*at)).map(|(_, it)| it).collect()
}

#[test]
fn a_plugin_truncated_at_any_byte_is_listed_with_a_reason() {
    let (home, good) = home();
    let library = Library::of(fs::read(&good).unwrap());
    list_all(sample(library.truncated(), 13), &home, good.parent().unwrap());
}

#[test]
fn a_plugin_with_forged_headers_or_a_hostile_manifest_is_listed_with_a_reason() {
    let (home, good) = home();
    let library = Library::of(fs::read(&good).unwrap());
    let directory = good.parent().unwrap();
    list_all(sample(library.with_changed_bytes(), 7), &home, directory);
    list_all(library.with_forged_numbers(), &home, directory);
    list_all(library.with_hostile_manifests(), &home, directory);
}

#[test]
fn irregular_files_do_not_hide_valid_plugins() {
    let (home, good) = home();
    let directory = good.parent().unwrap();
    let count = write_irregular_files(directory, &fs::read(&good).unwrap());
    let rows = listed(&home, count);
    for row in rows.iter().filter(|it| it["file"] != good.to_str().unwrap()) {
        // Root can read every file; then this plugin is valid and conflicts with the first.
        assert_reason(row["file"].as_str().unwrap().rsplit('/').next().unwrap(), row);
    }
    let screen = home.mesheryctl().args(["system", "login"]).on_terminal(24, 80);
    screen.wait_for("Mock");
    let line = format!("{} plugins cannot be used: mesheryctl plugin list", count - 1);
    assert!(screen.contents().starts_with(&line), "{}", screen.contents());
    screen.press([Key::CtrlC]);
    assert_eq!(screen.wait(), 130);
}
