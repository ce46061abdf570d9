//! The file of a plugin that its author names: the library, or the folder of the crate that builds it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::text::Line;

/// The library that was named, or the newest one that cargo built of the crate in this folder.
///
/// # Errors
/// `unreadable` if there is none.
pub fn find(named: &Path) -> Result<PathBuf> {
    if !named.is_dir() {
        return match named.symlink_metadata() {
            Ok(_) => Ok(named.to_owned()),
            Err(_) => Err(missing(named, "no such file")),
        };
    }
    let Ok(cargo) = fs::read_to_string(named.join("Cargo.toml")) else {
        return Err(missing(named, "the folder has no Cargo.toml"));
    };
    newest(&candidates(named, &cargo)).ok_or_else(|| {
        let manifest = named.join("Cargo.toml").display().to_string();
        let build = Command::from("cargo build --release --manifest-path").value(manifest);
        missing(named, "cargo has not built its library in target/debug or target/release")
            .next(Suggestion::new("Build it", build))
    })
}

fn missing(named: &Path, why: &str) -> Error {
    let shown = Line::new(named.display().to_string());
    Error::new(Code::Unreadable, format!("Cannot use {shown}: {why}.")).nothing_changed()
}

/// Where cargo puts the library of this crate: in the target folder of the crate or of its workspace.
fn candidates(folder: &Path, cargo: &str) -> Vec<PathBuf> {
    let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let variable = env::var_os("CARGO_TARGET_DIR").filter(|it| !it.is_empty()).map(PathBuf::from);
    let targets = variable.into_iter().chain(folder.ancestors().map(|it| it.join("target")));
    let files = targets.flat_map(|target| ["debug", "release"].map(|it| target.join(it)));
    let (before, after) = (env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
    let names = library_names(cargo);
    files
        .flat_map(|it| {
            names
                .iter()
                .map(move |name| it.join(format!("{before}{name}{after}")))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// The names that the sections `package` and `lib` of a Cargo.toml give its library.
fn library_names(cargo: &str) -> Vec<String> {
    let mut section = "";
    let mut names = Vec::new();
    for line in cargo.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line;
        }
        let value =
            line.strip_prefix("name").map(str::trim_start).and_then(|it| it.strip_prefix('='));
        if let Some(value) = value.filter(|_| matches!(section, "[package]" | "[lib]")) {
            let name = value.split('#').next().unwrap_or_default();
            names.push(name.trim().trim_matches('"').replace('-', "_"));
        }
    }
    names
}

fn newest(files: &[PathBuf]) -> Option<PathBuf> {
    let changed = |it: &PathBuf| it.metadata().and_then(|it| it.modified()).ok();
    let found: Vec<(SystemTime, &PathBuf)> =
        files.iter().filter_map(|it| Some((changed(it)?, it))).collect();
    found.into_iter().max_by_key(|(at, _)| *at).map(|(_, it)| it.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_named_by_its_package_or_its_section_lib() {
        for (cargo, expected) in [
            ("[package]\nname = \"acme-sso\"\n", &["acme_sso"][..]),
            ("[package]\nname=\"a\" # of Acme\n[lib]\nname = \"b\"", &["a", "b"]),
            ("[dependencies]\nname = \"c\"\n[workspace]\n", &[]),
        ] {
            assert_eq!(library_names(cargo), expected, "{cargo}");
        }
    }

    #[test]
    fn the_newest_library_of_debug_and_release_is_used() {
        let folder = tempfile::tempdir().unwrap();
        let at = |profile: &str| folder.path().join("target").join(profile).join("libacme.so");
        fs::write(folder.path().join("Cargo.toml"), "[package]\nname = \"acme\"\n").unwrap();
        for (profile, seconds) in [("debug", 20), ("release", 10)] {
            fs::create_dir_all(at(profile).parent().unwrap()).unwrap();
            let file = fs::File::create(at(profile)).unwrap();
            let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
            file.set_modified(time).unwrap();
        }
        let named = |it: &Path| fs::canonicalize(it).unwrap();
        assert_eq!(find(folder.path()).unwrap(), named(&at("debug")));
        assert_eq!(find(&at("release")).unwrap(), at("release"));
        fs::remove_dir_all(folder.path().join("target")).unwrap();
        assert!(find(folder.path()).is_err());
    }
}
