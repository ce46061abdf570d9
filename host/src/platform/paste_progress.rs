//! [`PasteProgress`]: whether the input that was read last belongs to a paste whose rest may still arrive.

use std::time::{Duration, Instant};

/// The sequences that a terminal sends before and after a paste, if it was asked to (bracketed paste).
pub const PASTE_START: &[u8] = b"\x1b[200~";
pub const PASTE_END: &[u8] = b"\x1b[201~";

const ESCAPE: u8 = 0x1b;

/// The most characters in one read that count as typed: a person types no more between two reads.
const TYPED_AT_ONCE: usize = 4;

/// How long after an unmarked paste more of it is expected.
const BURST_END: Duration = Duration::from_millis(200);

/// Whether bytes that were read at once were pasted. Control characters and the escape sequences of keys do not count:
/// a key that is held sends many.
pub fn is_burst(read: &[u8]) -> bool {
    text_length(read) > TYPED_AT_ONCE
}

/// The count of characters and line breaks outside of escape sequences.
fn text_length(mut bytes: &[u8]) -> usize {
    let mut length = 0;
    while let Some((&first, rest)) = bytes.split_first() {
        bytes = if first == ESCAPE { after_sequence(rest) } else { rest };
        // Of a UTF-8 character, its first byte.
        length += usize::from(matches!(first, b'\t' | b'\r' | b'\n' | b' '..=b'~' | 0xc0..));
    }
    length
}

/// What follows an escape sequence, of which the ESC is already removed.
fn after_sequence(bytes: &[u8]) -> &[u8] {
    let parameters = |byte: &u8| (b' '..=b'?').contains(byte);
    match bytes {
        [b'[', rest @ ..] => {
            let length = rest.iter().take_while(|it| parameters(it)).count();
            rest.get(length + 1..).unwrap_or_default()
        }
        [b'O', _, rest @ ..] => rest,
        _ => bytes,
    }
}

/// Whether a paste is being read, over all reads of the program. It stores no input but a part of a marker.
#[derive(Debug)]
pub struct PasteProgress {
    marker: Vec<u8>,
    is_inside: bool,
    last_burst: Option<Instant>,
}

impl PasteProgress {
    pub const fn new() -> Self {
        Self { marker: Vec::new(), is_inside: false, last_burst: None }
    }

    /// Records what was read at once.
    pub fn record(&mut self, read: &[u8], now: Instant) {
        if is_burst(read) {
            self.last_burst = Some(now);
        }
        for &byte in read {
            if byte == ESCAPE {
                self.marker.clear();
            } else if self.marker.is_empty() {
                continue;
            }
            self.marker.push(byte);
            if self.marker == PASTE_START || self.marker == PASTE_END {
                self.is_inside = self.marker == PASTE_START;
                self.marker.clear();
            } else if ![PASTE_START, PASTE_END].iter().any(|it| it.starts_with(&self.marker)) {
                self.marker.clear();
            }
        }
    }

    /// Whether the start of a marked paste was read, and not its end.
    pub fn is_inside(&self) -> bool {
        self.is_inside
    }

    /// Whether the rest of a paste may still arrive.
    pub fn may_continue(&self, now: Instant) -> bool {
        let is_recent = |at: Instant| now.saturating_duration_since(at) < BURST_END;
        self.is_inside || self.last_burst.is_some_and(is_recent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_characters_in_one_read_than_a_person_types_are_a_paste() {
        for (read, pasted) in [
            (&b"q"[..], false),
            (b"2\r", false),
            ("日本語!".as_bytes(), false),
            (b"\x1b[A\x1b[A\x1b[A\x1b[A\x1b[A\x1b[A\x1b[A\r", false),
            (b"\x1bOB\x1bOB\x1bOB\x1b[15~\x1b[1;5C", false),
            (b"\x7f\x7f\x7f\x7f\x7f\x7f\x7f", false),
            (b"\x1b[", false),
            (b"\x1b", false),
            (b"token", true),
            (b"q\rq\rq\r", true),
            (b"\x1b[Btoken", true),
        ] {
            assert_eq!(is_burst(read), pasted, "{read:?}");
        }
    }

    #[test]
    fn a_paste_is_inside_from_its_start_marker_to_its_end_marker_however_they_are_split() {
        let text = b"a\x1b[200~\x1b[2token\x1b[20\x1b[201~b";
        for split in 0..text.len() {
            let mut progress = PasteProgress::new();
            let now = Instant::now();
            progress.record(&text[..split], now);
            assert_eq!(progress.is_inside(), (7..25).contains(&split), "{split}");
            progress.record(&text[split..], now);
            assert!(!progress.is_inside(), "{split}");
        }
    }

    #[test]
    fn an_unmarked_paste_may_continue_for_a_short_time() {
        let mut progress = PasteProgress::new();
        let now = Instant::now();
        progress.record(b"q", now);
        assert!(!progress.may_continue(now));
        progress.record(b"a pasted text", now);
        assert!(progress.may_continue(now));
        assert!(!progress.may_continue(now + BURST_END));
    }
}
