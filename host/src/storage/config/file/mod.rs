//! The bytes of config.yaml from the disk, and the problems that a person has to mend there.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use super::shape::SyntaxError;
use crate::error::{Code, Command, Error, Result, Suggestion};

/// A config.yaml is a few lines; more than this is some other file.
const LIMIT: u64 = 1024 * 1024;

/// The text of the file, or `None` if it is the default one and not there.
pub(super) fn read(path: &Path, named: bool) -> Result<Option<String>> {
    let bytes = match open(path, named).and_then(bounded) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound && !named => return Ok(None),
        Err(error) => return Err(unreadable(path, &error)),
    };
    if bytes.len() as u64 > LIMIT {
        let message =
            format!("{} is larger than 1 MiB, so it is not a config file.", path.display());
        return Err(broken(path, message));
    }
    text(bytes).map(Some).map_err(|flaw| invalid(path, &flaw))
}

fn open(path: &Path, named: bool) -> io::Result<File> {
    let kind = fs::metadata(path)?;
    if kind.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    // Opening a pipe waits for its writer: fine for `--config <(…)`, a hang for the default file.
    if !kind.is_file() && !named {
        return Err(io::Error::other("not a regular file"));
    }
    File::open(path)
}

fn bounded(file: File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(LIMIT + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn text(bytes: Vec<u8>) -> std::result::Result<String, SyntaxError> {
    let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line_start = good.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        SyntaxError {
            line: good.iter().filter(|&&byte| byte == b'\n').count() as u64 + 1,
            column: String::from_utf8_lossy(&good[line_start..]).chars().count() as u64 + 1,
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
                .next(Suggestion::new("Use the default file", "mesheryctl system login"))
        }
        ErrorKind::IsADirectory => {
            broken(path, format!("{shown} is a directory, not a config file."))
        }
        kind => {
            let message = match kind {
                ErrorKind::PermissionDenied => format!("Cannot read {shown}: permission denied."),
                _ => format!("Cannot read {shown}: {error}."),
            };
            Error::new(Code::ConfigUnreadable, message).unchanged(path).next(Suggestion::new(
                "Show permissions",
                Command::from("ls -ld").value(word(path)),
            ))
        }
    }
}

/// The file says something that cannot be understood, and where.
pub(super) fn invalid(path: &Path, flaw: &SyntaxError) -> Error {
    let SyntaxError { line, column, what } = flaw;
    let place = format!("{}, line {line}, column {column}", path.display());
    broken(path, format!("The config is invalid: {place}: {what}."))
}

fn broken(path: &Path, message: String) -> Error {
    let aside = Command::from("mv").value(word(path)).value(word(path)).glued(".bak");
    Error::new(Code::ConfigInvalid, message)
        .unchanged(path)
        .next(Suggestion::new("Fix it, or move it away", aside))
}

fn word(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests;
