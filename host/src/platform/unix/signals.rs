//! Signals: caught and handed on as bytes of a pipe, and the stop that a shell can undo.

use std::io::{self, PipeReader, PipeWriter, Read};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustix::process::{self, getpgrp, getppid, getsid};
use signal_hook::SigId;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGSTOP, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::low_level::{pipe, raise, unregister};

use super::event::{self, Source};

/// A signal that ends a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    Interrupt,
    Terminate,
    Hangup,
}

/// From now on the signal sets `flag` and then writes to `pipe`, so that a reader of the pipe finds the flag set.
///
/// # Errors
/// When the system takes no handler.
pub fn catch(signal: Signal, flag: &Arc<AtomicBool>, pipe: &PipeWriter) -> io::Result<()> {
    let number = match signal {
        Signal::Interrupt => SIGINT,
        Signal::Terminate => SIGTERM,
        Signal::Hangup => SIGHUP,
    };
    signal_hook::flag::register(number, Arc::clone(flag))?;
    pipe::register(number, pipe.try_clone()?)?;
    Ok(())
}

/// From now on Ctrl-Z writes to `pipe` and stops nothing.
///
/// # Errors
/// When the system takes no handler.
pub fn catch_suspend(pipe: PipeWriter) -> io::Result<()> {
    pipe::register(SIGTSTP, pipe)?;
    Ok(())
}

/// Stops the program until a shell continues it. The signal goes to the calling thread, so that this returns
/// only once the program runs again.
pub fn stop() {
    let _ = raise(SIGSTOP);
}

/// Whether a shell could continue a stopped program. Where none could, Ctrl-Z is ignored, as the kernel does.
pub fn has_shell() -> bool {
    let session = getsid(None).ok();
    let of_the_parent = getppid().and_then(|parent| getsid(Some(parent)).ok());
    session.is_some() && of_the_parent == session && session != Some(getpgrp())
}

/// From now on a limit on the size of files (`ulimit -f`) is an error of the write, like a full disk, and no end
/// of the program that leaves half a file behind. Caught, not ignored: a browser must not inherit it.
pub fn survive_file_size_limit() {
    let _ = signal_hook::flag::register(process::Signal::XFSZ.as_raw(), Arc::default());
}

/// Changes of the screen: it was resized, or the shell had it for a while.
#[derive(Debug)]
pub struct ScreenChanges {
    came: PipeReader,
    handlers: Vec<SigId>,
}

impl ScreenChanges {
    /// Watches as long as this lives.
    ///
    /// # Errors
    /// When the system has no pipe to give, or takes no handler.
    pub fn watch() -> io::Result<Self> {
        let (came, pipe) = io::pipe()?;
        let mut changes = Self { came, handlers: Vec::new() };
        for signal in [SIGWINCH, SIGCONT] {
            changes.handlers.push(pipe::register(signal, pipe.try_clone()?)?);
        }
        Ok(changes)
    }

    /// Ready once there was a change.
    pub fn source(&self) -> Source<'_> {
        event::readable(&self.came)
    }

    /// Discards the changes so far; blocks unless the source is ready.
    pub fn forget(&self) {
        let _ = (&self.came).read(&mut [0; 64]);
    }
}

impl Drop for ScreenChanges {
    fn drop(&mut self) {
        for handler in self.handlers.drain(..) {
            unregister(handler);
        }
    }
}
