//! The system calls whose denial a worker reports, and the record of each.

/// A system call whose denial is reported.
pub struct Call {
    pub name: &'static str,
    /// Its purpose, for a message.
    pub what: &'static str,
    /// What replaces it for a plugin, for its author.
    pub instead: &'static str,
    /// The record that the worker writes to its standard error.
    pub record: &'static str,
}

macro_rules! calls {
    ($($name:literal: $what:literal $instead:ident),+ $(,)?) => {
        [$(Call {
            name: $name,
            what: $what,
            instead: $instead,
            record: concat!("\u{1e}denied ", $name, "\u{1e}"),
        }),+]
    };
}

const FILES: &str = "settings and SignIn::stored_state instead of files";
const NETWORK: &str = "Session::fetch and Session::visit instead of sockets";

/// At most eight, since denials are recorded as the bits of one byte.
pub const CALLS: [Call; 5] = calls![
    "open": "opening files" FILES,
    "openat": "opening files" FILES,
    "newfstatat": "reading file metadata" FILES,
    "socket": "network" NETWORK,
    "connect": "network" NETWORK,
];
