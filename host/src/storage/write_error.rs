//! The error for a file that cannot be written, and its reason.

use std::io;
use std::path::Path;

use crate::error::{Code, Command, Error, Suggestion};
use crate::platform::files;

/// The error for a file that could not be written; that file is unchanged.
pub fn not_stored(file: &Path, error: &io::Error) -> Error {
    let (shown, why) = (file.display().to_string(), reason(error));
    let look = Command::from("ls -ld").value(&shown).glued("*");
    Error::new(Code::NotStored, format!("Cannot write {shown}: {why}."))
        .nothing_changed()
        .unchanged(file)
        .next(Suggestion::new("Show permissions", look))
}

/// The error for a file whose lock another process did not release in time; that file is unchanged.
pub(super) fn in_use(file: &Path) -> Error {
    let shown = file.display();
    Error::new(Code::NotStored, format!("Cannot lock {shown}: another mesheryctl is using it."))
        .nothing_changed()
        .unchanged(file)
        .next(Suggestion::new("Show its process", "pgrep -l mesheryctl"))
}

/// Why a file could not be written, as the end of a sentence.
pub(super) fn reason(error: &io::Error) -> String {
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
