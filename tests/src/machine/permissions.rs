//! Permission bits and owners of files.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// The user and group id of `nobody` and `nogroup`, the unprivileged user of the tests.
pub const NOBODY: u32 = 65534;

/// Sets the permission bits, whatever the umask.
pub fn set_mode(path: &Path, mode: u32) {
    let set = fs::set_permissions(path, fs::Permissions::from_mode(mode));
    set.unwrap_or_else(|error| panic!("chmod {mode:o} {}: {error}", path.display()));
}

/// Makes `nobody` the owner of everything below this path.
pub(crate) fn give_away(path: &Path) {
    use rustix::fs::{AtFlags, CWD, Gid, Uid, chownat};
    let (user, group) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
    chownat(CWD, path.as_os_str().as_bytes(), Some(user), Some(group), AtFlags::SYMLINK_NOFOLLOW)
        .unwrap_or_else(|error| panic!("chown {}: {error}", path.display()));
    if fs::symlink_metadata(path).is_ok_and(|data| data.is_dir()) {
        for entry in fs::read_dir(path).expect("a directory of the home") {
            give_away(&entry.expect("an entry of the home").path());
        }
    }
}
