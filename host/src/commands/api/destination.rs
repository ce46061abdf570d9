//! [`Destination`]: where an answer is written: standard output as it came, a terminal without what controls it, or a file.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};

use super::answer;
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::net::transfer::incoming::Incoming;
use crate::process::signals;
use crate::terminal::Terminal;
use crate::text::{Line, sanitized_lines};

/// What is read at a time, in bytes.
const PART: usize = 64 * 1024;

pub enum Destination {
    /// A pipe or a file of the shell.
    Pipe {
        is_closed: bool,
    },
    /// A terminal, with the bytes of a character that is not complete yet.
    Screen {
        pending: Vec<u8>,
    },
    File(Download),
}

/// A file that is written under another name until it is complete.
pub struct Download {
    place: PathBuf,
    part: PathBuf,
    file: File,
    length: u64,
    bar: Option<ProgressBar>,
}

impl Destination {
    /// # Errors
    /// `not_stored` if the file cannot be created.
    pub fn open(file: Option<&Path>, terminal: &Terminal) -> Result<Self> {
        match file {
            Some(file) => Download::create(file, terminal).map(Self::File),
            None if terminal.prints_to_terminal() => Ok(Self::Screen { pending: Vec::new() }),
            None => Ok(Self::Pipe { is_closed: false }),
        }
    }

    /// # Errors
    /// `not_written`, `not_stored`. A reader of standard output that wants no more is none.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Self::Pipe { is_closed } => to_stdout(bytes, is_closed),
            Self::Screen { pending } => {
                let text = visible(pending, bytes);
                to_stdout(text.as_bytes(), &mut false)
            }
            Self::File(download) => download.write(bytes),
        }
    }

    /// Writes the body of an answer of this server.
    ///
    /// # Errors
    /// As [`Destination::write`]; `unreachable` if it breaks off.
    pub fn copy(&mut self, answer: &mut Incoming, server: &Line) -> Result<()> {
        if let Self::File(download) = self {
            download.expect(answer.header("content-length"));
        }
        let mut buffer = vec![0; PART];
        loop {
            let read = answer
                .read(&mut buffer)
                .map_err(|error| self.with_part(&answer::broken(&error, server)))?;
            if read == 0 || self.is_closed() {
                return Ok(());
            }
            self.write(&buffer[..read])?;
        }
    }

    /// Completes a file.
    ///
    /// # Errors
    /// `not_written`, `not_stored`.
    pub fn finish(self, terminal: &Terminal) -> Result<()> {
        match self {
            Self::Pipe { .. } | Self::Screen { .. } => to_stdout(b"", &mut false),
            Self::File(download) => download.finish(terminal),
        }
    }

    fn is_closed(&self) -> bool {
        matches!(self, Self::Pipe { is_closed: true })
    }

    /// The error, with where the part of the file is that has come.
    fn with_part(&self, error: &Error) -> Error {
        match self {
            Self::File(download) => download.with_part(error),
            _ => error.clone(),
        }
    }
}

fn to_stdout(bytes: &[u8], is_closed: &mut bool) -> Result<()> {
    let written = io::stdout().write_all(bytes).and_then(|()| io::stdout().flush());
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            *is_closed = true;
            Ok(())
        }
        Err(error) => {
            Err(Error::new(Code::NotWritten, format!("Cannot write to standard output: {error}.")))
        }
        Ok(()) => Ok(()),
    }
}

/// The text of these bytes that a terminal may show. The beginning of a character whose end has not come is `pending` then.
fn visible(pending: &mut Vec<u8>, bytes: &[u8]) -> String {
    pending.extend_from_slice(bytes);
    let complete = match std::str::from_utf8(pending) {
        Ok(text) => text.len(),
        // At most three bytes, if they can be the beginning of a character.
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        Err(_) => {
            let cut = pending.len().saturating_sub(3);
            let begins =
                pending[cut..].iter().rposition(|it| (0xc2..=0xf4).contains(it)).map(|at| cut + at);
            begins.unwrap_or(pending.len())
        }
    };
    let rest = pending.split_off(complete);
    let text = sanitized_lines(&String::from_utf8_lossy(pending));
    *pending = rest;
    text
}

impl Download {
    fn create(place: &Path, terminal: &Terminal) -> Result<Self> {
        let mut part = place.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        if place.is_dir() {
            return Err(not_stored(place, "it is a directory"));
        }
        let file = File::create(&part).map_err(|error| not_stored(&part, &error.to_string()))?;
        signals::note_saved();
        let bar = terminal.can_move_cursor.then(ProgressBar::no_length);
        let bar = bar.inspect(|bar| bar.set_style(style(false)));
        Ok(Self { place: place.to_owned(), part, file, length: 0, bar })
    }

    fn expect(&mut self, length: Option<&str>) {
        if let (Some(bar), Some(length)) = (&self.bar, length.and_then(|it| it.parse().ok())) {
            bar.set_length(length);
            bar.set_style(style(true));
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let written = self.file.write_all(bytes);
        written.map_err(|error| self.with_part(&not_stored(&self.part, &error.to_string())))?;
        self.length += bytes.len() as u64;
        self.bar.iter().for_each(|it| it.inc(bytes.len() as u64));
        Ok(())
    }

    fn with_part(&self, error: &Error) -> Error {
        self.bar.iter().for_each(ProgressBar::finish_and_clear);
        let (size, part) = (HumanBytes(self.length), self.part.display());
        let message = format!("{} The {size} that came are in {part}.", error.message());
        let with_part = Error::new(error.code, message);
        error.suggestions().iter().cloned().fold(with_part, Error::next)
    }

    fn finish(self, terminal: &Terminal) -> Result<()> {
        self.bar.iter().for_each(ProgressBar::finish_and_clear);
        let saved = self.file.sync_all().and_then(|()| fs::rename(&self.part, &self.place));
        saved.map_err(|error| self.with_part(&not_stored(&self.place, &error.to_string())))?;
        terminal.done(&format!("Saved {} in {}.", HumanBytes(self.length), self.place.display()));
        Ok(())
    }
}

fn style(has_length: bool) -> ProgressStyle {
    let template = match has_length {
        true => "{bytes} of {total_bytes} {wide_bar} {bytes_per_sec} {eta}",
        false => "{bytes} {bytes_per_sec}",
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn not_stored(path: &Path, why: &str) -> Error {
    let path = path.display().to_string();
    let message = format!("Cannot write {path}: {why}.");
    let show = Command::from("ls -ld").value(&path);
    Error::new(Code::NotStored, message).next(Suggestion::new("Show it", show))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_whole_characters_and_nothing_that_controls_it() {
        for (parts, expected) in [
            (&[&b"a\nb\tc"[..]][..], "a\nb\tc"),
            (&[b"\x1b[2Jx\x07\r", b"\x9b1m"], "[2Jx\u{fffd}1m"),
            (&["é".as_bytes(), "€".as_bytes()], "é€"),
            (&[&"€".as_bytes()[..1], &"€".as_bytes()[1..2], &"€".as_bytes()[2..]], "€"),
            (&["\u{9b}31m".as_bytes()], "31m"),
            (&["\u{202e}x".as_bytes()], "x"),
            (&[b"\xff\xfe"], "\u{fffd}\u{fffd}"),
            (&[b"\xffa", &"€".as_bytes()[..2], &"€".as_bytes()[2..]], "\u{fffd}a€"),
        ] {
            let mut pending = Vec::new();
            let text: String = parts.iter().map(|it| visible(&mut pending, it)).collect();
            assert_eq!(text, expected, "{parts:?}");
            assert!(pending.len() <= 3);
        }
    }
}
