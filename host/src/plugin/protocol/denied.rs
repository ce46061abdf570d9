//! [`Denied`]: the system calls that the sandbox denied to a plugin, as recorded on the worker's standard error.

use std::fmt;

use crate::platform::denials::{CALLS, Call};

/// The set of calls that a worker reports as denied. A plugin can forge records, but only of calls in this fixed
/// list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Denied(u32);

impl Denied {
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Adds the records in a part of the worker's standard error.
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

/// Removes all records from a text.
pub fn without_records(text: &str) -> String {
    CALLS.iter().fold(text.to_owned(), |text, call| text.replace(call.record, ""))
}

/// What was denied, and the sentence that says what replaces it, without the full stop.
impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let calls = CALLS.iter().enumerate().filter(|(index, _)| self.0 & (1 << index) != 0);
        let calls: Vec<&Call> = calls.map(|(_, call)| call).collect();
        let denied: Vec<String> =
            calls.iter().map(|call| format!("{} ({})", call.what, call.name)).collect();
        let mut instead: Vec<&str> = calls.iter().map(|call| call.instead).collect();
        instead.dedup();
        write!(f, "{}. Its author can use {}", denied.join(", "), instead.join(", and "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_denied_call_is_listed_once_and_unknown_records_are_ignored() {
        let mut denied = Denied::default();
        denied.note(b"words\x1edenied socket\x1e\x1edenied socket\x1emore\x1edenied openat\x1e");
        denied.note("\u{1e}denied everything\u{1e}".as_bytes());
        let said = "opening files (openat), network (socket). Its author can use settings and \
                    SignIn::stored_state instead of files, and Session::fetch and Session::visit \
                    instead of sockets";
        assert_eq!(denied.to_string(), said);
        let text = "a\u{1e}denied openat\u{1e}b\n";
        assert_eq!(without_records(text), "ab\n");
    }
}
