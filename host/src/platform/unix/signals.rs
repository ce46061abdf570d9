//! Signal handlers that set flags and write to pipes, and stopping the program for a shell.

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

/// Makes the signal set `flag` and then write to `pipe`, so that a reader of the pipe finds the flag set.
///
/// # Errors
/// When the handler cannot be registered.
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

/// Makes Ctrl-Z write to `pipe` instead of stopping the program.
///
/// # Errors
/// When the handler cannot be registered.
pub fn catch_suspend(pipe: PipeWriter) -> io::Result<()> {
    pipe::register(SIGTSTP, pipe)?;
    Ok(())
}

/// Stops the program until a shell continues it. The signal is sent to the calling thread, so that this returns only
/// when the program continues.
pub fn stop() {
    let _ = raise(SIGSTOP);
}

/// Stops the job as the kernel stops a background job that uses the terminal, all its processes: a shell then says so,
/// and continues it on `fg`. Returns at once if the signal is ignored. Call it on the main thread, which gets signals
/// of the process.
pub fn stop_in_background() {
    let _ = process::kill_current_process_group(process::Signal::TTOU);
}

/// Whether a shell can continue a stopped program. If none can, Ctrl-Z is to be ignored, as the kernel does.
pub fn has_shell() -> bool {
    let session = getsid(None).ok();
    let parent_session = getppid().and_then(|parent| getsid(Some(parent)).ok());
    session.is_some() && parent_session == session && session != Some(getpgrp())
}

/// Makes a limit on the size of files (`ulimit -f`) an error of the write instead of a signal that ends the program.
/// The signal is caught, not ignored, since a browser would inherit an ignored signal.
pub fn survive_file_size_limit() {
    let _ = signal_hook::flag::register(process::Signal::XFSZ.as_raw(), Arc::default());
}

/// Watches for changes of the screen: a resize, or its use by the shell while the program was stopped.
#[derive(Debug)]
pub struct ScreenChanges {
    pipe_reader: PipeReader,
    handlers: Vec<SigId>,
}

impl ScreenChanges {
    /// Registers the handlers, until this is dropped.
    ///
    /// # Errors
    /// When the system provides no pipe, or a handler cannot be registered.
    pub fn watch() -> io::Result<Self> {
        let (pipe_reader, pipe) = io::pipe()?;
        let mut changes = Self { pipe_reader, handlers: Vec::new() };
        for signal in [SIGWINCH, SIGCONT] {
            changes.handlers.push(pipe::register(signal, pipe.try_clone()?)?);
        }
        Ok(changes)
    }

    /// A source that is ready after a change.
    pub fn source(&self) -> Source<'_> {
        event::readable(&self.pipe_reader)
    }

    /// Whether there was a change, which is cleared.
    pub fn take(&self) -> bool {
        let changed = self.source().is_ready_now();
        if changed {
            self.clear();
        }
        changed
    }

    /// Clears the changes so far; blocks unless the source is ready.
    pub fn clear(&self) {
        let _ = (&self.pipe_reader).read(&mut [0; 64]);
    }
}

impl Drop for ScreenChanges {
    fn drop(&mut self) {
        for handler in self.handlers.drain(..) {
            unregister(handler);
        }
    }
}
