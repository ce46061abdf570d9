//! What cargo says of a crate: where it puts the library, how that is called, and what it is built from.

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::platform::child;
use crate::storage::atomic_file;

/// A cargo that waits longer waits for another process.
const LIMIT: Duration = Duration::from_secs(10);

/// A workspace of a thousand packages is described in less.
const MAX_LENGTH: usize = 16 * 1024 * 1024;

/// A crate that makes libraries.
#[derive(Debug, PartialEq, Eq)]
pub struct Crate {
    /// The target directory.
    pub target: PathBuf,
    /// The names of the libraries that can be plugins.
    pub names: Vec<String>,
}

/// The Cargo.toml of this folder.
///
/// # Errors
/// `None` if the folder has no Cargo.toml, else why it cannot be read.
pub fn manifest(folder: &Path) -> Result<String, Option<io::Error>> {
    let bytes = atomic_file::read(&folder.join("Cargo.toml"));
    let bytes = bytes.map_err(|it| Some(it).filter(|it| it.kind() != io::ErrorKind::NotFound))?;
    if bytes.len() as u64 > atomic_file::MAX_LENGTH {
        return Err(Some(io::Error::other("it is larger than 1 MiB")));
    }
    String::from_utf8(bytes).map_err(|_| Some(io::Error::other("it is not UTF-8")))
}

/// The crate in this folder, whose path has no links, with this Cargo.toml. cargo knows the workspace that it belongs to; a
/// `target` of other folders above it is not used, since others may write there. Without cargo, only that of this folder is.
pub fn describe(folder: &Path, manifest: &str) -> Crate {
    metadata(folder).and_then(|it| of_metadata(&it, folder)).unwrap_or_else(|| Crate {
        target: target_of_variable().unwrap_or_else(|| folder.join("target")),
        names: library_names(manifest),
    })
}

fn target_of_variable() -> Option<PathBuf> {
    env::var_os("CARGO_TARGET_DIR").filter(|it| !it.is_empty()).map(PathBuf::from)
}

/// What `cargo metadata` prints in this folder.
fn metadata(folder: &Path) -> Option<Value> {
    let mut cargo = Command::new("cargo");
    cargo.args(["metadata", "--no-deps", "--offline", "--format-version", "1"]);
    cargo.current_dir(folder);
    let output = child::output_within(&mut cargo, LIMIT, MAX_LENGTH)?;
    serde_json::from_slice(&output).ok()
}

fn of_metadata(metadata: &Value, folder: &Path) -> Option<Crate> {
    let manifest = folder.join("Cargo.toml");
    let is_this = |it: &&Value| it["manifest_path"].as_str().map(Path::new) == Some(&manifest);
    let package = metadata["packages"].as_array()?.iter().find(is_this)?;
    let targets = package["targets"].as_array()?;
    let is_plugin =
        |it: &&Value| it["kind"].as_array().is_some_and(|it| it.contains(&"cdylib".into()));
    let names = targets.iter().filter(is_plugin).filter_map(|it| it["name"].as_str());
    Some(Crate {
        target: metadata["target_directory"].as_str()?.into(),
        names: names.map(|it| it.replace('-', "_")).collect(),
    })
}

/// The names that the sections `package` and `lib` of a Cargo.toml give a library that can be a plugin.
fn library_names(cargo: &str) -> Vec<String> {
    let mut section = "";
    let (mut package, mut library, mut is_plugin) = (None, None, false);
    for line in cargo.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let value = value.split('#').next().unwrap_or_default().trim();
        let name = || value.trim_matches(['"', '\'']).replace('-', "_");
        match (section, key.trim()) {
            ("[package]", "name") => package = Some(name()),
            ("[lib]", "name") => library = Some(name()),
            ("[lib]", "crate-type") => is_plugin = value.contains("cdylib"),
            _ => {}
        }
    }
    library.or(package).filter(|_| is_plugin).into_iter().collect()
}

/// The files that the library is built from: those that cargo lists beside it, else the main one, and the manifests.
pub fn sources(library: &Path, folder: &Path) -> Vec<PathBuf> {
    let listed = atomic_file::read(&library.with_extension("d")).ok();
    let listed = listed.and_then(|it| String::from_utf8(it).ok());
    let listed = listed.map_or_else(|| vec![folder.join("src/lib.rs")], |it| of_list(&it));
    let manifests = ["Cargo.toml", "provider.json"].map(|it| folder.join(it));
    listed.into_iter().chain(manifests).collect()
}

/// The files after the colon of a rule of make, in which a space has a backslash before it.
fn of_list(rule: &str) -> Vec<PathBuf> {
    let files = rule.lines().next().and_then(|it| it.split_once(": ")).map_or("", |(_, it)| it);
    let files = files.replace("\\ ", "\0");
    files.split_whitespace().map(|it| PathBuf::from(it.replace('\0', " "))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_library_is_named_by_its_package_or_its_section_lib_if_it_is_a_cdylib() {
        let cdylib = "crate-type = [\"cdylib\"]";
        for (cargo, expected) in [
            (format!("[package]\nname = \"acme-sso\"\n[lib]\n{cdylib}"), &["acme_sso"][..]),
            (format!("[package]\nname='a' # of Acme\n[lib]\nname = \"b\"\n{cdylib}"), &["b"]),
            ("[package]\nname = \"a\"\n[lib]\ncrate-type = [\"rlib\"]".to_owned(), &[]),
            (format!("[dependencies]\nname = \"c\"\n[[example]]\n{cdylib}"), &[]),
        ] {
            assert_eq!(library_names(&cargo), expected, "{cargo}");
        }
    }

    #[test]
    fn cargo_names_the_target_directory_and_the_cdylib_of_the_package_in_the_folder() {
        let package = |folder: &str, kind: &str| {
            json!({
                "manifest_path": format!("{folder}/Cargo.toml"),
                "targets": [
                    { "kind": ["example"], "crate_types": ["cdylib"], "name": "other" },
                    { "kind": ["rlib", kind], "name": "acme-sso" },
                ],
            })
        };
        let metadata = json!({ "target_directory": "/t", "packages": [package("/a", "cdylib"), package("/b", "lib")] });
        let of = |folder: &str| of_metadata(&metadata, Path::new(folder));
        let target = PathBuf::from("/t");
        let names = vec!["acme_sso".to_owned()];
        assert_eq!(of("/a"), Some(Crate { target: target.clone(), names }));
        assert_eq!(of("/b"), Some(Crate { target, names: Vec::new() }));
        assert_eq!(of("/"), None);
        assert_eq!(of_metadata(&Value::Null, Path::new("/a")), None);
    }

    #[test]
    fn the_files_of_a_library_are_those_that_cargo_lists() {
        let rule = "/t/liba.so: /a\\ b/src/lib.rs /a/provider.json\n\n/x: /y\n";
        let files = ["/a b/src/lib.rs", "/a/provider.json"].map(PathBuf::from);
        assert_eq!(of_list(rule), files);
        assert!(of_list("").is_empty());
    }
}
