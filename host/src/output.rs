//! The output of results on standard output, as text or as one JSON object.

use std::io::{self, Write};

use serde_json::Value;

use crate::error::{Code, Error, Result};
use crate::text;

/// Prints a text as it is: of the program's own, such as a completion script, or without anything that controls a terminal.
///
/// # Errors
/// `not_written`. A closed pipe is not an error, because its reader wants no more.
pub fn print(text: &str) -> Result<()> {
    let written = io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::new(Code::NotWritten, format!("Cannot write to standard output: {error}.")))
        }
        _ => Ok(()),
    }
}

/// Prints a result as one JSON object.
///
/// # Errors
/// As [`print()`].
pub fn print_json(value: &Value) -> Result<()> {
    print(&format!("{}\n", text::escaped(&format!("{value:#}"))))
}
