//! [`Decoder`]: the keys and pastes in the bytes that a terminal sends.

use std::time::Duration;

use mesheryctl_core::secret::Secret;

use crate::platform::paste_progress::{PASTE_END, PASTE_START, is_burst};
use crate::terminal::paste::line_buffer::push_bounded;

/// How long to wait for the rest of an escape sequence, of a character, or of a paste without markers.
const PAUSE: Duration = Duration::from_millis(50);

/// How long to wait for the rest of a paste with markers.
const PASTE_PAUSE: Duration = Duration::from_secs(1);

const ESCAPE: u8 = 0x1b;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    Up,
    Down,
    Left,
    Right,
    Enter,
    Escape,
    Backspace,
    /// Ctrl-U: erases the line.
    Erase,
    /// Ctrl-C or Ctrl-D.
    Cancel,
    Character(char),
    Other,
}

/// A pasted text.
#[expect(missing_debug_implementations, reason = "it may be a token")]
pub struct Paste {
    pub text: Secret,
    /// Whether the terminal marked its start and end. Otherwise a line break at its end is the Enter key.
    pub is_marked: bool,
}

#[expect(missing_debug_implementations, reason = "it may be a token")]
pub enum Input {
    Key(Key),
    Paste(Paste),
}

/// The bytes that are not decoded yet.
#[derive(Default)]
#[expect(missing_debug_implementations, reason = "it may be a token")]
pub struct Decoder {
    bytes: Vec<u8>,
    /// The paste that is arriving, and whether it is marked.
    paste: Option<(Vec<u8>, bool)>,
}

impl Decoder {
    /// Adds what was read at once.
    pub fn add(&mut self, read: &[u8]) {
        self.bytes.extend_from_slice(read);
        let is_marked = self.bytes.windows(PASTE_START.len()).any(|it| it == PASTE_START);
        if self.paste.is_none() && !is_marked && is_burst(&self.bytes) {
            self.paste = Some((Vec::new(), false));
        }
    }

    /// The next key or paste that is complete.
    pub fn take(&mut self) -> Option<Input> {
        if self.paste.is_none() {
            match self.key() {
                Decoded::Key(key) => return Some(Input::Key(key)),
                Decoded::Incomplete => return None,
                Decoded::PasteStart => self.paste = Some((Vec::new(), true)),
            }
        }
        let (paste, is_marked) = self.paste.as_mut()?;
        for (position, &byte) in self.bytes.iter().enumerate() {
            push_bounded(paste, byte);
            if *is_marked && paste.ends_with(PASTE_END) {
                paste.truncate(paste.len() - PASTE_END.len());
                self.bytes.drain(..=position);
                return self.take_paste();
            }
        }
        self.bytes.clear();
        None
    }

    /// What is complete because nothing followed for [`Decoder::pause`].
    pub fn after_pause(&mut self) -> Option<Input> {
        if self.paste.is_some() {
            return self.take_paste();
        }
        let bytes = std::mem::take(&mut self.bytes);
        let key = if bytes == [ESCAPE] { Key::Escape } else { Key::Other };
        (!bytes.is_empty()).then_some(Input::Key(key))
    }

    /// How long to wait for the rest, if something is incomplete.
    pub fn pause(&self) -> Option<Duration> {
        match &self.paste {
            Some((_, true)) => Some(PASTE_PAUSE),
            Some((_, false)) => Some(PAUSE),
            None => (!self.bytes.is_empty()).then_some(PAUSE),
        }
    }

    fn take_paste(&mut self) -> Option<Input> {
        let (bytes, is_marked) = self.paste.take()?;
        let text = Secret::new(String::from_utf8_lossy(&bytes));
        Some(Input::Paste(Paste { text, is_marked }))
    }

    fn key(&mut self) -> Decoded {
        let decoded = match self.bytes.first() {
            None => None,
            Some(&ESCAPE) if self.bytes.starts_with(PASTE_START) => {
                self.bytes.drain(..PASTE_START.len());
                return Decoded::PasteStart;
            }
            Some(&ESCAPE) => sequence(&self.bytes),
            Some(_) => character(&self.bytes),
        };
        let Some((key, length)) = decoded else { return Decoded::Incomplete };
        self.bytes.drain(..length);
        Decoded::Key(key)
    }
}

enum Decoded {
    Key(Key),
    PasteStart,
    Incomplete,
}

/// The key of the escape sequence at the start, and the length of the sequence; `None` if it is incomplete.
fn sequence(bytes: &[u8]) -> Option<(Key, usize)> {
    match bytes.get(1)? {
        b'[' => {
            let is_parameter = |it: &&u8| (b' '..=b'?').contains(*it);
            let parameters = bytes[2..].iter().take_while(is_parameter).count();
            Some((arrow(*bytes.get(2 + parameters)?), 3 + parameters))
        }
        b'O' => Some((arrow(*bytes.get(2)?), 3)),
        // The Escape key, and another key after it.
        _ => Some((Key::Escape, 1)),
    }
}

fn arrow(last: u8) -> Key {
    match last {
        b'A' | b'Z' => Key::Up,
        b'B' => Key::Down,
        b'C' => Key::Right,
        b'D' => Key::Left,
        _ => Key::Other,
    }
}

/// The key of the character at the start, and its length; `None` if it is incomplete.
fn character(bytes: &[u8]) -> Option<(Key, usize)> {
    let key = match bytes[0] {
        b'\r' | b'\n' => Key::Enter,
        b'\t' | 0x0e => Key::Down,
        0x10 => Key::Up,
        0x03 | 0x04 => Key::Cancel,
        0x15 => Key::Erase,
        0x7f | 0x08 => Key::Backspace,
        byte @ b' '..=b'~' => Key::Character(byte.into()),
        0xc2..=0xf4 => return longer_character(bytes),
        _ => Key::Other,
    };
    Some((key, 1))
}

fn longer_character(bytes: &[u8]) -> Option<(Key, usize)> {
    let length = match bytes[0] {
        0xf0.. => 4,
        0xe0.. => 3,
        _ => 2,
    };
    let encoded = &bytes[..length.min(bytes.len())];
    match std::str::from_utf8(encoded) {
        Ok(text) => Some((text.chars().next().map_or(Key::Other, Key::Character), length)),
        Err(error) if error.error_len().is_none() => None,
        Err(_) => Some((Key::Other, 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each key as in `Debug`, each paste as its text in brackets, doubled if marked; `|` ends a read, `_` is a pause.
    fn decoded(reads: &[&[u8]]) -> Vec<String> {
        let mut decoder = Decoder::default();
        let mut found = Vec::new();
        for read in reads {
            decoder.add(read);
            while let Some(input) = decoder.take() {
                found.push(shown(&input));
            }
        }
        if decoder.pause().is_some() {
            found.extend(decoder.after_pause().iter().map(shown));
        }
        assert!(decoder.pause().is_none() && decoder.bytes.is_empty());
        found
    }

    fn shown(input: &Input) -> String {
        match input {
            Input::Key(key) => format!("{key:?}"),
            Input::Paste(Paste { text, is_marked: true }) => format!("[[{}]]", text.expose()),
            Input::Paste(Paste { text, is_marked: false }) => format!("[{}]", text.expose()),
        }
    }

    #[test]
    fn bytes_are_decoded_as_keys() {
        for (bytes, keys) in [
            (&b"\x1b[A\x1bOB\x1b[C\x1b[D"[..], &["Up", "Down", "Right", "Left"][..]),
            (b"\x0e\x10\t\x1b[Z", &["Down", "Up", "Down", "Up"]),
            (b"\r\n\x7f\x08\x15", &["Enter", "Enter", "Backspace", "Backspace", "Erase"]),
            (b"\x03\x04", &["Cancel", "Cancel"]),
            (b"q ~", &["Character('q')", "Character(' ')", "Character('~')"]),
            ("ü日😀".as_bytes(), &["Character('ü')", "Character('日')", "Character('😀')"]),
            (b"\x1b[15~\x1b[1;5A\x1b[201~", &["Other", "Up", "Other"]),
            (b"\x13\x00\xff\xc3q", &["Other", "Other", "Other", "Other", "Character('q')"]),
            (b"\x1b", &["Escape"]),
            (b"\x1bq", &["Escape", "Character('q')"]),
            (b"\x1b\x1b", &["Escape", "Escape"]),
            (b"\x1b[", &["Other"]),
            (b"\xc3", &["Other"]),
        ] {
            assert_eq!(decoded(&[bytes]), keys, "{bytes:?}");
        }
    }

    #[test]
    fn keys_and_marked_pastes_are_the_same_however_they_are_split() {
        let bytes = "j\x1b[B\x1b[200~q\r\x1b[Aü\x03\x1b[201~\x1bOA日\r".as_bytes();
        let expected =
            ["Character('j')", "Down", "[[q\r\x1b[Aü\x03]]", "Up", "Character('日')", "Enter"];
        assert_eq!(decoded(&[bytes]), expected);
        for split in 1..bytes.len() {
            let (first, rest) = bytes.split_at(split);
            assert_eq!(decoded(&[first, rest]), expected, "{split}");
        }
    }

    #[test]
    fn a_burst_of_characters_is_a_paste_up_to_the_next_pause() {
        for (reads, expected) in [
            (&[&b"token\r"[..]][..], "[token\r]"),
            (&[b"jjq\rq\r", b"q", b"\x1b[B\r"], "[jjq\rq\rq\x1b[B\r]"),
            (&[b"\x1b[Btoken"], "[\x1b[Btoken]"),
            (&[b"\x1b[2", b"00~token"], "[[token]]"),
        ] {
            assert_eq!(decoded(reads), [expected]);
        }
        assert_eq!(decoded(&[b"j", b"k", b"q"]).len(), 3);
    }

    #[test]
    fn a_paste_is_bounded_and_still_ends() {
        let text = vec![b'a'; 300 * 1024];
        let found = decoded(&[b"\x1b[200~", &text, b"\x1b[201~q"]);
        assert_eq!(found.len(), 2);
        assert!(found[0].len() < 100 * 1024 && found[1] == "Character('q')");
    }
}
