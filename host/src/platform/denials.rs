//! The system calls whose denial a worker reports, and the record of each.

/// A system call whose denial is reported.
pub struct Call {
    pub name: &'static str,
    /// Its purpose, for a message.
    pub what: &'static str,
    /// The record that the worker writes to its standard error.
    pub record: &'static str,
}

macro_rules! calls {
    ($($name:literal: $what:literal),+ $(,)?) => {
        [$(Call { name: $name, what: $what, record: concat!("\u{1e}denied ", $name, "\u{1e}") }),+]
    };
}

/// At most eight, since denials are recorded as the bits of one byte.
pub const CALLS: [Call; 5] = calls![
    "open": "opening files",
    "openat": "opening files",
    "newfstatat": "reading file metadata",
    "socket": "network",
    "connect": "network",
];
