//! The platform: everything that differs between operating systems, with the same names on each.
//!
//! Conditional compilation by operating system is confined to this module. A feature that a system lacks is a
//! constant such as [`CAN_RUN_PLUGINS`], which messages check; it is not a stub.

pub mod denials;
mod other_user;
pub mod paste_progress;
pub mod terminal_mode;

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub use unix::{child, drawing, event, files, listening, root_file, signals, terminal, users};

#[cfg(unix)]
pub use unix::host;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub use linux::{
    CAN_RUN_PLUGINS, DISPLAYS_ARE_NAMED, POLICY_FILE, ancestors_called, keep_memory_private,
    library, run_instead, sandbox, sockets, this_program,
};

#[cfg(not(target_os = "linux"))]
mod not_linux;
#[cfg(not(target_os = "linux"))]
pub use not_linux::{
    CAN_RUN_PLUGINS, DISPLAYS_ARE_NAMED, POLICY_FILE, ancestors_called, keep_memory_private,
    library, run_instead, sandbox, sockets, this_program,
};

pub use other_user::OtherUser;

/// Whether terminals show UTF-8 regardless of the locale variables.
pub const TERMINALS_SHOW_UTF8: bool = cfg!(windows);

/// The sandbox layers of a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layers {
    /// The version of Landlock's ABI; `None` without Landlock.
    pub landlock: Option<i32>,
    /// Whether system calls are filtered.
    pub seccomp: bool,
}

/// Why a library could not be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadError {
    /// The message of the system's loader.
    Refused(String),
    /// It does not export the symbol of a plugin.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "no library is loaded there"))]
    NoSymbol,
}
