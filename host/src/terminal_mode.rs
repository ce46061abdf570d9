//! The terminal's mode: changed by a guard, and restored once, by the guard or the signal watcher.

use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

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

const MARK_PASTES: &str = "\x1b[?2004h";
const END_PASTES: &str = "\x1b[?2004l\x1b[?25h";

/// How long a paste may pause, and how long its rest is waited for at most.
const PAUSE: Duration = Duration::from_millis(30);
const REST: Duration = Duration::from_secs(1);

/// What to bring back.
struct Found {
    termios: Termios,
    farewell: &'static str,
    typed: Typed,
}

/// What becomes of what was typed and not read, when a mode ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Typed {
    /// It is for whatever comes next.
    Kept,
    /// It may be a token pasted in the wrong place.
    Forgotten,
    /// A paste may still be arriving: waited for until it is quiet, so that its rest is not shown.
    Drained,
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
        Self::enter(raw_keys, ERASE_MENU_AND_SHOW_CURSOR, Typed::Kept)
    }

    /// No echo, so that typed keys do not garble the screen; Ctrl-C still is a signal. What was
    /// typed is forgotten at the end: it may be a token pasted in the wrong place. `None` where
    /// there is nobody to type.
    pub fn quiet() -> Option<Self> {
        let typed_here = io::stdin().is_terminal() && in_foreground();
        typed_here.then(|| Self::enter(no_echo, SHOW_CURSOR, Typed::Forgotten).ok()).flatten()
    }

    /// No echo and no lines, for a secret of any length; Ctrl-C still is a signal. `None` where there
    /// is nobody to type.
    pub fn hidden() -> Option<Self> {
        let typed_here = io::stdin().is_terminal() && in_foreground();
        typed_here.then(|| Self::enter(hidden_keys, SHOW_CURSOR, Typed::Drained).ok()).flatten()
    }

    /// As [`Mode::hidden`]; where escapes are welcome, the terminal marks where a paste begins and ends.
    pub fn paste(marked: bool) -> Option<Self> {
        if !marked {
            return Self::hidden();
        }
        let typed_here = io::stdin().is_terminal() && in_foreground();
        let mode =
            typed_here.then(|| Self::enter(hidden_keys, END_PASTES, Typed::Drained).ok())??;
        say(MARK_PASTES);
        Some(mode)
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

    fn enter(change: fn(&mut Termios), farewell: &'static str, typed: Typed) -> io::Result<Self> {
        let mut found = lock();
        let mut termios = tcgetattr(io::stdin())?;
        let depth = found.len();
        // Noted before the change: a signal in between restores what already is.
        found.push(Found { termios: termios.clone(), farewell, typed });
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
    if found.typed == Typed::Drained {
        drain();
    }
    if found.typed != Typed::Kept {
        let _ = tcflush(io::stdin(), QueueSelector::IFlush);
    }
    let _ = set(&found.termios);
    say(found.farewell);
}

/// Not in the background, where reading would stop the program.
fn drain() {
    let end = Instant::now() + REST;
    let pause = Timespec::try_from(PAUSE).unwrap_or_default();
    let stdin = io::stdin();
    while in_foreground() && Instant::now() < end {
        let mut ready = [PollFd::new(&stdin, PollFlags::IN)];
        let is_quiet = !poll(&mut ready, Some(&pause)).is_ok_and(|count| count > 0);
        if is_quiet || !rustix::io::read(&stdin, &mut [0; 4096]).is_ok_and(|count| count > 0) {
            return;
        }
    }
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
