//! What a plugin was denied, by name: recorded by the worker's signal handler, read by the host.

use std::fmt;

use crate::platform::denials::CALLS;

/// Which of the calls a worker says it was denied. The plugin in it may be lying about itself: all it
/// can add is a name of the list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Denied(u8);

impl Denied {
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Looks for records in what came over standard error.
    pub fn note(&mut self, bytes: &[u8]) {
        if !bytes.contains(&0x1e) {
            return;
        }
        for (index, call) in CALLS.iter().enumerate() {
            let record = call.record.as_bytes();
            if bytes.windows(record.len()).any(|it| it == record) {
                self.0 |= 1 << index;
            }
        }
    }
}

/// The same text without records.
pub fn without_records(text: &str) -> String {
    CALLS.iter().fold(text.to_owned(), |text, call| text.replace(call.record, ""))
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let denied = CALLS.iter().enumerate().filter(|(index, _)| self.0 & (1 << index) != 0);
        let denied: Vec<String> =
            denied.map(|(_, call)| format!("{} ({})", call.what, call.name)).collect();
        f.write_str(&denied.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_named_once_and_anything_else_is_not() {
        let mut denied = Denied::default();
        denied.note(b"words\x1edenied socket\x1e\x1edenied socket\x1emore\x1edenied openat\x1e");
        denied.note("\u{1e}denied everything\u{1e}".as_bytes());
        assert_eq!(denied.to_string(), "opening files (openat), network (socket)");
        let said = "a\u{1e}denied openat\u{1e}b\n";
        assert_eq!(without_records(said), "ab\n");
    }
}
