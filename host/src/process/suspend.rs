//! Ctrl-Z: the terminal is given back before the program stops, and taken again when it goes on.

use std::io::{self, PipeReader, Read};
use std::thread;

use rustix::process::{getpgrp, getppid, getsid};
use signal_hook::consts::{SIGSTOP, SIGTSTP};
use signal_hook::low_level::{pipe, raise};

use crate::platform::terminal_mode;

/// From now on. On a thread of its own, since the main thread may be stuck in a blocking call.
///
/// # Errors
/// When there is no pipe or thread to be had.
pub fn watch() -> io::Result<()> {
    let (came, wake) = io::pipe()?;
    thread::Builder::new().name("suspend".into()).spawn(|| stop_and_go_on(came))?;
    pipe::register(SIGTSTP, wake)?;
    Ok(())
}

fn stop_and_go_on(mut came: PipeReader) {
    while came.read(&mut [0; 64]).is_ok_and(|count| count > 0) {
        if has_a_shell() {
            // To this thread, which so goes on only when the program does.
            terminal_mode::lend(|| drop(raise(SIGSTOP)));
        }
    }
}

/// Where nobody could continue the program, Ctrl-Z means nothing: so the kernel has it too.
fn has_a_shell() -> bool {
    let session = getsid(None).ok();
    let of_the_parent = getppid().and_then(|parent| getsid(Some(parent)).ok());
    session.is_some() && of_the_parent == session && session != Some(getpgrp())
}
