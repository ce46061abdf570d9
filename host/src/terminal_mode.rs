//! The terminal's mode: changed by a guard, and restored once, by the guard or the signal watcher.

use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};

use dialoguer::console;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::getpgrp;
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush,
    tcgetattr, tcgetpgrp, tcsetattr,
};

const SHOW_CURSOR: &str = "\x1b[?25h";
/// While a menu waits, the cursor stands on its first line, and all from there on is the menu's.
const ERASE_MENU_AND_SHOW_CURSOR: &str = "\r\x1b[J\x1b[?25h";

/// What to bring back.
struct Found {
    termios: Termios,
    farewell: &'static str,
    forget_typed: bool,
}

/// The outermost mode first. Empty as soon as all is restored, so nothing is restored twice.
static FOUND: Mutex<Vec<Found>> = Mutex::new(Vec::new());

/// A changed mode of the terminal on stdin. Its end brings the former one and the cursor back.
#[derive(Debug)]
#[must_use = "the mode ends when it is dropped"]
pub struct Mode {
    depth: usize,
    change: fn(&mut Termios),
}

impl Mode {
    /// Raw keys for the prompt: no echo, no lines, Ctrl-C and Ctrl-S are keys.
    pub fn menu() -> io::Result<Self> {
        Self::enter(raw_keys, ERASE_MENU_AND_SHOW_CURSOR, false)
    }

    /// No echo, so that typed keys do not garble the screen; Ctrl-C still is a signal. What was
    /// typed is forgotten at the end: it may be a token pasted in the wrong place. `None` where
    /// there is nobody to type.
    pub fn quiet() -> Option<Self> {
        let typed_here = io::stdin().is_terminal() && in_foreground();
        typed_here.then(|| Self::enter(no_echo, SHOW_CURSOR, true).ok()).flatten()
    }

    /// No echo and no lines, for a secret of any length; Ctrl-C still is a signal. `None` where there
    /// is nobody to type.
    pub fn hidden() -> Option<Self> {
        let typed_here = io::stdin().is_terminal() && in_foreground();
        typed_here.then(|| Self::enter(hidden_keys, SHOW_CURSOR, true).ok()).flatten()
    }

    /// Sets the mode again: a shell that stopped and continued the program had its own in between.
    pub fn renew(&self) {
        let found = lock();
        if let Some(found) = found.get(self.depth) {
            let mut termios = found.termios.clone();
            (self.change)(&mut termios);
            let _ = set(&termios);
        }
    }

    fn enter(
        change: fn(&mut Termios),
        farewell: &'static str,
        forget_typed: bool,
    ) -> io::Result<Self> {
        let mut found = lock();
        let mut termios = tcgetattr(io::stdin())?;
        let depth = found.len();
        // Noted before the change: a signal in between restores what already is.
        found.push(Found { termios: termios.clone(), farewell, forget_typed });
        change(&mut termios);
        let mode = Self { depth, change };
        drop(found);
        set(&termios)?;
        Ok(mode)
    }
}

impl Drop for Mode {
    fn drop(&mut self) {
        restore_from(self.depth);
    }
}

/// Brings back the mode that the program started with, if it was changed.
pub fn restore() {
    restore_from(0);
}

/// Whether a write to `output` would not wait: a stopped terminal must not keep the program alive.
pub fn takes_output(output: BorrowedFd<'_>) -> bool {
    let mut ready = [PollFd::from_borrowed_fd(output, PollFlags::OUT)];
    poll(&mut ready, Some(&Timespec::default())).is_ok()
        && ready[0].revents().contains(PollFlags::OUT)
}

fn restore_from(depth: usize) {
    // Unlocked before anything that may wait, so that the watcher never waits for it.
    let Some(found) = take_from(depth) else {
        return;
    };
    if found.forget_typed {
        let _ = tcflush(io::stdin(), QueueSelector::IFlush);
    }
    let _ = set(&found.termios);
    say(found.farewell);
}

fn take_from(depth: usize) -> Option<Found> {
    let mut found = lock();
    let known = found.len();
    found.split_off(depth.min(known)).into_iter().next()
}

/// Not through std's stderr: a main thread stuck in a write holds its lock.
fn say(farewell: &str) {
    let stderr = io::stderr();
    if stderr.is_terminal() && !console::is_dumb() && takes_output(stderr.as_fd()) {
        let _ = rustix::io::write(stderr.as_fd(), farewell.as_bytes());
    }
}

fn raw_keys(termios: &mut Termios) {
    termios.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
    termios.input_modes -= InputModes::IXON;
    termios.special_codes[SpecialCodeIndex::VMIN] = 1;
    termios.special_codes[SpecialCodeIndex::VTIME] = 0;
}

fn hidden_keys(termios: &mut Termios) {
    termios.local_modes -= LocalModes::ECHO | LocalModes::ICANON;
    termios.special_codes[SpecialCodeIndex::VMIN] = 1;
    termios.special_codes[SpecialCodeIndex::VTIME] = 0;
}

fn no_echo(termios: &mut Termios) {
    termios.local_modes -= LocalModes::ECHO;
}

/// `Now`, since the other actions wait for output that a stopped terminal never takes.
fn set(termios: &Termios) -> io::Result<()> {
    if in_foreground() {
        tcsetattr(io::stdin(), OptionalActions::Now, termios)?;
    }
    Ok(())
}

/// A job in the background would be stopped for touching the mode, and the shell owns it then. On
/// a terminal that is not the controlling one there are no jobs.
fn in_foreground() -> bool {
    tcgetpgrp(io::stdin()).map_or(true, |group| group == getpgrp())
}

fn lock() -> MutexGuard<'static, Vec<Found>> {
    FOUND.lock().unwrap_or_else(PoisonError::into_inner)
}
