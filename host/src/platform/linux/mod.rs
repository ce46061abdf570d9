//! The platform functions for Linux alone: sealed memory, the sandbox of a worker, and the users of sockets.

use std::io;
use std::path::PathBuf;

use rustix::process::{DumpableBehavior, set_dumpable_behavior};

pub mod library;
mod raw;
pub mod sandbox;
pub mod sockets;

/// Whether plugins can run on this system.
pub const CAN_RUN_PLUGINS: bool = true;

/// Whether every display is named by an environment variable.
pub const DISPLAYS_ARE_NAMED: bool = true;

/// The path of this executable; it stays valid when the file is replaced.
///
/// # Errors
/// None.
pub fn this_program() -> io::Result<PathBuf> {
    Ok("/proc/self/exe".into())
}

/// Prevents core files of this process, and reads of its memory by other processes of its user. Child processes are
/// not affected. False if the system refuses.
pub fn keep_memory_private() -> bool {
    set_dumpable_behavior(DumpableBehavior::NotDumpable).is_ok()
}
