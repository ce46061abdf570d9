//! [`Destination`]: where an answer is written: standard output as it came, a terminal without what controls it, or a file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use tempfile::NamedTempFile;

use super::answer;
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::net::transfer::incoming::Incoming;
use crate::platform::{files, signals as system_signals};
use crate::process::signals;
use crate::storage::atomic_file::{folder_of, follow};
use crate::storage::write_error::reason;
use crate::terminal::Terminal;
use crate::text::{Line, sanitized_lines};

/// What is read at a time, in bytes.
const PART: usize = 64 * 1024;

#[derive(Debug)]
pub enum Destination {
    /// Standard output, as it came.
    Pipe,
    /// Standard output that is a terminal, with the bytes of a character that is not complete yet.
    Screen {
        pending: Vec<u8>,
    },
    /// A file that exists and is no regular one, such as a device or a named pipe.
    Device {
        path: PathBuf,
        file: File,
    },
    File(Download),
}

/// Whether more is wanted: a program that reads standard output may close it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    Open,
    Closed,
}

/// A regular file, which is written under another name until it is complete.
#[derive(Debug)]
pub struct Download {
    place: PathBuf,
    part: NamedTempFile,
    length: u64,
    bar: Option<ProgressBar>,
}

impl Destination {
    /// # Errors
    /// `not_stored` if the file cannot be written.
    pub fn open(file: Option<&Path>, terminal: &Terminal) -> Result<Self> {
        let Some(path) = file else {
            return Ok(match terminal.prints_to_terminal() {
                true => Self::Screen { pending: Vec::new() },
                false => Self::Pipe,
            });
        };
        system_signals::survive_file_size_limit();
        // A link stays one.
        let place = follow(path);
        let old = match fs::metadata(&place) {
            Ok(old) => Some(old),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(not_stored(path, &error)),
        };
        let is_device = old.as_ref().is_some_and(|it| !it.is_file());
        // Also whether a file that exists may be written.
        let opened = old.as_ref().map(|_| OpenOptions::new().write(true).open(&place)).transpose();
        match opened.map_err(|error| not_stored(path, &error))? {
            Some(file) if is_device => Ok(Self::Device { path: place, file }),
            _ => Download::create(place, old.as_ref(), terminal).map(Self::File),
        }
    }

    /// # Errors
    /// `not_written`, `not_stored`.
    pub fn write(&mut self, bytes: &[u8]) -> Result<Reader> {
        match self {
            Self::Pipe => to_stdout(bytes),
            Self::Screen { pending } => to_stdout(visible(pending, bytes).as_bytes()),
            Self::Device { path, file } => {
                let written = file.write_all(bytes).map_err(|error| not_stored(path, &error));
                written.map(|()| Reader::Open)
            }
            Self::File(download) => download.write(bytes).map(|()| Reader::Open),
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
            let read = match answer.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(read) => read,
                Err(error) => return Err(self.with_part(answer::broken(&error, server))),
            };
            if self.write(&buffer[..read])? == Reader::Closed {
                return Ok(());
            }
        }
    }

    /// Completes a file.
    ///
    /// # Errors
    /// `not_written`, `not_stored`.
    pub fn finish(self, terminal: &Terminal) -> Result<()> {
        match self {
            Self::Screen { pending } if !pending.is_empty() => {
                to_stdout("\u{fffd}".as_bytes()).map(drop)
            }
            Self::Pipe | Self::Screen { .. } | Self::Device { .. } => Ok(()),
            Self::File(download) => download.finish(terminal),
        }
    }

    /// The error, with where the part of the file is that has come.
    pub fn with_part(&mut self, error: Error) -> Error {
        match self {
            Self::File(download) => download.with_part(error),
            _ => error,
        }
    }
}

fn to_stdout(bytes: &[u8]) -> Result<Reader> {
    let written = io::stdout().write_all(bytes).and_then(|()| io::stdout().flush());
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Reader::Closed),
        Err(error) => {
            Err(Error::new(Code::NotWritten, format!("Cannot write to standard output: {error}.")))
        }
        Ok(()) => Ok(Reader::Open),
    }
}

/// The text of these bytes that a terminal may show. The beginning of a character whose end has not come is `pending` then.
pub fn visible(pending: &mut Vec<u8>, bytes: &[u8]) -> String {
    pending.extend_from_slice(bytes);
    let (mut text, mut read) = (String::new(), 0);
    let mut chunks = pending.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        text += chunk.valid();
        read += chunk.valid().len();
        let invalid = chunk.invalid();
        let may_go_on = str::from_utf8(invalid).is_err_and(|it| it.error_len().is_none());
        if invalid.is_empty() || (may_go_on && chunks.peek().is_none()) {
            break;
        }
        text.push(char::REPLACEMENT_CHARACTER);
        read += invalid.len();
    }
    pending.drain(..read);
    sanitized_lines(&text)
}

impl Download {
    /// The part is a new file, so that no other program and no other run writes to it.
    fn create(place: PathBuf, old: Option<&fs::Metadata>, terminal: &Terminal) -> Result<Self> {
        let name = place.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let part = tempfile::Builder::new()
            .prefix(&format!("{name}."))
            .suffix(".part")
            .permissions(files::default_permissions())
            .tempfile_in(folder_of(&place));
        let part = part.and_then(|part| match old {
            Some(old) => files::copy_permissions(old, part.as_file()).map(|()| part),
            None => Ok(part),
        });
        let part = part.map_err(|error| not_stored(&place, &error))?;
        signals::note_saved();
        let bar = terminal.can_move_cursor.then(ProgressBar::no_length);
        let bar = bar.inspect(|bar| bar.set_style(style(false)));
        Ok(Self { place, part, length: 0, bar })
    }

    fn expect(&mut self, length: Option<&str>) {
        if let (Some(bar), Some(length)) = (&self.bar, length.and_then(|it| it.parse().ok())) {
            bar.set_length(length);
            bar.set_style(style(true));
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if let Err(error) = self.part.write_all(bytes) {
            let error = not_stored(&self.place, &error);
            return Err(self.with_part(error));
        }
        self.length += bytes.len() as u64;
        self.bar.iter().for_each(|it| it.inc(bytes.len() as u64));
        Ok(())
    }

    /// Keeps what has come, if anything.
    fn with_part(&mut self, error: Error) -> Error {
        self.bar.iter().for_each(ProgressBar::finish_and_clear);
        if self.length == 0 {
            return error;
        }
        self.part.disable_cleanup(true);
        let (size, part) = (HumanBytes(self.length), self.part.path().display());
        let message = format!("{} The {size} that came are in {part}.", error.message());
        let with_part = Error::new(error.code, message);
        error.suggestions().iter().cloned().fold(with_part, Error::next)
    }

    fn finish(self, terminal: &Terminal) -> Result<()> {
        self.bar.iter().for_each(ProgressBar::finish_and_clear);
        let failed = |error: &io::Error| not_stored(&self.place, error);
        self.part.as_file().sync_all().map_err(|error| failed(&error))?;
        self.part.persist(&self.place).map_err(|it| failed(&it.error))?;
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

fn not_stored(path: &Path, error: &io::Error) -> Error {
    let path = path.display().to_string();
    let message = format!("Cannot write {path}: {}.", reason(error));
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
            (&[b"\xff caf\xc3\xa9\n"], "\u{fffd} café\n"),
            (&[b"\xc3", b"x"], "\u{fffd}x"),
            (&[b"\xffa", &"€".as_bytes()[..2], &"€".as_bytes()[2..]], "\u{fffd}a€"),
        ] {
            let mut pending = Vec::new();
            let text: String = parts.iter().map(|it| visible(&mut pending, it)).collect();
            assert_eq!(text, expected, "{parts:?}");
            assert!(pending.len() <= 3);
        }
    }
}
