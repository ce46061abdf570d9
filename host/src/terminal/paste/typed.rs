//! What is typed, byte for byte, until it is a line: with the brackets that a terminal puts around a paste.

use mesheryctl_core::secret::Secret;

/// A token of 64 KiB, an auth.json around it, and a little.
pub const LONGEST: usize = 80 * 1024;

/// A terminal puts these around a paste.
const START: &[u8] = b"\x1b[200~";
const END: &[u8] = b"\x1b[201~";

/// A line in the making. It has no `Debug`: what it holds is secret.
#[expect(missing_debug_implementations, reason = "it holds secrets")]
#[derive(Default)]
pub struct Typed {
    bytes: Vec<u8>,
    /// Between the brackets of a paste a line break is part of it, as in an auth.json.
    inside: bool,
    /// The terminal marked a paste in this line, so that Enter is Enter.
    marked: bool,
}

impl Typed {
    /// Takes one byte in; gives the line that it ends.
    pub fn take(&mut self, byte: u8) -> Option<Secret> {
        match byte {
            b'\r' | b'\n' if !self.inside && !self.is_open() => return Some(self.finish()),
            0x7f | 0x08 if !self.inside => drop(self.bytes.pop()),
            0x15 if !self.inside => self.bytes.clear(),
            // Ctrl-D, Q, S and \: there is no end of a paste but Enter.
            0x04 | 0x11 | 0x13 | 0x1c => {}
            byte => self.keep(byte),
        }
        if self.bytes.ends_with(START) {
            self.bytes.truncate(self.bytes.len() - START.len());
            self.inside = true;
            self.marked = true;
        } else if self.bytes.ends_with(END) {
            self.bytes.truncate(self.bytes.len() - END.len());
            self.inside = false;
        }
        None
    }

    /// One byte more than helps, so that whoever reads it sees that it was too long; and behind it the
    /// last few, so that the end of a paste is seen however long that is.
    fn keep(&mut self, byte: u8) {
        self.bytes.push(byte);
        if self.bytes.len() > LONGEST + 1 + END.len() {
            self.bytes.remove(LONGEST + 1);
        }
    }

    /// An auth.json over several lines, on a terminal that knows no brackets: its end is a brace, or
    /// an empty line where that never comes.
    fn is_open(&self) -> bool {
        let text = self.bytes.trim_ascii();
        let is_cut = text.starts_with(b"{") && !text.ends_with(b"}");
        !self.marked && is_cut && !self.bytes.ends_with(b"\n")
    }

    fn finish(&mut self) -> Secret {
        let bytes = std::mem::take(&mut self.bytes);
        self.marked = false;
        Secret::new(String::from_utf8_lossy(&bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(keys: &[u8]) -> Vec<String> {
        let mut typed = Typed::default();
        keys.iter().filter_map(|&it| typed.take(it)).map(|it| it.expose().to_owned()).collect()
    }

    #[test]
    fn enter_ends_a_paste_in_brackets_however_long_it_is() {
        for length in [0, 1, LONGEST, LONGEST + 1, LONGEST + 7, 3 * LONGEST] {
            let body = vec![b'a'; length];
            let found = lines(&[b"\x1b[200~", &body[..], b"\x1b[201~\rnext\r"].concat());
            assert_eq!(found.len(), 2, "{length}");
            assert_eq!(found[0].len() > LONGEST, length > LONGEST, "{length}");
            assert_eq!(found[1], "next");
        }
    }
}
