//! [`LineBuffer`]: assembles lines from typed bytes, with the markers of bracketed paste.

use mesheryctl_core::secret::Secret;

use crate::platform::paste_progress::{PASTE_END, PASTE_START};

/// The longest useful line, in bytes: an auth.json with a token of 64 KiB, and a margin.
pub const MAX_LENGTH: usize = 80 * 1024;

/// An incomplete line. It has no `Debug`, since its contents are secret.
#[expect(missing_debug_implementations, reason = "it holds secrets")]
#[derive(Default)]
pub struct LineBuffer {
    bytes: Vec<u8>,
    /// Whether the input is inside a marked paste, where a line break does not end the line, as in an auth.json.
    in_paste: bool,
    /// Whether the terminal marked a paste in this line; then every line break outside the paste ends the line.
    has_marker: bool,
}

impl LineBuffer {
    /// Adds one byte; returns the line if the byte completes it.
    pub fn take(&mut self, byte: u8) -> Option<Secret> {
        match byte {
            b'\r' | b'\n' if !self.in_paste && !self.is_incomplete_json() => {
                return Some(self.finish());
            }
            0x7f | 0x08 if !self.in_paste => drop(self.bytes.pop()),
            0x15 if !self.in_paste => self.bytes.clear(),
            // Ctrl-D, Ctrl-Q, Ctrl-S and Ctrl-\ are ignored: only Enter ends a line.
            0x04 | 0x11 | 0x13 | 0x1c => {}
            byte => push_bounded(&mut self.bytes, byte),
        }
        if self.bytes.ends_with(PASTE_START) {
            self.bytes.truncate(self.bytes.len() - PASTE_START.len());
            self.in_paste = true;
            self.has_marker = true;
        } else if self.bytes.ends_with(PASTE_END) {
            self.bytes.truncate(self.bytes.len() - PASTE_END.len());
            self.in_paste = false;
        }
        None
    }

    /// Whether the line is an incomplete auth.json, pasted on a terminal without bracketed paste. It ends at a line
    /// that ends with a brace, or at an empty line.
    fn is_incomplete_json(&self) -> bool {
        let text = self.bytes.trim_ascii();
        let is_incomplete = text.starts_with(b"{") && !text.ends_with(b"}");
        !self.has_marker && is_incomplete && !self.bytes.ends_with(b"\n")
    }

    fn finish(&mut self) -> Secret {
        let bytes = std::mem::take(&mut self.bytes);
        self.has_marker = false;
        Secret::new(String::from_utf8_lossy(&bytes))
    }
}

/// Appends a byte within bounds. Stores [`MAX_LENGTH`] bytes and one more, which shows that the text is too long, then
/// only the last few, which are needed to detect the end of the paste.
pub(in crate::terminal) fn push_bounded(bytes: &mut Vec<u8>, byte: u8) {
    bytes.push(byte);
    if bytes.len() > MAX_LENGTH + 1 + PASTE_END.len() {
        bytes.remove(MAX_LENGTH + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(keys: &[u8]) -> Vec<String> {
        let mut buffer = LineBuffer::default();
        keys.iter().filter_map(|&it| buffer.take(it)).map(|it| it.expose().to_owned()).collect()
    }

    #[test]
    fn enter_ends_a_marked_paste_of_any_length() {
        for length in [0, 1, MAX_LENGTH, MAX_LENGTH + 1, MAX_LENGTH + 7, 3 * MAX_LENGTH] {
            let body = vec![b'a'; length];
            let found = lines(&[b"\x1b[200~", &body[..], b"\x1b[201~\rnext\r"].concat());
            assert_eq!(found.len(), 2, "{length}");
            assert_eq!(found[0].len() > MAX_LENGTH, length > MAX_LENGTH, "{length}");
            assert_eq!(found[1], "next");
        }
    }
}
