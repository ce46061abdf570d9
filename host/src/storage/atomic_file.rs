//! [`AtomicFile`]: a file that is written and synced under a temporary name, then replaces another atomically.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::platform::{files, signals};

/// The largest file that is read, in bytes.
pub const MAX_LENGTH: u64 = 1024 * 1024;

/// The prefix and suffix of temporary names.
const PREFIX: &str = ".auth-";
const SUFFIX: &str = ".tmp";

/// A temporary file in the folder of its target. Dropping it removes the file. It is locked until then, so that
/// [`sweep`] can tell it from the file of a killed process.
#[derive(Debug)]
pub struct AtomicFile {
    file: NamedTempFile,
    place: PathBuf,
}

impl AtomicFile {
    /// Writes and syncs a temporary file beside `place`, created with mode 0600.
    ///
    /// # Errors
    /// When the bytes cannot be written, or `place` exists and is not a regular file.
    pub fn new(place: &Path, bytes: &[u8]) -> io::Result<Self> {
        let mut new = Self::empty(place)?;
        new.file.write_all(bytes)?;
        new.file.as_file().sync_all()?;
        Ok(new)
    }

    /// Creates a temporary file beside `place`, which shows that one can be made. It is not synced.
    ///
    /// # Errors
    /// As [`AtomicFile::new`].
    pub fn empty(place: &Path) -> io::Result<Self> {
        check_regular(place)?;
        signals::survive_file_size_limit();
        let folder = folder_of(place);
        create_private(folder)?;
        sweep(folder);
        Ok(Self { file: locked(folder)?, place: place.to_owned() })
    }

    /// Creates a temporary file beside `place` that holds `size` bytes of the disk, for [`AtomicFile::fill`].
    ///
    /// # Errors
    /// As [`AtomicFile::new`].
    pub fn reserve(place: &Path, size: usize) -> io::Result<Self> {
        Self::new(place, &vec![b' '; size])
    }

    /// Replaces the contents, and syncs. It needs no more of the disk unless the bytes are more than were reserved.
    ///
    /// # Errors
    /// When the bytes cannot be written.
    pub fn fill(mut self, bytes: &[u8]) -> io::Result<Self> {
        self.file.rewind()?;
        self.file.write_all(bytes)?;
        self.file.as_file().set_len(bytes.len() as u64)?;
        self.file.as_file().sync_all()?;
        Ok(self)
    }

    /// Copies owner, group and permissions of the file that it will replace. They are set on the open file: another user may
    /// put a link in the place of its name, if the folder is shared. Not for a file with a secret: its owner could be another
    /// user.
    ///
    /// # Errors
    /// When they cannot be read or set: the owner of the old file could not use the new one.
    pub fn with_the_old_owner_and_mode(self) -> io::Result<Self> {
        let old = open(&self.place)?.metadata()?;
        files::copy_owner(&old, self.file.as_file())?;
        files::copy_permissions(&old, self.file.as_file())?;
        Ok(self)
    }

    /// Renames the file to its target, durably.
    ///
    /// # Errors
    /// When the rename fails; the old file is then unchanged.
    pub fn put(self) -> io::Result<()> {
        let place = self.place.clone();
        self.rename()?;
        sync_folder(&place);
        Ok(())
    }

    /// As [`AtomicFile::put`]; the rename is durable after [`sync_folder`], which several of them share.
    ///
    /// # Errors
    /// As [`AtomicFile::put`].
    pub fn rename(self) -> io::Result<()> {
        self.file.persist(&self.place).map(drop).map_err(|error| error.error)
    }
}

/// Makes the renames in the folder of this file durable. A failure is ignored: the new files are already in place.
pub fn sync_folder(place: &Path) {
    if let Ok(folder) = File::open(folder_of(place)) {
        let _ = folder.sync_all();
    }
}

/// Removes temporary files of killed processes, which may contain a token. Returns those that it removed.
pub fn sweep(folder: &Path) -> Vec<PathBuf> {
    leftovers(folder, |path| fs::remove_file(path).is_ok())
}

/// The temporary files of killed processes.
pub fn abandoned(folder: &Path) -> Vec<PathBuf> {
    leftovers(folder, |_| true)
}

/// The temporary files of killed processes of which this is true. A locked file belongs to a running process; the lock
/// is held meanwhile.
fn leftovers(folder: &Path, is_wanted: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
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
        if file.try_lock().is_ok() && is_wanted(&entry.path()) {
            found.push(entry.path());
        }
    }
    found
}

/// Creates a temporary file and locks it, so that no other process sweeps it.
fn locked(folder: &Path) -> io::Result<NamedTempFile> {
    loop {
        let file = tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).tempfile_in(folder)?;
        match file.as_file().try_lock() {
            Err(TryLockError::Error(error)) => return Err(error),
            Ok(()) if file.path().exists() => return Ok(file),
            // Another process swept the file before it was locked.
            _ => {}
        }
    }
}

/// Checks that the path is a regular file or does not exist: a rename would replace a device or a pipe.
///
/// # Errors
/// When it is something else, or its metadata cannot be read.
pub fn check_regular(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(()),
        Ok(metadata) if metadata.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(_) => Err(io::Error::other("it is not a regular file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Reads a file, at most one byte more than [`MAX_LENGTH`], so that the parser rejects a longer file.
///
/// # Errors
/// As [`open()`], and when reading fails.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    contents(open(path)?)
}

/// Reads an open file, at most one byte more than [`MAX_LENGTH`], so that the parser rejects a longer file.
///
/// # Errors
/// When reading fails.
pub fn contents(file: File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(MAX_LENGTH + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Opens a regular file for reading. A device or a pipe could block the reader. The check is of the open file, since
/// the path may be replaced at any time.
///
/// # Errors
/// When it cannot be opened, or is not a regular file.
pub fn open(path: &Path) -> io::Result<File> {
    // Opening a pipe that has no writer must not block.
    let file = files::without_waiting(OpenOptions::new().read(true)).open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::other("it is not a file")),
    }
}

/// Removes a file, if it exists.
///
/// # Errors
/// When it exists and cannot be removed.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Resolves a symbolic link, whether or not its target exists. A loop of links resolves to `path` itself.
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

/// Creates a folder and its missing parents with mode 0700.
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

/// The folder that contains a path.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("/"))
}

/// The path with a suffix, as in `auth.json.lock`.
pub fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.to_owned().into_os_string();
    name.push(".");
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

    #[test]
    fn a_file_gets_the_permissions_of_the_old_one_and_no_other_bit_of_its_mode() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("config.yaml");
        for (old, new) in [(0o644, 0o644), (0o600, 0o600), (0o4777, 0o777), (0o1640, 0o640)] {
            fs::write(&place, "old").unwrap();
            fs::set_permissions(&place, fs::Permissions::from_mode(old)).unwrap();
            let pending = AtomicFile::new(&place, b"new").unwrap();
            pending.with_the_old_owner_and_mode().unwrap().put().unwrap();
            let mode = fs::metadata(&place).unwrap().permissions().mode() & 0o7777;
            assert_eq!(mode, new, "{old:o}");
            assert_eq!(fs::read(&place).unwrap(), b"new");
        }
    }

    /// Root edits the files of others, who must still be able to write them.
    #[test]
    fn a_file_keeps_its_owner_and_its_group() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("config.yaml");
        fs::write(&place, "old").unwrap();
        // Only root can give a file to another user.
        let _ = chown(&place, Some(2002), Some(2003));
        let old = fs::metadata(&place).unwrap();
        let pending = AtomicFile::new(&place, b"new").unwrap();
        pending.with_the_old_owner_and_mode().unwrap().put().unwrap();
        let new = fs::metadata(&place).unwrap();
        assert_eq!((new.uid(), new.gid()), (old.uid(), old.gid()));
        assert_eq!(fs::read(&place).unwrap(), b"new");
    }
}
