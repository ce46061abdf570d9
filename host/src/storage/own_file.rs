//! A file of `~/.meshery` that decides something, so that no other user may have written it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::platform::files::{self, Writers};
use crate::storage::atomic_file::{self, AtomicFile};

/// Why such a file cannot be used.
#[derive(Debug)]
pub enum Unusable {
    /// Any user can replace the files of this folder.
    OpenFolder(PathBuf),
    /// A clause without a full stop.
    Because(String),
}

/// The bytes of the file; `None` if the file does not exist.
///
/// # Errors
/// If it cannot be read, or another user can change or replace it.
pub fn read(path: &Path) -> Result<Option<Vec<u8>>, Unusable> {
    let file = match atomic_file::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Unusable::Because(error.to_string())),
        Ok(file) => file,
    };
    check_folders(path)?;
    let bytes = check_file(&file).and_then(|()| atomic_file::contents(file));
    bytes.map(Some).map_err(|error| Unusable::Because(error.to_string()))
}

/// Replaces the file, or the file that it links to.
///
/// # Errors
/// If it cannot be written; it is then as it was.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    AtomicFile::new(&atomic_file::follow(path), bytes)?.put()
}

/// Rejects a folder in which other users can replace the file, or the file that it links to.
///
/// # Errors
/// With the folder.
pub fn check_folders(path: &Path) -> Result<(), Unusable> {
    let target = atomic_file::follow(path);
    for folder in [path, &target].map(atomic_file::folder_of) {
        // A missing folder will be created for this user alone.
        if fs::metadata(folder).is_ok_and(|it| files::is_open_to_others(&it)) {
            return Err(Unusable::OpenFolder(folder.to_owned()));
        }
    }
    Ok(())
}

/// Rejects a file that other users can change. Checks the open file, since its path may name another by now.
fn check_file(file: &File) -> io::Result<()> {
    let metadata = file.metadata()?;
    match rejection(files::writers(&metadata), files::is_of_another_user(&metadata)) {
        Some(why) => Err(io::Error::other(why)),
        None => Ok(()),
    }
}

/// Why the file cannot be used, if so.
fn rejection(writers: Writers, is_of_another_user: bool) -> Option<&'static str> {
    if writers != Writers::Owner {
        return Some("other users can write to it");
    }
    // In a folder that others can write to, they can place a file of their own.
    is_of_another_user.then_some("it is owned by another user")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_used_only_if_no_other_user_can_change_it() {
        let (changeable, of_another) =
            ("other users can write to it", "it is owned by another user");
        for (writers, is_of_another_user, expected) in [
            (Writers::Owner, false, None),
            (Writers::Owner, true, Some(of_another)),
            (Writers::Group, false, Some(changeable)),
            (Writers::Everybody, false, Some(changeable)),
            (Writers::Everybody, true, Some(changeable)),
        ] {
            assert_eq!(rejection(writers, is_of_another_user), expected, "{writers:?}");
        }
    }
}
