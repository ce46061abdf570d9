//! A pending file: whole, private and on disk before it takes another's place, all or nothing.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::platform::{files, signals};

/// The largest file of ours that is read, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// What the name of a file begins and ends with that has not taken its place yet.
const PREFIX: &str = ".auth-";
const SUFFIX: &str = ".tmp";

/// A file beside its place; removed when it never takes it. Locked as long as this lives, which tells
/// it from what a killed process left.
#[derive(Debug)]
pub struct AtomicFile {
    file: NamedTempFile,
    place: PathBuf,
}

impl AtomicFile {
    /// Writes the bytes beside `place`, readable by their owner alone from the first one on.
    ///
    /// # Errors
    /// When they cannot be written, or something stands at `place` that is no file.
    pub fn new(place: &Path, bytes: &[u8]) -> io::Result<Self> {
        regular(place)?;
        signals::survive_file_size_limit();
        let folder = folder_of(place);
        create_private(folder)?;
        sweep(folder);
        let mut file = locked(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        Ok(Self { file, place: place.to_owned() })
    }

    /// Gives it the mode of the file that it replaces.
    ///
    /// # Errors
    /// When that cannot be read, or this not set.
    pub fn with_the_old_mode(self) -> io::Result<Self> {
        fs::set_permissions(self.file.path(), fs::metadata(&self.place)?.permissions())?;
        Ok(self)
    }

    /// Takes its place.
    ///
    /// # Errors
    /// When it cannot; then the old file stands as it was.
    pub fn put(self) -> io::Result<()> {
        self.file.persist(&self.place).map_err(|error| error.error)?;
        // The new file is in place whatever comes of this; it makes the name survive a power cut too.
        if let Ok(folder) = File::open(folder_of(&self.place)) {
            let _ = folder.sync_all();
        }
        Ok(())
    }
}

/// Removes what killed processes left half done, which may hold a token. Whatever is still locked
/// belongs to somebody who is alive.
pub fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let pending = name.starts_with(PREFIX) && name.ends_with(SUFFIX);
        if !pending || !entry.file_type().is_ok_and(|it| it.is_file()) {
            continue;
        }
        let Ok(file) = OpenOptions::new().read(true).write(true).open(entry.path()) else {
            continue;
        };
        if file.try_lock().is_ok() {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// A new file that nobody sweeps.
fn locked(folder: &Path) -> io::Result<NamedTempFile> {
    loop {
        let file = tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).tempfile_in(folder)?;
        match file.as_file().try_lock() {
            Err(TryLockError::Error(error)) => return Err(error),
            Ok(()) if file.path().exists() => return Ok(file),
            // Before it was locked somebody took it for left over.
            _ => {}
        }
    }
}

/// Nothing, or a file: never a device, a pipe or a folder, which a rename would do away with.
///
/// # Errors
/// When something else stands there.
pub fn regular(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => Ok(()),
        Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(_) => Err(io::Error::other("it is not a regular file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// The bytes of a file of ours, and one more if there are too many.
///
/// # Errors
/// As of [`open`] and of reading.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    contents(open(path)?)
}

/// The bytes of an open file, and one more if there are too many.
///
/// # Errors
/// As of reading.
pub fn contents(file: File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Opens a file for reading; never a device or a pipe, which could make the reader wait. What stands at
/// the path may change at any time, so the check is of what was opened.
///
/// # Errors
/// When it cannot be opened, or is no file.
pub fn open(path: &Path) -> io::Result<File> {
    // A pipe without a writer is opened at once.
    let file = files::without_waiting(OpenOptions::new().read(true)).open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::other("it is not a file")),
    }
}

/// # Errors
/// When it is there and cannot be removed.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Where a link leads, even when nothing is there yet. One that leads in a circle leads to itself.
pub fn follow(path: &Path) -> PathBuf {
    let mut end = path.to_owned();
    for _ in 0..32 {
        match fs::read_link(&end) {
            Ok(next) => end = folder_of(&end).join(next),
            Err(_) => return end,
        }
    }
    path.to_owned()
}

pub fn create_private(folder: &Path) -> io::Result<()> {
    files::folder_for_owner_only().recursive(true).create(folder).map_err(|error| {
        match error.kind() {
            io::ErrorKind::AlreadyExists => {
                io::Error::other(format!("{} is not a directory", folder.display()))
            }
            _ => error,
        }
    })
}

pub fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("/"))
}
