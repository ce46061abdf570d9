//! A snapshot: the state of every file below a directory, so that a test can assert that nothing changed.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use crate::machine::permissions::set_mode;

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Directory,
    File(Vec<u8>),
    Link(PathBuf),
    /// A FIFO, socket or device.
    Other,
}

/// One path: what it is, and its permission bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub kind: Kind,
    pub mode: u32,
}

/// All paths, relative to the directory.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snapshot {
    pub entries: BTreeMap<PathBuf, Entry>,
}

impl Snapshot {
    #[must_use]
    pub fn of(directory: &Path) -> Self {
        let mut snapshot = Self::default();
        snapshot.take(directory, Path::new(""));
        snapshot
    }

    /// Leaves out these paths: files that may appear, such as a lock.
    #[must_use]
    pub fn without(mut self, paths: &[&str]) -> Self {
        self.entries.retain(|path, _| !paths.iter().any(|left_out| path.ends_with(left_out)));
        self
    }

    /// The relative paths.
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        self.entries.keys().map(|path| path.display().to_string()).collect()
    }

    /// The bytes of the file at this relative path.
    #[must_use]
    pub fn bytes(&self, path: &str) -> Option<&[u8]> {
        match &self.entries.get(Path::new(path))?.kind {
            Kind::File(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Restores the folders, files and links in an empty directory.
    pub fn restore(&self, directory: &Path) {
        for (path, entry) in &self.entries {
            let path = directory.join(path);
            match &entry.kind {
                Kind::Directory => fs::create_dir(&path).expect("a folder"),
                Kind::File(bytes) => fs::write(&path, bytes).expect("a file"),
                Kind::Link(target) => symlink(target, &path).expect("a link"),
                Kind::Other => panic!("{} cannot be restored", path.display()),
            }
            if !matches!(entry.kind, Kind::Link(_)) {
                set_mode(&path, entry.mode);
            }
        }
    }

    fn take(&mut self, root: &Path, below: &Path) {
        let directory = root.join(below);
        let entries = fs::read_dir(&directory);
        let entries = entries.unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
        for entry in entries {
            let path = below.join(entry.expect("a directory entry").file_name());
            let data = fs::symlink_metadata(root.join(&path)).expect("the type of a path");
            let kind = match data.file_type() {
                kind if kind.is_dir() => Kind::Directory,
                kind if kind.is_file() => {
                    Kind::File(fs::read(root.join(&path)).expect("a readable file"))
                }
                kind if kind.is_symlink() => {
                    Kind::Link(fs::read_link(root.join(&path)).expect("a link"))
                }
                _ => Kind::Other,
            };
            let is_directory = kind == Kind::Directory;
            let entry = Entry { kind, mode: data.permissions().mode() & 0o7777 };
            self.entries.insert(path.clone(), entry);
            if is_directory {
                self.take(root, &path);
            }
        }
    }
}

/// The differences, one line for each path.
#[must_use]
pub fn changes(before: &Snapshot, after: &Snapshot) -> Vec<String> {
    let mut changes = Vec::new();
    for (path, old) in &before.entries {
        match after.entries.get(path) {
            None => changes.push(format!("{} is gone; it was {old}", path.display())),
            Some(new) if new != old => {
                changes.push(format!("{} was {old}, now {new}", path.display()));
            }
            Some(_) => {}
        }
    }
    for (path, new) in &after.entries {
        if !before.entries.contains_key(path) {
            changes.push(format!("{} is new: {new}", path.display()));
        }
    }
    changes
}

/// Panics with every difference.
#[track_caller]
pub fn assert_unchanged(before: &Snapshot, after: &Snapshot) {
    let changes = changes(before, after);
    assert!(changes.is_empty(), "no file should have changed, but:\n  {}", changes.join("\n  "));
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Directory => write!(f, "a directory")?,
            Kind::Link(target) => return write!(f, "a link to {}", target.display()),
            Kind::Other => write!(f, "not a regular file")?,
            Kind::File(bytes) => {
                let start = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
                write!(f, "{} bytes {start:?}", bytes.len())?;
            }
        }
        write!(f, " ({:04o})", self.mode)
    }
}
