//! A frame: one message between host and worker, a line of a kind, a number and JSON.

use std::io::{self, Write};

/// The longest frame, in bytes: an answer of 1 MiB, every byte of it escaped, and some room.
pub const LONGEST: usize = 8 * 1024 * 1024;

/// What a frame is about. Host to worker: `run`, then an `answer` to each ask. Worker to host:
/// `ready` with its manifest, an `ask` at a time, at the end `done`; or instead `broken` and why, or
/// `uncontained` when there is no sandbox to run in as was promised.
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

/// A frame as it was read.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    pub kind: Kind,
    /// Counted by each side from zero, so that none is lost, forged early or answered twice.
    pub number: u64,
    pub text: &'a str,
}

/// Writes one frame. A line break inside `text` would end it early, so it must hold none.
///
/// # Errors
/// As of writing, and for a text with a line break or longer than [`LONGEST`].
pub fn write(to: &mut impl Write, kind: Kind, number: u64, text: &str) -> io::Result<()> {
    if text.contains('\n') || text.len() > LONGEST - 64 {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let name = KINDS.iter().find(|(it, _)| *it == kind).map_or("", |(_, name)| name);
    to.write_all(format!("{name} {number} {text}\n").as_bytes())
}

/// Reads the line of one frame, without its line break.
pub fn parse(line: &[u8]) -> Option<Frame<'_>> {
    let (kind, rest) = std::str::from_utf8(line).ok()?.split_once(' ')?;
    let (number, text) = rest.split_once(' ')?;
    let (kind, _) = KINDS.iter().find(|(_, name)| *name == kind)?;
    Some(Frame { kind: *kind, number: counted(number)?, text })
}

/// In the one spelling that is written: neither `+1` nor `01`.
fn counted(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number: &u64| number.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
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
    fn nonsense_is_no_frame_and_a_line_break_is_never_written() {
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
