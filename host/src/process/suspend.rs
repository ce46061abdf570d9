//! Ctrl-Z: restores the terminal before the program stops, and sets its mode again when the program continues.

use std::io::{self, PipeReader, Read};
use std::thread;

use crate::platform::{signals, terminal_mode};

/// Starts to handle Ctrl-Z, on a separate thread, since the main thread may be in a blocking call.
///
/// # Errors
/// When the system can provide no pipe or thread.
pub fn watch() -> io::Result<()> {
    let (pipe_reader, pipe) = io::pipe()?;
    thread::Builder::new().name("suspend".into()).spawn(|| handle_suspend(pipe_reader))?;
    signals::catch_suspend(pipe)
}

fn handle_suspend(mut pipe_reader: PipeReader) {
    while pipe_reader.read(&mut [0; 64]).is_ok_and(|count| count > 0) {
        if signals::has_shell() {
            terminal_mode::release_while(signals::stop);
        }
    }
}
