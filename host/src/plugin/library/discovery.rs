//! Discovery of plugins: reads the manifests in the plugin directory without loading any library, and rejects files by
//! owner, permissions, size, system, architecture and manifest.

use std::env::consts::DLL_EXTENSION;
use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;

use mesheryctl_core::manifest::Manifest;
use object::read::ReadRef;

use super::parts::Parts;
use super::section::json_of;
use crate::error::Command;
use crate::platform::files::{self, Writers};

/// The largest library that is read, in bytes.
pub const MAX_LENGTH: u64 = 64 * 1024 * 1024;

/// From so many files on, a second thread gains more than its start costs.
const MANY: usize = 64;

/// A file in the plugin directory with the extension of a shared library.
#[derive(Debug)]
pub struct PluginFile {
    pub path: PathBuf,
    /// The manifest, or the reason why the plugin cannot be used.
    pub manifest: Result<Manifest, String>,
    /// What was read of a usable file, for a warning about it.
    read: Option<Read>,
}

/// Why a plugin with this manifest cannot be used, if so.
pub type Refusal = fn(&Manifest) -> Option<String>;

#[derive(Debug)]
struct Read {
    json: String,
    writers: Writers,
}

impl PluginFile {
    /// A file of which nothing was read but, if it can be used, its manifest.
    pub fn new(path: PathBuf, manifest: Result<Manifest, String>) -> Self {
        Self { path, manifest, read: None }
    }

    /// A warning about a usable file. Only commands for those who look after plugins show it, so no other one makes it.
    pub fn note(&self) -> Option<String> {
        let read = self.read.as_ref()?;
        let mend = || Command::from("chmod g-w").value(self.path.display().to_string());
        let is_open = read.writers == Writers::Group;
        let of_file = is_open.then(|| format!("its group can write to it: {}", mend()));
        let unknown = Manifest::unknown_parts(&read.json).into_iter();
        let unknown = unknown.map(|it| format!("in its manifest {it}"));
        let all: Vec<String> = of_file.into_iter().chain(unknown).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }

    pub fn file_name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// The files in `directory` with the extension of a shared library, sorted by name; none if the directory does not
/// exist. `refusal` says why one with a valid manifest cannot be used.
///
/// # Errors
/// The directory exists and cannot be read.
pub fn scan(directory: &Path, refusal: Refusal) -> io::Result<Vec<PluginFile>> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let is_library =
        |it: &OsString| Path::new(it).extension().is_some_and(|it| it == DLL_EXTENSION);
    let names = entries.filter_map(|entry| entry.ok().map(|it| it.file_name()));
    let mut names: Vec<OsString> = names.filter(is_library).collect();
    names.sort();
    let paths: Vec<PathBuf> = names.iter().map(|it| directory.join(it)).collect();
    Ok(inspect_all(&paths, refusal))
}

/// Two threads share many files: most of the time is spent in the system, which opens and reads them.
fn inspect_all(paths: &[PathBuf], refusal: Refusal) -> Vec<PluginFile> {
    let judged = |path: &PathBuf| {
        let mut file = inspect(path.clone());
        if let Some(why) = file.manifest.as_ref().ok().and_then(refusal) {
            file.manifest = Err(why);
        }
        file
    };
    let inspected = |paths: &[PathBuf]| -> Vec<PluginFile> { paths.iter().map(judged).collect() };
    if paths.len() < MANY {
        return inspected(paths);
    }
    let (first, second) = paths.split_at(paths.len() / 2);
    thread::scope(|scope| {
        let name = thread::Builder::new().name("plugins".into());
        let other = name.spawn_scoped(scope, || inspected(second));
        let mut files = inspected(first);
        files.extend(match other {
            Ok(other) => other.join().unwrap_or_else(|panic| resume_unwind(panic)),
            Err(_) => inspected(second),
        });
        files
    })
}

/// Reads the manifest of one file.
pub fn inspect(path: PathBuf) -> PluginFile {
    let read = open(&path).and_then(|(file, data)| {
        let json = Parts::parse(&file, data.len(), |parts| json_of(parts))?;
        Ok((parse(&json)?, Read { json, writers: files::writers(&data) }))
    });
    match read {
        Ok((manifest, read)) => PluginFile { path, manifest: Ok(manifest), read: Some(read) },
        Err(why) => PluginFile::new(path, Err(why)),
    }
}

/// Opens a file that can be a plugin: a regular file of limited size that belongs to the person or root and is not
/// writable for every user. Links are followed, and their target is checked.
pub fn open(path: &Path) -> Result<(File, Metadata), String> {
    // Opening a FIFO would block until it has a writer.
    let file =
        files::without_waiting(OpenOptions::new().read(true)).open(path).map_err(|error| {
            match error.kind() {
                io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
                io::ErrorKind::NotFound => "it is a broken link".to_owned(),
                _ => error.to_string(),
            }
        })?;
    let data = file.metadata().map_err(|error| error.to_string())?;
    if !data.is_file() {
        return Err("it is not a file".into());
    }
    if data.len() > MAX_LENGTH {
        return Err("it is larger than 64 MiB".into());
    }
    check_owner(path, &data)?;
    Ok((file, data))
}

/// Rejects a file that another user could change after the person inspected it.
fn check_owner(path: &Path, data: &Metadata) -> Result<(), String> {
    let path = || path.display().to_string();
    if files::writers(data) == Writers::Everybody {
        let mend = Command::from("chmod o-w").value(path());
        return Err(format!("any user can write to it; fix it with: {mend}"));
    }
    if files::is_of_another_user(data) {
        let mend = Command::from("chown \"$USER\"").value(path());
        return Err(format!("it is owned by another user; fix it with: {mend}"));
    }
    Ok(())
}

/// The valid manifest of a library for this system and architecture.
pub fn manifest_of<'data>(library: impl ReadRef<'data>) -> Result<Manifest, String> {
    parse(&json_of(library)?)
}

fn parse(json: &str) -> Result<Manifest, String> {
    Manifest::parse(json).map_err(|why| format!("its manifest is invalid: {why}"))
}
