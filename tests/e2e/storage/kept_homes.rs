//! Homes that a version of the program wrote: every later one goes on with their files, and writes what that version can read.
//! tests/kept/README.md says how each was made.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use mesheryctl_tests::*;
use serde_json::Value;

use crate::plugins::lifecycle::{install_as, sha256};

const MOCK: &str = "abi-1.0.0-sdk-0.1.0-rust-1.85.0-unwind.so";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("kept")
}

fn versions() -> Vec<String> {
    let names = fs::read_dir(folder()).unwrap().map(|it| it.unwrap().file_name());
    let names = names.filter_map(|it| it.to_str()?.strip_prefix("home-").map(str::to_owned));
    let versions: Vec<String> = names.collect();
    assert!(versions.contains(&"0.1.0".to_owned()), "{versions:?}");
    versions
}

/// A home with the files of this version, and the plugin that they are about.
fn home_of(version: &str) -> Home {
    let home = Home::new();
    fs::create_dir_all(home.meshery()).unwrap();
    let files = folder().join(format!("home-{version}/.meshery"));
    for file in fs::read_dir(files).unwrap().map(Result::unwrap) {
        let copy = home.meshery().join(file.file_name());
        fs::copy(file.path(), &copy).unwrap();
        fs::set_permissions(&copy, fs::Permissions::from_mode(0o600)).unwrap();
    }
    install_as(&home, &folder().join(MOCK), "mock");
    home
}

/// The JSON of a file of the home.
fn json(home: &Home, file: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(home.meshery().join(file)).unwrap()).unwrap()
}

fn members(value: &Value) -> BTreeSet<&String> {
    value.as_object().unwrap().keys().collect()
}

#[test]
fn a_home_of_an_earlier_version_is_signed_in_and_its_plugin_settings_and_contexts_are_there() {
    if cfg!(not(target_arch = "x86_64")) {
        return;
    }
    for version in versions() {
        let home = home_of(&version);
        let said = |args: &[&str]| {
            let output = home.mesheryctl().args(args).run().exited(0);
            format!("{}{}", output.stdout, output.stderr)
        };
        for (args, words) in [
            (&["system", "whoami"][..], "ada@example.org"),
            (&["system", "token", "view", "--format", "raw"], "mock-token"),
            (&["system", "context", "list"], "dev"),
            (&["system", "token", "list"], "work"),
            (&["system", "provider", "default"], "Default provider: Mock"),
            (&["system", "provider", "configure", "mock"], "ada@example.org"),
            (&["system", "login", "--no-server-check"], "Signed in to Mock as ada@example.org"),
            (&["system", "token", "refresh"], "Mock"),
            (&["system", "logout"], "revoked"),
        ] {
            let said = said(args);
            assert!(said.contains(words), "{version}: {args:?}: {said}");
        }
        let listed: Value = serde_json::from_str(&said(&["plugin", "list", "-o", "json"])).unwrap();
        assert_eq!(listed["plugins"][0]["status"], "trusted", "{version}: {listed}");
    }
}

#[test]
fn what_is_written_over_the_files_of_an_earlier_version_has_their_version_and_their_members() {
    if cfg!(not(target_arch = "x86_64")) {
        return;
    }
    for version in versions() {
        let (before, home) = (home_of(&version), home_of(&version));
        for args in [
            &["system", "provider", "configure", "mock", "refresh=rejected"][..],
            &["system", "provider", "default", "mock"],
            &["plugin", "trust", "mock", "--sha256", &sha256(&home, &folder().join(MOCK))],
            &["system", "login", "--no-server-check"],
        ] {
            let _ = home.mesheryctl().args(args).run().exited(0);
        }
        for file in ["trust.json", "providers.json", "auth.json", "auth.json.kept"] {
            let (old, new) = (json(&before, file), json(&home, file));
            assert_eq!(old.get("version"), new.get("version"), "{version}: {file}");
            assert_eq!(old.get("kept"), new.get("kept"), "{version}: {file}");
            assert!(members(&old).is_subset(&members(&new)), "{version}: {file}: {new}");
        }
        let config = |home: &Home| fs::read_to_string(home.meshery().join("config.yaml")).unwrap();
        assert_eq!(config(&before), config(&home), "{version}");
    }
}
