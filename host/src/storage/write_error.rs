//! The error for a file that cannot be written, and its reason.

use std::io;
use std::path::Path;

use crate::error::{Code, Command, Error, Suggestion};
use crate::platform::files;
use crate::storage::atomic_file;

/// The error for a file that could not be written; that file is unchanged.
pub fn not_stored(file: &Path, error: &io::Error) -> Error {
    let (shown, why) = (file.display().to_string(), reason(error));
    Error::new(Code::NotStored, format!("Cannot write {shown}: {why}."))
        .nothing_changed()
        .unchanged(file)
        .next(remedy(file, error))
}

/// What mends the cause of this error, or shows it.
pub fn remedy(file: &Path, error: &io::Error) -> Suggestion {
    let shown = file.display().to_string();
    let folder = existing(atomic_file::folder_of(file));
    match error.kind() {
        io::ErrorKind::StorageFull
        | io::ErrorKind::QuotaExceeded
        | io::ErrorKind::ReadOnlyFilesystem => {
            let disk = Command::from("df -h").value(folder.display().to_string());
            Suggestion::new("Show the file system", disk)
        }
        io::ErrorKind::IsADirectory => {
            let aside = Command::from("mv").value(&shown).value(&shown).glued(".bak");
            Suggestion::new("Move it away", aside)
        }
        // Only of the folder that is this program's: a folder above it, or one that config.yaml names, is not to be changed.
        io::ErrorKind::PermissionDenied
            if folder == atomic_file::folder_of(file)
                && folder.ends_with(".meshery")
                && files::check_writable(folder).is_err() =>
        {
            allow_writing(folder)
        }
        io::ErrorKind::PermissionDenied if files::check_writable(folder).is_err() => {
            let look = Command::from("ls -ld").value(folder.display().to_string());
            Suggestion::new("Show permissions", look)
        }
        _ => {
            let look = Command::from("ls -ld").value(&shown).glued("*");
            Suggestion::new("Show permissions", look)
        }
    }
}

/// What lets this user write in a folder.
fn allow_writing(folder: &Path) -> Suggestion {
    let shown = folder.display().to_string();
    let owner = folder.metadata().ok().and_then(|it| files::other_owner(&it));
    match owner {
        Some(_) => {
            let own = Command::from("sudo chown -R \"$(id -un)\"").value(shown);
            Suggestion::new("Make the folder yours", own)
        }
        None => {
            Suggestion::new("Let yourself write there", Command::from("chmod u+rwx").value(shown))
        }
    }
}

/// The folder itself, or the nearest one above it that exists.
pub fn existing(folder: &Path) -> &Path {
    folder.ancestors().find(|it| it.exists()).unwrap_or(folder)
}

/// The error for a file whose lock another process did not release in time; that file is unchanged.
pub(super) fn in_use(file: &Path) -> Error {
    let shown = file.display();
    Error::new(Code::NotStored, format!("Cannot lock {shown}: another mesheryctl is using it."))
        .nothing_changed()
        .unchanged(file)
        .next(Suggestion::new("Try again", Command::again()))
        .next(Suggestion::new("Show its process", "pgrep -l mesheryctl"))
}

/// Why a file could not be written, as the end of a sentence.
pub fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        io::ErrorKind::QuotaExceeded => "the disk quota is exceeded".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        io::ErrorKind::NotADirectory => "part of the path is not a directory".to_owned(),
        _ if files::is_loop_of_links(error) => "its links form a loop".to_owned(),
        // The path of a temporary file that no longer exists is of no use in the message.
        _ => error.to_string().split(" at path ").take(1).collect(),
    }
}
