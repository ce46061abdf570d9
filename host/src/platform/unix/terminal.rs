//! The terminal on the standard streams: its size, settings (termios), input, and foreground job.

use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use rustix::process::getpgrp;
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush,
    tcgetattr, tcgetpgrp, tcgetwinsize, tcsetattr,
};

use super::event;

/// `_POSIX_VDISABLE`, the value that disables a special character.
const NO_KEY: u8 = if cfg!(any(target_os = "linux", target_os = "android")) { 0 } else { 0xff };

/// The settings of the terminal on standard input.
#[derive(Debug, Clone)]
pub struct Settings(Termios);

/// How the program reads keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// Key by key, without echo; Ctrl-C, Ctrl-\ and Ctrl-S are keys, Ctrl-Z still stops the program.
    Raw,
    /// Key by key, without echo; Ctrl-\ and Ctrl-S are keys, Ctrl-C is still a signal.
    Hidden,
    /// Line by line, without echo; Ctrl-\ is a key.
    Quiet,
}

impl Settings {
    /// The current settings.
    pub fn read() -> io::Result<Self> {
        Ok(Self(tcgetattr(io::stdin())?))
    }

    /// The same settings with this way of reading keys.
    pub fn with(&self, keys: Keys) -> Self {
        let mut termios = self.0.clone();
        // Ctrl-\ would end the program without restoring the mode, and could write a token to a core file.
        termios.special_codes[SpecialCodeIndex::VQUIT] = NO_KEY;
        termios.local_modes -= LocalModes::ECHO;
        if keys != Keys::Quiet {
            // Ctrl-S would block writes of this program, and with them its answer to the browser.
            termios.input_modes -= InputModes::IXON;
            termios.local_modes -= LocalModes::ICANON;
            termios.special_codes[SpecialCodeIndex::VMIN] = 1;
            termios.special_codes[SpecialCodeIndex::VTIME] = 0;
        }
        if keys == Keys::Raw {
            termios.special_codes[SpecialCodeIndex::VINTR] = NO_KEY;
        }
        Self(termios)
    }

    /// Whether the terminal shows what is typed.
    pub fn echo(&self) -> bool {
        self.0.local_modes.contains(LocalModes::ECHO)
    }

    /// Applies the settings, unless another job has the terminal.
    pub fn apply(&self) -> io::Result<()> {
        if in_foreground() {
            // `Now`, since the other actions wait until output is written, which a stopped terminal never does.
            tcsetattr(io::stdin(), OptionalActions::Now, &self.0)?;
        }
        Ok(())
    }
}

/// Whether this job can use the terminal on standard input: the kernel stops a background job that
/// reads from it or changes its settings. True for a terminal that is not the controlling one, which has no jobs.
pub fn in_foreground() -> bool {
    tcgetpgrp(io::stdin()).map_or(true, |group| group == getpgrp())
}

/// The lines and columns of the screen on standard error, or else on standard output; zeros if the terminal does not know
/// its size, and `None` if there is no terminal.
pub fn size() -> Option<(usize, usize)> {
    let size = tcgetwinsize(io::stderr()).or_else(|_| tcgetwinsize(io::stdout())).ok()?;
    Some((size.ws_row.into(), size.ws_col.into()))
}

/// Reads input without std's standard input, which continues to read after a signal, and buffers.
///
/// # Errors
/// `Interrupted` when a signal was handled meanwhile, and other errors of read(2).
pub fn read(into: &mut [u8]) -> io::Result<usize> {
    Ok(rustix::io::read(io::stdin().as_fd(), into)?)
}

/// The count of bytes that can be read.
pub fn unread() -> u64 {
    rustix::io::ioctl_fionread(io::stdin()).unwrap_or(0)
}

/// Discards unread input.
pub fn discard_input() {
    let _ = tcflush(io::stdin(), QueueSelector::IFlush);
}

/// Writes as much of `text` as possible without blocking: a stopped terminal must not prevent the program from
/// exiting. Does not use std's streams, whose lock a thread that is blocked in a write holds.
pub fn write_without_waiting(file: &impl AsFd, text: &str) {
    let ready = event::wait(&[event::writable(file)], Some(Duration::ZERO));
    if ready.is_ok_and(|ready| ready[0].is_writable()) {
        let _ = rustix::io::write(file.as_fd(), text.as_bytes());
    }
}
