//! Commands of the Go `mesheryctl`, which are handed over to it; a shell script stands in for the Go program.

mod finding;
mod loops;
mod process;
mod refusals;

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use mesheryctl_tests::*;

/// A folder for the PATH of a test.
fn folder(home: &Home, name: &str) -> PathBuf {
    let folder = home.path().join("../scripts").canonicalize().unwrap().join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// A script in place of the Go program, in a folder of its own.
pub(crate) fn stand_in(home: &Home, name: &str, script: &str) -> PathBuf {
    let _ = folder(home, name);
    home.script(&format!("{name}/mesheryctl"), script)
}

/// A link to the program under test, in a folder of its own.
pub(crate) fn link_to_this_program(home: &Home, name: &str) -> PathBuf {
    let link = folder(home, name).join("mesheryctl");
    symlink(binary(), &link).unwrap();
    link
}

/// A PATH of these folders, before those of the system.
fn search_path(home: &Home, folders: &[&str]) -> OsString {
    let mut folders: Vec<_> = folders.iter().map(|it| folder(home, it)).collect();
    folders.extend(["/usr/bin".into(), "/bin".into()]);
    std::env::join_paths(folders).unwrap()
}

/// The program under test with such a PATH.
pub(crate) fn program<'h>(home: &'h Home, folders: &[&str]) -> Program<'h> {
    home.mesheryctl().env("PATH", search_path(home, folders))
}

/// Prints its name and its arguments, each in brackets.
const PRINTS: &str = r#"printf '%s' "${0%/mesheryctl}" | sed 's|.*/||'; printf '[%s]' "$@"; echo"#;
