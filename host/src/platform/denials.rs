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
    /// Whether every worker reports it, or only that of a validation: the others fail without a report, because programs that
    /// make them get on without them.
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "the filter of Linux reads it")
    )]
    pub is_always: bool,
}

macro_rules! calls {
    ($($name:literal: $what:literal $instead:ident $when:ident),+ $(,)?) => {
        [$(Call {
            name: $name,
            what: $what,
            instead: $instead,
            record: concat!("\u{1e}denied ", $name, "\u{1e}"),
            is_always: $when,
        }),+]
    };
}

const ALWAYS: bool = true;
const IN_A_VALIDATION: bool = false;

const FILES: &str = "settings and SignIn::stored_state instead of files";
const NETWORK: &str = "Session::fetch and Session::visit instead of sockets";

const PROCESSES: &str = "its own threads instead of other processes";
const LIMITS: &str = "less memory and fewer descriptors instead of other limits";

/// At most 32, since denials are recorded as the bits of one number.
pub const CALLS: [Call; 20] = calls![
    "open": "opening files" FILES ALWAYS,
    "openat": "opening files" FILES ALWAYS,
    "newfstatat": "reading file metadata" FILES ALWAYS,
    "socket": "network" NETWORK ALWAYS,
    "connect": "network" NETWORK ALWAYS,
    "unlink": "removing files" FILES IN_A_VALIDATION,
    "unlinkat": "removing files" FILES IN_A_VALIDATION,
    "rename": "renaming files" FILES IN_A_VALIDATION,
    "renameat2": "renaming files" FILES IN_A_VALIDATION,
    "mkdir": "making folders" FILES IN_A_VALIDATION,
    "mkdirat": "making folders" FILES IN_A_VALIDATION,
    "chmod": "changing permissions" FILES IN_A_VALIDATION,
    "fchmodat": "changing permissions" FILES IN_A_VALIDATION,
    "clone": "starting processes" PROCESSES IN_A_VALIDATION,
    "fork": "starting processes" PROCESSES IN_A_VALIDATION,
    "vfork": "starting processes" PROCESSES IN_A_VALIDATION,
    "execve": "starting programs" PROCESSES IN_A_VALIDATION,
    "kill": "signals to other processes" PROCESSES IN_A_VALIDATION,
    "ptrace": "tracing other processes" PROCESSES IN_A_VALIDATION,
    "prlimit64": "changing limits" LIMITS IN_A_VALIDATION,
];
