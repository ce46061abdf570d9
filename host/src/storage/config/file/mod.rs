//! Reads the bytes of config.yaml, and the errors of a config that cannot be used.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use super::shape::SyntaxError;
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::platform::files;
use crate::storage::{atomic_file, write_error};

/// The largest config that is read or written, in bytes.
pub(in crate::storage) const MAX_LENGTH: u64 = 1024 * 1024;

/// The text of the file, or `None` if it does not exist and is the default one.
pub(super) fn read(path: &Path, named: bool) -> Result<Option<String>> {
    let bytes = match open(path, named).and_then(bounded) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound && !named => return Ok(None),
        Err(error) => return Err(unreadable(path, &error)),
    };
    if bytes.len() as u64 > MAX_LENGTH {
        let message =
            format!("{} is larger than 1 MiB, so it is not a config file.", path.display());
        return Err(unusable(path, message));
    }
    text(bytes).map(Some).map_err(|error| invalid(path, &error))
}

fn open(path: &Path, named: bool) -> io::Result<File> {
    let kind = fs::metadata(path)?;
    if kind.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    // Opening a pipe blocks until it has a writer: expected for `--config <(…)`, a hang for the default file.
    if !kind.is_file() && !named {
        return Err(io::Error::other("not a regular file"));
    }
    File::open(path)
}

fn bounded(file: File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(MAX_LENGTH + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of a YAML file.
pub(in crate::storage) fn text(bytes: Vec<u8>) -> std::result::Result<String, SyntaxError> {
    let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line_start = valid.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        SyntaxError {
            line: valid.iter().filter(|&&byte| byte == b'\n').count() as u64 + 1,
            column: String::from_utf8_lossy(&valid[line_start..]).chars().count() as u64 + 1,
            what: match utf16 {
                true => "the file is UTF-16, save it as UTF-8".to_owned(),
                false => "this is not UTF-8 text".to_owned(),
            },
        }
    })
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    let shown = path.display();
    match error.kind() {
        ErrorKind::NotFound => {
            let message = format!("The file {shown} named by --config does not exist.");
            Error::new(Code::ConfigNotFound, message)
                .next(Suggestion::new("Use the default file", Command::again_without_config()))
        }
        ErrorKind::IsADirectory => {
            unusable(path, format!("{shown} is a directory, not a config file."))
        }
        kind => {
            let message = match kind {
                ErrorKind::PermissionDenied => format!("Cannot read {shown}: permission denied."),
                _ => format!("Cannot read {shown}: {}.", write_error::reason(error)),
            };
            Error::new(Code::ConfigUnreadable, message).unchanged(path).next(show(path))
        }
    }
}

/// The error for a config that cannot be parsed, with the position.
pub(super) fn invalid(path: &Path, error: &SyntaxError) -> Error {
    let SyntaxError { line, column, what } = error;
    let place = format!("{}, line {line}, column {column}", path.display());
    unusable(path, format!("The config is invalid: {place}: {what}."))
}

fn unusable(path: &Path, message: String) -> Error {
    let error = Error::new(Code::ConfigInvalid, message).unchanged(path);
    if !can_be_moved(path) {
        return error.next(show(path));
    }
    let aside = Command::from("mv").value(word(path)).value(word(path)).glued(".bak");
    error.next(Suggestion::new("Fix it, or move it away", aside))
}

/// Whether it is a file of this user: a device is not to be moved, nor a file in a folder of the system.
fn can_be_moved(path: &Path) -> bool {
    let folder = atomic_file::folder_of(path);
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let is_own = folder.metadata().is_ok_and(|it| files::other_owner(&it).is_none());
    path.is_file() && is_own && files::check_writable(folder).is_ok()
}

fn show(path: &Path) -> Suggestion {
    Suggestion::new("Show permissions", Command::from("ls -ld").value(word(path)))
}

fn word(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests;
