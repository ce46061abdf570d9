//! [`RootFile`]: a file that root alone can change, opened without following a link.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{FileType, Mode, OFlags, fstat, open, openat};
use rustix::io::Errno;

/// The file at a path, by who can change it.
#[derive(Debug)]
pub enum RootFile {
    /// There is no such file.
    Absent,
    /// Another user than root owns or can write this part of the path, so that the file may be theirs.
    ChangeableByOthers(PathBuf),
    Open(File),
}

impl RootFile {
    /// Opens each part of an absolute path within the folder that was checked before, so that none can be exchanged in
    /// between.
    ///
    /// # Errors
    /// With the part that cannot be opened, or is a link, or is no regular file at the end.
    pub fn open(path: &Path) -> Result<Self, (PathBuf, io::Error)> {
        let mut place = PathBuf::from("/");
        let mut names = path.components().filter_map(|it| match it {
            Component::Normal(name) => Some(name),
            _ => None,
        });
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::DIRECTORY;
        let mut opened =
            open("/", flags, Mode::empty()).map_err(|it| (place.clone(), it.into()))?;
        let mut next = names.next();
        loop {
            match is_of_root_alone(&opened) {
                Ok(true) => {}
                Ok(false) if path.symlink_metadata().is_err() => return Ok(Self::Absent),
                Ok(false) => return Ok(Self::ChangeableByOthers(place)),
                Err(error) => return Err((place, error)),
            }
            let Some(name) = next else { break };
            next = names.next();
            place.push(name);
            opened = match open_within(&opened, name, next.is_some()) {
                Ok(opened) => opened,
                Err(Errno::NOENT) => return Ok(Self::Absent),
                Err(error) => return Err((place, reason(error))),
            };
        }
        match fstat(&opened) {
            Ok(data) if FileType::from_raw_mode(data.st_mode) == FileType::RegularFile => {
                Ok(Self::Open(opened.into()))
            }
            Ok(_) => Err((place, io::Error::other("it is not a regular file"))),
            Err(error) => Err((place, error.into())),
        }
    }
}

fn open_within(folder: impl AsFd, name: &OsStr, is_folder: bool) -> rustix::io::Result<OwnedFd> {
    let kind = if is_folder { OFlags::DIRECTORY } else { OFlags::NONBLOCK };
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | kind;
    openat(folder, name, flags, Mode::empty())
}

/// The bits of the group cover access control lists too: their mask is shown as those.
fn is_of_root_alone(opened: impl AsFd) -> io::Result<bool> {
    let data = fstat(opened)?;
    Ok(data.st_uid == 0 && data.st_mode & 0o022 == 0)
}

fn reason(error: Errno) -> io::Error {
    match error {
        Errno::LOOP => io::Error::other("it is a link"),
        Errno::NOTDIR => io::Error::other("it is not a folder"),
        Errno::ACCESS => io::Error::other("permission denied"),
        error => error.into(),
    }
}
