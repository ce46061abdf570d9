//! Ctrl-Z: the terminal is given back before the program stops, and taken again when it goes on.

use std::io::{self, PipeReader, Read};
use std::thread;

use crate::platform::{signals, terminal_mode};

/// From now on. On a thread of its own, since the main thread may be stuck in a blocking call.
///
/// # Errors
/// When there is no pipe or thread to be had.
pub fn watch() -> io::Result<()> {
    let (came, pipe) = io::pipe()?;
    thread::Builder::new().name("suspend".into()).spawn(|| stop_and_go_on(came))?;
    signals::catch_suspend(pipe)
}

fn stop_and_go_on(mut came: PipeReader) {
    while came.read(&mut [0; 64]).is_ok_and(|count| count > 0) {
        if signals::has_shell() {
            terminal_mode::lend(signals::stop);
        }
    }
}
