//! The terminal on the standard streams: its size, settings (termios), input, and which job has it.

use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use rustix::process::getpgrp;
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush,
    tcgetattr, tcgetpgrp, tcgetwinsize, tcsetattr,
};

use super::event;

/// POSIX calls it `_POSIX_VDISABLE`: this special character is on no key.
const NO_KEY: u8 = if cfg!(any(target_os = "linux", target_os = "android")) { 0 } else { 0xff };

/// The settings of the terminal on the standard input.
#[derive(Debug, Clone)]
pub struct Settings(Termios);

/// How keys are handed to the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// Each key at once, not shown; Ctrl-C, Ctrl-\ and Ctrl-S are keys, Ctrl-Z still stops the program.
    Raw,
    /// Each key at once, not shown; Ctrl-\ and Ctrl-S are keys, Ctrl-C is still a signal.
    Hidden,
    /// By lines, not shown; Ctrl-\ is a key.
    Quiet,
}

impl Settings {
    /// The current settings.
    pub fn read() -> io::Result<Self> {
        Ok(Self(tcgetattr(io::stdin())?))
    }

    /// The same settings with keys handed over in this way.
    pub fn with(&self, keys: Keys) -> Self {
        let mut termios = self.0.clone();
        // Ctrl-\ would end the program with the mode changed, and write a token into a core file.
        termios.special_codes[SpecialCodeIndex::VQUIT] = NO_KEY;
        termios.local_modes -= LocalModes::ECHO;
        if keys != Keys::Quiet {
            // Ctrl-S would block a write of ours, and with it the answer to the browser.
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

    /// Applies the settings, unless another job has the terminal.
    pub fn apply(&self) -> io::Result<()> {
        if in_foreground() {
            // `Now`, since the other actions wait for output that a stopped terminal never takes.
            tcsetattr(io::stdin(), OptionalActions::Now, &self.0)?;
        }
        Ok(())
    }
}

/// Whether this job may use the terminal on the standard input: a job in the background would be stopped for it.
/// A terminal that is not the controlling one has no jobs.
pub fn in_foreground() -> bool {
    tcgetpgrp(io::stdin()).map_or(true, |group| group == getpgrp())
}

/// Lines and columns of the screen on the standard error; zeros where the terminal does not know its size, and
/// `None` where there is no terminal.
pub fn size() -> Option<(usize, usize)> {
    let size = tcgetwinsize(io::stderr()).ok()?;
    Some((size.ws_row.into(), size.ws_col.into()))
}

/// Reads what was typed. Not through std's standard input, which reads on after a signal and keeps bytes back.
///
/// # Errors
/// `Interrupted` when a signal was handled meanwhile, and what else read(2) reports.
pub fn read(into: &mut [u8]) -> io::Result<usize> {
    Ok(rustix::io::read(io::stdin().as_fd(), into)?)
}

/// Discards what was typed and not read yet.
pub fn discard_input() {
    let _ = tcflush(io::stdin(), QueueSelector::IFlush);
}

/// Writes as much of `text` as the file takes at once, and nothing where a write would wait: a stopped terminal
/// must not keep the program alive. Not through std's streams: a thread stuck in a write holds their lock.
pub fn write_without_waiting(file: &impl AsFd, text: &str) {
    let ready = event::wait(&[event::writable(file)], Some(Duration::ZERO));
    if ready.is_ok_and(|ready| ready[0].is_writable()) {
        let _ = rustix::io::write(file.as_fd(), text.as_bytes());
    }
}
