//! The system calls whose denial a worker reports, and how.

/// A system call that is caught to be reported.
pub struct Call {
    pub name: &'static str,
    /// What it is for, in words.
    pub what: &'static str,
    /// What stands for it on the worker's standard error.
    pub record: &'static str,
}

macro_rules! calls {
    ($($name:literal: $what:literal),+ $(,)?) => {
        [$(Call { name: $name, what: $what, record: concat!("\u{1e}denied ", $name, "\u{1e}") }),+]
    };
}

/// At most eight: they are recorded as the bits of one byte.
pub const CALLS: [Call; 5] = calls![
    "open": "opening files",
    "openat": "opening files",
    "newfstatat": "reading file metadata",
    "socket": "network",
    "connect": "network",
];
