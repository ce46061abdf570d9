//! The platform: what differs between operating systems, under the same names on each.
//!
//! Here alone the code asks which system it is compiled for. What a system cannot give is a value that messages
//! read, such as [`CAN_RUN_PLUGINS`], and never a call that does nothing.

pub mod denials;
pub mod terminal_mode;

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub use unix::{child, drawing, event, files, listening, signals, terminal};

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub use linux::{
    CAN_RUN_PLUGINS, DISPLAYS_ARE_NAMED, keep_memory_private, library, sandbox, this_program,
};

#[cfg(not(target_os = "linux"))]
mod other;
#[cfg(not(target_os = "linux"))]
pub use other::{
    CAN_RUN_PLUGINS, DISPLAYS_ARE_NAMED, keep_memory_private, library, sandbox, this_program,
};

/// Whether a terminal shows UTF-8 whatever the variables of the locale say.
pub const TERMINALS_SHOW_UTF8: bool = cfg!(windows);

/// The layers around a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layers {
    /// The version of the kernel's Landlock.
    pub landlock: Option<i32>,
    /// Whether system calls are filtered.
    pub seccomp: bool,
}

/// Why a library could not be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadError {
    /// In the words of the system's loader.
    Refused(String),
    /// It does not export the symbol of a plugin.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "no library is loaded there"))]
    NoSymbol,
}
