//! Programs and libraries of this workspace, built by cargo once in a test process.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, OnceLock};

/// Builds a program of this workspace in the profile and target directory of the running test.
pub(crate) fn built_program(package: &str, binary: &str) -> PathBuf {
    built(How::AsThisTest, package, &["--bin", binary], binary)
}

/// Builds an example of a package of this workspace.
#[must_use]
pub fn built_example(package: &str, example: &str) -> PathBuf {
    built(How::AsThisTest, package, &["--example", example], &format!("examples/{example}"))
}

/// Builds the shared library of a package of this workspace.
#[must_use]
pub fn built_library(package: &str) -> PathBuf {
    built(How::AsThisTest, package, &["--lib"], &library_of(package))
}

/// As `built_library`, with the compiler at this path and a separate target directory.
#[must_use]
pub fn built_library_by(rustc: &str, package: &str) -> PathBuf {
    built(How::By(rustc), package, &["--lib"], &library_of(package))
}

/// As `built_library`, in release mode with these settings of the profile, such as `lto="fat"`, and a separate target directory.
#[must_use]
pub fn built_release(settings: &[&str], package: &str) -> PathBuf {
    built(How::Release(settings), package, &["--lib"], &library_of(package))
}

/// How something is built.
#[derive(Debug, Clone, Copy)]
enum How<'a> {
    AsThisTest,
    By(&'a str),
    Release(&'a [&'a str]),
}

fn library_of(package: &str) -> String {
    format!("lib{}.so", package.replace('-', "_"))
}

fn built(how: How<'_>, package: &str, which: &[&str], file: &str) -> PathBuf {
    static BUILT: OnceLock<Mutex<HashMap<String, Result<PathBuf, String>>>> = OnceLock::new();
    let built = BUILT.get_or_init(Mutex::default);
    let mut built = built.lock().expect("the builds");
    // A failure is stored too: every test reports it, and no test builds again.
    let key = format!("{file} {how:?}");
    let result = built.entry(key).or_insert_with(|| build(how, package, which, file)).clone();
    drop(built);
    result.unwrap_or_else(|why| panic!("{file} should be built, but {why}"))
}

fn build(how: How<'_>, package: &str, which: &[&str], file: &str) -> Result<PathBuf, String> {
    let mut location = Location::of_this_test();
    let mut cargo = cargo();
    match how {
        How::AsThisTest => {}
        How::By(rustc) => {
            location.target.push("other-rustc");
            cargo.env("RUSTC", rustc);
        }
        How::Release(settings) => {
            location.target.push("releases");
            location.profile = "release".into();
            for setting in settings {
                cargo.arg("--config").arg(format!("profile.release.{setting}"));
            }
        }
    }
    cargo.args(["build", "--quiet", "--package", package]).args(which);
    cargo.arg("--target-dir").arg(&location.target);
    match location.profile.as_str() {
        "debug" => {}
        profile => drop(cargo.args(["--profile", profile])),
    }
    if let Some(triple) = &location.triple {
        cargo.args(["--target", triple]);
    }
    let output = cargo.output().map_err(|error| format!("cargo does not start: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo said:\n{}", String::from_utf8_lossy(&output.stderr)));
    }
    let path =
        location.target.join(location.triple.unwrap_or_default()).join(location.profile).join(file);
    if !path.is_file() {
        return Err(format!("{} is not there", path.display()));
    }
    match how {
        // With other settings cargo writes another library to the same place.
        How::Release(settings) => {
            let own =
                path.with_file_name(format!("{file}.{}", settings.join(" ").replace('"', "")));
            std::fs::copy(&path, &own).map_err(|error| error.to_string())?;
            Ok(own)
        }
        _ => Ok(path),
    }
}

/// Cargo, in this workspace and with the target directory of the running test.
#[must_use]
pub fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
    cargo.env("CARGO_TARGET_DIR", Location::of_this_test().target);
    // Cargo's variables for this test would make build scripts run again, now and in the next build
    // outside of the test.
    for (name, _) in std::env::vars_os() {
        if is_set_by_cargo_for_tests(&name.to_string_lossy()) {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// The target directory of the running test.
#[must_use]
pub fn target_directory() -> PathBuf {
    Location::of_this_test().target
}

fn is_set_by_cargo_for_tests(name: &str) -> bool {
    let prefixes = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
    let names = ["CARGO_PRIMARY_PACKAGE", "CARGO_TARGET_TMPDIR", "OUT_DIR", "LD_LIBRARY_PATH"];
    prefixes.iter().any(|prefix| name.starts_with(prefix)) || names.contains(&name)
}

/// The location of the running test: `<target>[/<triple>]/<profile>/deps/<test>`.
struct Location {
    target: PathBuf,
    triple: Option<String>,
    profile: String,
}

impl Location {
    fn of_this_test() -> Self {
        let test = std::env::current_exe().expect("the path of the running test");
        let marked = test.ancestors().find(|path| path.join("CACHEDIR.TAG").is_file());
        let target =
            marked.unwrap_or_else(|| panic!("{} is not in a target folder", test.display()));
        let below = test.strip_prefix(target).expect("the test is below it");
        let folders: Vec<_> =
            below.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        let deps = folders.iter().position(|part| part == "deps").unwrap_or(folders.len() - 1);
        Self {
            target: target.to_owned(),
            triple: (deps == 2).then(|| folders[0].clone()),
            profile: folders[deps - 1].clone(),
        }
    }
}
