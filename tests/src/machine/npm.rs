//! npm packages of a test, installed once from the lock file, beside it.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};

use crate::machine::skip;

/// The `node_modules` of a folder of `tests`; no script of a package runs. `None` if they cannot be installed:
/// prints that the test is skipped, and panics in CI.
#[must_use]
pub fn npm_packages(folder: &str) -> Option<PathBuf> {
    static INSTALLED: OnceLock<Mutex<HashMap<String, Option<PathBuf>>>> = OnceLock::new();
    let mut installed = INSTALLED.get_or_init(Mutex::default).lock().expect("the installations");
    let found = installed.entry(folder.to_owned()).or_insert_with(|| install(folder)).clone();
    if found.is_none() {
        let install =
            format!("apt-get install npm; npm ci --ignore-scripts --prefix tests/{folder}");
        skip::missing("npm packages", &install);
    }
    found
}

fn install(folder: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let modules = folder.join("node_modules");
    // Another test process may install at the same time.
    let lock = File::open(folder.join("package-lock.json")).ok()?;
    lock.lock().ok()?;
    // npm writes this file last.
    if modules.join(".package-lock.json").exists() {
        return Some(modules);
    }
    let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"];
    let ended = Command::new("npm").args(arguments).current_dir(&folder).status();
    ended.is_ok_and(|it| it.success()).then_some(modules)
}
