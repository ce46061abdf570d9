//! The values of `KEY=VALUE`: the text itself, the content of a file, or standard input.

use std::fs::File;
use std::io::{self, IsTerminal, Read};

use mesheryctl_core::secret::Secret;

use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::text::Name;

/// In bytes; no setting of a provider is longer.
const MAX_VALUE: usize = 64 * 1024;

/// The command that a `KEY=VALUE` is given to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// `login --set KEY=VALUE`.
    Login,
    /// `provider configure ID KEY=VALUE`.
    Configure,
    /// `plugin try FILE --set KEY=VALUE`.
    Try,
    /// `plugin validate FILE --set KEY=VALUE`.
    Validate,
}

impl Via {
    /// What stands before the key.
    pub(super) fn flag(self) -> &'static str {
        match self {
            Self::Login | Self::Try | Self::Validate => "--set ",
            Self::Configure => "",
        }
    }

    /// The words for this key, to which a value is glued.
    pub(super) fn word(self, key: &str) -> Command {
        match self {
            Self::Login | Self::Try | Self::Validate => Command::from("--set").value(key),
            Self::Configure => Command::default().value(key),
        }
    }

    /// The command for this provider and key, to which a value is glued.
    pub(super) fn command(self, id: &str, key: &str) -> Command {
        match self {
            Self::Login => {
                let login = Command::from("mesheryctl system login --provider").value(id);
                login.literal("--set").value(key)
            }
            Self::Configure => {
                Command::from("mesheryctl system provider configure").value(id).value(key)
            }
            Self::Try => Command::from("mesheryctl plugin try FILE --set").value(key),
            Self::Validate => Command::from("mesheryctl plugin validate FILE --set").value(key),
        }
    }
}

/// Where the value of a `KEY=VALUE` is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Text(&'a str),
    File(&'a str),
    StandardInput,
}

/// One `KEY=VALUE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Given<'a> {
    pub(super) key: &'a str,
    pub(super) value: Value<'a>,
}

impl<'a> Given<'a> {
    /// Whether the value is on the command line, which other users can read.
    pub(super) fn is_text(&self) -> bool {
        matches!(self.value, Value::Text(_))
    }

    /// Parses `KEY=TEXT`, `KEY=@FILE` or `KEY=-`. A text that begins with `@` is given as `@@…`.
    pub(super) fn parse(argument: &'a str) -> Option<Self> {
        let (key, value) = argument.split_once('=').filter(|(key, _)| !key.is_empty())?;
        let value = match (value, value.strip_prefix('@')) {
            ("-", _) => Value::StandardInput,
            (_, None) => Value::Text(value),
            (_, Some(text)) if text.starts_with('@') => Value::Text(text),
            (_, Some(file)) => Value::File(file),
        };
        Some(Self { key, value })
    }

    /// The value. Of a file or standard input, without the last line break.
    ///
    /// # Errors
    /// `unreadable`, or `needs_pipe` if standard input is a terminal.
    pub(super) fn read(&self, via: Via) -> Result<Secret> {
        let content = match self.value {
            Value::Text(text) => return Ok(Secret::new(text)),
            Value::File(path) => File::open(path).and_then(read_limited),
            Value::StandardInput if io::stdin().is_terminal() => return Err(self.needs_pipe(via)),
            Value::StandardInput => read_limited(io::stdin().lock()),
        };
        content
            .map(|it| Secret::new(without_line_end(&it)))
            .map_err(|error| self.unreadable(&error, via))
    }

    /// Without the path, which is a secret if a value that begins with `@` was meant.
    fn unreadable(&self, error: &io::Error, via: Via) -> Error {
        let why = match error.kind() {
            io::ErrorKind::NotFound => "no such file".to_owned(),
            io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
            io::ErrorKind::InvalidData => "it is not UTF-8".to_owned(),
            _ => error.to_string(),
        };
        let source = match self.value {
            Value::StandardInput => "standard input",
            _ => "its file",
        };
        let message =
            format!("Cannot read the setting {} from {source}: {why}.", Name::new(self.key));
        let error = Error::new(Code::Unreadable, message).nothing_changed();
        match self.value {
            Value::File(_) => error.next(Suggestion::new(
                "If the value begins with @",
                via.word(self.key).glued("=@@…"),
            )),
            _ => error,
        }
    }

    fn needs_pipe(&self, via: Via) -> Error {
        let message = format!(
            "{}{}=- reads a pipe or a file, but standard input is a terminal.",
            via.flag(),
            Name::new(self.key)
        );
        let command = match via {
            Via::Login => Command::from("mesheryctl system login --set").value(self.key),
            Via::Try => Command::from("mesheryctl plugin try FILE --set").value(self.key),
            Via::Validate => Command::from("mesheryctl plugin validate FILE --set").value(self.key),
            Via::Configure => via.word(self.key),
        };
        Error::new(Code::NeedsPipe, message)
            .nothing_changed()
            .next(Suggestion::new("From a file", command.glued("=@FILE")))
    }
}

fn read_limited(from: impl Read) -> io::Result<String> {
    let mut text = String::new();
    from.take(MAX_VALUE as u64 + 1).read_to_string(&mut text)?;
    if text.len() > MAX_VALUE {
        return Err(io::Error::other("it is longer than 64 KiB"));
    }
    Ok(text)
}

fn without_line_end(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_text_a_file_or_standard_input() {
        for (argument, key, value) in [
            ("url=https://a.example/?b=c", "url", Value::Text("https://a.example/?b=c")),
            ("key=", "key", Value::Text("")),
            ("key=@secret.txt", "key", Value::File("secret.txt")),
            ("key=@", "key", Value::File("")),
            ("key=@@handle", "key", Value::Text("@handle")),
            ("key=@@@handle", "key", Value::Text("@@handle")),
            ("key=-", "key", Value::StandardInput),
            ("key=--", "key", Value::Text("--")),
            ("key=a@b", "key", Value::Text("a@b")),
        ] {
            assert_eq!(Given::parse(argument), Some(Given { key, value }), "{argument}");
        }
        for argument in ["key", "=value", ""] {
            assert_eq!(Given::parse(argument), None, "{argument}");
        }
    }

    #[test]
    fn a_file_is_read_without_its_last_line_break() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        for (content, value) in [
            ("s3cret\n", "s3cret"),
            ("s3cret\r\n", "s3cret"),
            ("two\nlines\n\n", "two\nlines\n"),
            (" spaces ", " spaces "),
            ("", ""),
        ] {
            std::fs::write(&path, content).unwrap();
            let argument = format!("key=@{}", path.display());
            let read = Given::parse(&argument).unwrap().read(Via::Login).unwrap();
            assert_eq!(read.expose(), value, "{content:?}");
        }
        for content in [vec![b'a'; MAX_VALUE + 1], b"\xff\xfe".to_vec()] {
            std::fs::write(&path, content).unwrap();
            let argument = format!("key=@{}", path.display());
            assert!(Given::parse(&argument).unwrap().read(Via::Login).is_err());
        }
    }
}
