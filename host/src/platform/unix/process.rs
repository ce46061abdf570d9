//! Processes that this program starts.

use std::os::unix::process::CommandExt;
use std::process::Command;

/// Starts the command in a group of its own: Ctrl-C at the terminal is for this program alone.
pub fn apart(command: &mut Command) {
    command.process_group(0);
}
