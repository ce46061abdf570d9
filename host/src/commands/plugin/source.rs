//! The file of a plugin that its author names: the library, or the folder of the crate that builds it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::cargo::{self, Crate};
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::plugin::trial;
use crate::storage::home::Home;
use crate::terminal::Terminal;
use crate::text::Line;

/// The library that was named, or the newest one that cargo built of the crate in this folder, which is then said.
///
/// # Errors
/// `unreadable` if no library is found, and those of [`trial::permitted`].
pub fn find(named: &Path, home: &Home, terminal: &Terminal) -> Result<PathBuf> {
    if !named.is_dir() {
        return match named.symlink_metadata() {
            Ok(_) => trial::permitted(named, home),
            Err(_) => Err(missing(named, "no such file")),
        };
    }
    let built = built(named)?;
    let library = trial::permitted(&built.library, home)?;
    terminal.say(&format!("Using {}.", shown(&library)));
    if let Some(newer) = built.newer() {
        let build = build(named);
        terminal.say(&format!("{} is newer than the library: {build}", shown(&newer)));
    }
    Ok(library)
}

/// What cargo built of a crate.
struct Built {
    library: PathBuf,
    /// The folder of the crate.
    folder: PathBuf,
}

fn built(named: &Path) -> Result<Built> {
    let folder = fs::canonicalize(named).unwrap_or_else(|_| named.to_owned());
    let text = match cargo::manifest(&folder) {
        Ok(text) => text,
        Err(None) => return Err(missing(named, "the folder has no Cargo.toml")),
        Err(Some(error)) => {
            return Err(missing(named, &format!("its Cargo.toml cannot be read: {error}")));
        }
    };
    let Crate { target, names } = cargo::describe(&folder, &text);
    if names.is_empty() {
        let why = "its Cargo.toml has no crate-type cdylib";
        return Err(missing(named, why)
            .next(Suggestion::new("Add to Cargo.toml", "[lib]"))
            .next(Suggestion::new("and below it", "crate-type = [\"cdylib\"]")));
    }
    let newest = names.iter().flat_map(|name| candidates(&target, name));
    let newest = newest.filter_map(|it| Some((modified(&it)?, it))).max_by_key(|(at, _)| *at);
    match newest {
        Some((_, library)) => Ok(Built { library, folder }),
        None => {
            let why = "cargo has not built its library in target/debug or target/release";
            Err(missing(named, why).next(Suggestion::new("Build it", build(named))))
        }
    }
}

fn candidates(target: &Path, name: &str) -> [PathBuf; 2] {
    let file = format!("{}{name}{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
    ["debug", "release"].map(|profile| target.join(profile).join(&file))
}

/// When a regular file was changed.
fn modified(file: &Path) -> Option<std::time::SystemTime> {
    file.metadata().ok().filter(fs::Metadata::is_file)?.modified().ok()
}

impl Built {
    /// A file of the crate that was changed after the library was built.
    fn newer(&self) -> Option<PathBuf> {
        let at = modified(&self.library)?;
        let sources = cargo::sources(&self.library, &self.folder);
        sources.into_iter().find(|it| modified(it).is_some_and(|it| it > at))
    }
}

/// The command that builds the crate in this folder.
fn build(named: &Path) -> Command {
    let command = Command::from("cargo build --release");
    match named == Path::new(".") {
        true => command,
        false => {
            command.literal("--manifest-path").value(named.join("Cargo.toml").display().to_string())
        }
    }
}

/// The path, from the current folder if it is below.
fn shown(path: &Path) -> Line {
    let here = env::current_dir().and_then(fs::canonicalize).ok();
    let below = here.and_then(|it| path.strip_prefix(it).ok().map(Path::to_owned));
    Line::new(below.as_deref().unwrap_or(path).display().to_string())
}

fn missing(named: &Path, why: &str) -> Error {
    let shown = Line::new(named.display().to_string());
    Error::new(Code::Unreadable, format!("Cannot use {shown}: {why}.")).nothing_changed()
}
