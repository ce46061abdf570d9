//! What only Linux offers: sealed memory, the sandbox of a worker, and what belongs to them.

use std::io;
use std::path::PathBuf;

use rustix::process::{DumpableBehavior, set_dumpable_behavior};

pub mod library;
mod raw;
pub mod sandbox;

/// Whether plugins can run on this system.
pub const CAN_RUN_PLUGINS: bool = true;

/// Whether a variable names the display wherever there is one.
pub const DISPLAYS_ARE_NAMED: bool = true;

/// The file of this program, also after another took its place.
///
/// # Errors
/// None.
pub fn this_program() -> io::Result<PathBuf> {
    Ok("/proc/self/exe".into())
}

/// From now on this process leaves no core file, and other processes of its user cannot read its memory. Processes
/// that it starts are not affected. False where the system refuses.
pub fn keep_memory_private() -> bool {
    set_dumpable_behavior(DumpableBehavior::NotDumpable).is_ok()
}
