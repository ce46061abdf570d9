//! Ctrl-Z: restores the terminal before the program stops, and sets its mode again when the program continues.

use std::io::{self, PipeReader, Read};
use std::thread;

use crate::platform::{signals, terminal, terminal_mode};

/// How often a job is stopped in the background; more only if the signal is ignored, which returns at once.
const MAX_STOPS: usize = 1000;

/// Starts to handle Ctrl-Z, on a separate thread, since the main thread may be in a blocking call.
///
/// # Errors
/// When the system can provide no pipe or thread.
pub fn watch() -> io::Result<()> {
    let (pipe_reader, pipe) = io::pipe()?;
    thread::Builder::new().name("suspend".into()).spawn(|| handle_suspend(pipe_reader))?;
    signals::catch_suspend(pipe)
}

/// Waits until this job is in the foreground, as every background job that needs the terminal. Returns early when
/// `cancelled`. False if it stays in the background: no shell can continue it, or the signal is ignored.
pub fn wait_for_foreground(cancelled: impl Fn() -> bool) -> bool {
    for _ in 0..MAX_STOPS {
        if terminal::in_foreground() || cancelled() || !signals::has_shell() {
            break;
        }
        signals::stop_in_background();
    }
    terminal::in_foreground() || cancelled()
}

fn handle_suspend(mut pipe_reader: PipeReader) {
    while pipe_reader.read(&mut [0; 64]).is_ok_and(|count| count > 0) {
        if signals::has_shell() {
            terminal_mode::release_while(signals::stop);
        }
    }
}
