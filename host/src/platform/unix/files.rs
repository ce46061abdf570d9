//! File permissions: creating files for their owner only, and checking who can change a file.

use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::Path;

use rustix::fs::{Access, OFlags};
use rustix::io::Errno;
use tempfile::TempDir;

/// Who can write to a file, besides root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writers {
    Owner,
    Group,
    Everybody,
}

/// Who can write to a file, by its mode.
pub fn writers(data: &Metadata) -> Writers {
    writers_of(data.mode())
}

fn writers_of(mode: u32) -> Writers {
    match mode {
        mode if mode & 0o002 != 0 => Writers::Everybody,
        mode if mode & 0o020 != 0 => Writers::Group,
        _ => Writers::Owner,
    }
}

/// Whether any user can replace a file in this folder. A folder that only its group can write to is accepted: where
/// each user has a private group, a umask of 002 makes every folder writable for it.
pub fn is_open_to_others(folder: &Metadata) -> bool {
    lets_others_replace(folder.mode())
}

fn lets_others_replace(mode: u32) -> bool {
    mode & 0o002 != 0 && mode & 0o1000 == 0
}

/// Whether another user than root can rename this folder's files, and so put others in their place: the folder belongs to
/// them, or is open to others.
pub fn is_replaceable_by_others(folder: &Path) -> bool {
    // Who became root by sudo writes into their own folders.
    let person = std::env::var("SUDO_UID").ok().and_then(|it| it.parse().ok());
    let person = person.filter(|_| rustix::process::geteuid().is_root());
    let is_foreign = |it: &Metadata| is_of_another_user(it) && Some(it.uid()) != person;
    folder.metadata().is_ok_and(|it| is_open_to_others(&it) || is_foreign(&it))
}

/// Whether a file belongs to neither this user nor root.
pub fn is_of_another_user(data: &Metadata) -> bool {
    data.uid() != 0 && data.uid() != rustix::process::geteuid().as_raw()
}

/// The number of the user who owns a file, if it is not this user.
pub fn other_owner(data: &Metadata) -> Option<u32> {
    (data.uid() != rustix::process::geteuid().as_raw()).then(|| data.uid())
}

/// The permission bits of a file.
pub fn mode(data: &Metadata) -> u32 {
    data.mode() & 0o7777
}

/// Takes every permission from others than the owner. The mode is set on the opened file, so that no link can take its
/// place between the check and the change.
///
/// # Errors
/// When the mode cannot be set, or it is not a regular file.
pub fn make_private(path: &Path) -> io::Result<()> {
    // Without `NONBLOCK`, opening a pipe would wait for its writer.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = File::options().read(true).custom_flags(flags.bits() as i32).open(path)?;
    let data = file.metadata()?;
    if !data.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    file.set_permissions(Permissions::from_mode(data.mode() & 0o700))
}

/// Gives an open file the owner and the group of another, if they differ.
///
/// # Errors
/// When they cannot be set: only root can set another owner.
pub fn copy_owner(from: &Metadata, to: &File) -> io::Result<()> {
    let is = to.metadata()?;
    match (is.uid(), is.gid()) == (from.uid(), from.gid()) {
        true => Ok(()),
        false => fchown(to, Some(from.uid()), Some(from.gid())),
    }
}

/// Gives an open file the permissions of another, without set-user-ID, set-group-ID and the sticky bit.
///
/// # Errors
/// When the mode cannot be set.
pub fn copy_permissions(from: &Metadata, to: &File) -> io::Result<()> {
    to.set_permissions(Permissions::from_mode(from.mode() & 0o777))
}

/// Makes opening a link an error, so that a link of the same name does not choose the file.
pub fn without_links(options: &mut OpenOptions) -> &mut OpenOptions {
    options.custom_flags(OFlags::NOFOLLOW.bits() as i32)
}

/// Checks without a write that files can be created in a folder.
///
/// # Errors
/// Why they cannot: permissions, a read-only file system, or no space.
pub fn check_writable(folder: &Path) -> io::Result<()> {
    rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK)?;
    let disk = rustix::fs::statvfs(folder)?;
    // A file system without a fixed number of files counts none.
    let is_full = disk.f_bavail == 0 || (disk.f_files > 0 && disk.f_favail == 0);
    if is_full { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
}

/// Checks without a write that a file may be written.
///
/// # Errors
/// Why it may not.
pub fn check_file_writable(file: &Path) -> io::Result<()> {
    Ok(rustix::fs::access(file, Access::WRITE_OK)?)
}

/// The permissions of a file, if they allow others than the owner to read, write or execute it.
pub fn mode_if_not_private(data: &Metadata) -> Option<u32> {
    let mode = data.mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

/// Device and inode of a file: the same for every link to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileId {
    pub device: u64,
    pub inode: u64,
}

/// Device and inode of a file.
pub fn id(data: &Metadata) -> FileId {
    FileId { device: data.dev(), inode: data.ino() }
}

/// Whether this user may execute the file.
pub fn is_executable(path: &Path) -> bool {
    rustix::fs::access(path, Access::EXEC_OK).is_ok()
}

/// Makes the options create a file that only its owner can read and write.
pub fn for_owner_only(options: &mut OpenOptions) -> &mut OpenOptions {
    options.mode(0o600)
}

/// The permissions of a new file that is no secret: those that the umask allows.
pub fn default_permissions() -> Permissions {
    Permissions::from_mode(0o666)
}

/// Creates a folder for temporary files that only its owner can use, whatever the umask.
///
/// # Errors
/// When it cannot be created.
pub fn temporary_folder(prefix: &str) -> io::Result<TempDir> {
    let permissions = Permissions::from_mode(0o700);
    tempfile::Builder::new().prefix(prefix).permissions(permissions).tempdir()
}

/// A builder of folders that only their owner can use.
pub fn folder_for_owner_only() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

/// Makes the options open a file without blocking; opening a pipe would block until it has a writer.
pub fn without_waiting(options: &mut OpenOptions) -> &mut OpenOptions {
    options.custom_flags(OFlags::NONBLOCK.bits() as i32)
}

/// Reads at most `length` bytes at a position, without changing the position of the file.
///
/// # Errors
/// When reading fails.
pub fn read_at(file: &File, length: usize, position: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(length);
    rustix::io::pread(file, rustix::buffer::spare_capacity(&mut bytes), position)?;
    Ok(bytes)
}

/// Whether a path could not be followed because its links form a loop.
pub fn is_loop_of_links(error: &io::Error) -> bool {
    Errno::from_io_error(error) == Some(Errno::LOOP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widest_class_with_write_permission_is_returned() {
        for (mode, expected) in [
            (0o600, Writers::Owner),
            (0o755, Writers::Owner),
            (0o620, Writers::Group),
            (0o602, Writers::Everybody),
            (0o666, Writers::Everybody),
        ] {
            assert_eq!(writers_of(mode), expected, "{mode:o}");
        }
    }

    #[test]
    fn only_a_regular_file_is_made_private_and_no_link_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let mode = |name: &str| mode(&path(name).metadata().unwrap());
        for name in ["file", "target"] {
            std::fs::write(path(name), "").unwrap();
            std::fs::set_permissions(path(name), Permissions::from_mode(0o664)).unwrap();
        }
        std::os::unix::fs::symlink(path("target"), path("link")).unwrap();
        make_private(&path("file")).unwrap();
        assert_eq!(mode("file"), 0o600);
        for name in ["link", ".", "missing"] {
            assert!(make_private(&path(name)).is_err(), "{name}");
        }
        assert_eq!(mode("target"), 0o664);
    }

    #[test]
    fn a_folder_is_open_to_others_if_any_user_can_replace_its_files() {
        for (mode, is_open) in [
            (0o700, false),
            (0o755, false),
            (0o775, false),
            (0o777, true),
            (0o702, true),
            (0o1777, false),
            (0o1702, false),
            (0o3777, false),
            (0o2777, true),
        ] {
            assert_eq!(lets_others_replace(mode), is_open, "{mode:o}");
        }
    }
}
