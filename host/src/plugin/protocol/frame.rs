//! [`Frame`]: one message between host and worker, a line of its kind, its number and JSON.

use std::io::{self, Write};

/// The longest frame, in bytes: an answer of 1 MiB in which every byte is escaped, and a margin.
pub const MAX_LENGTH: usize = 8 * 1024 * 1024;

/// The kind of a frame. The host sends `run`, then an `answer` to each ask. The worker sends `ready` with its
/// manifest, then one `ask` at a time, then `done`. Instead of `ready` it sends `broken` when the library cannot be
/// loaded, or `uncontained` when it cannot enter the expected sandbox; both with the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Ready,
    Run,
    Ask,
    Answer,
    Done,
    Failed,
    Uncontained,
}

const KINDS: [(Kind, &str); 7] = [
    (Kind::Ready, "ready"),
    (Kind::Run, "run"),
    (Kind::Ask, "ask"),
    (Kind::Answer, "answer"),
    (Kind::Done, "done"),
    (Kind::Failed, "broken"),
    (Kind::Uncontained, "uncontained"),
];

/// A parsed frame.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    pub kind: Kind,
    /// Each side counts its frames from zero, so that a lost, repeated or premature frame is detected.
    pub number: u64,
    pub text: &'a str,
}

/// Writes one frame. `text` must not contain a line break, which would end the frame.
///
/// # Errors
/// When the write fails, and `InvalidInput` when `text` has a line break or exceeds [`MAX_LENGTH`].
pub fn write(to: &mut impl Write, kind: Kind, number: u64, text: &str) -> io::Result<()> {
    if text.contains('\n') || text.len() > MAX_LENGTH - 64 {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let name = KINDS.iter().find(|(it, _)| *it == kind).map_or("", |(_, name)| name);
    to.write_all(format!("{name} {number} {text}\n").as_bytes())
}

/// Parses a line without its line break; `None` when it is not a frame.
pub fn parse(line: &[u8]) -> Option<Frame<'_>> {
    let (kind, rest) = std::str::from_utf8(line).ok()?.split_once(' ')?;
    let (number, text) = rest.split_once(' ')?;
    let (kind, _) = KINDS.iter().find(|(_, name)| *name == kind)?;
    Some(Frame { kind: *kind, number: parse_number(number)?, text })
}

/// Parses a number in the only spelling that [`write()`] produces: not `+1` or `01`.
fn parse_number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number: &u64| number.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_frame_is_parsed_back() {
        for (kind, _) in KINDS {
            let mut line = Vec::new();
            write(&mut line, kind, 7, r#"{"a b": "ü"}"#).unwrap();
            let text = r#"{"a b": "ü"}"#;
            assert_eq!(
                parse(line.strip_suffix(b"\n").unwrap()),
                Some(Frame { kind, number: 7, text })
            );
        }
    }

    #[test]
    fn a_malformed_line_and_a_text_with_a_line_break_are_rejected() {
        for line in [
            &b""[..],
            b"ask",
            b"ask 1",
            b"ask x {}",
            b"ask -1 {}",
            b"ask +1 {}",
            b"ask 01 {}",
            b"eat 1 {}",
            b"\xff 1 {}",
            b"ask 99999999999999999999 {}",
        ] {
            assert_eq!(parse(line), None, "{line:?}");
        }
        assert!(write(&mut Vec::new(), Kind::Ask, 0, "a\nb").is_err());
    }
}
