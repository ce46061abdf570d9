//! Output: results on standard output, as text or as one JSON object.

use std::io::{self, Write};

use serde_json::Value;

use crate::error::{Code, Error, Result};
use crate::text;

/// Results go to standard output.
///
/// # Errors
/// `not_written`, unless whoever reads has closed it: then no more is wanted.
pub fn print(text: &str) -> Result<()> {
    let written = io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::new(Code::NotWritten, format!("Cannot write to standard output: {error}.")))
        }
        _ => Ok(()),
    }
}

/// One JSON object.
///
/// # Errors
/// As [`print`].
pub fn print_json(value: &Value) -> Result<()> {
    print(&format!("{}\n", text::escaped(&format!("{value:#}"))))
}
