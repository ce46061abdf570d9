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

/// The menu hides the cursor itself, whenever it is drawn.
const MENU: Change = Change {
    keys: raw_keys,
    greeting: "",
    farewell: ERASE_MENU_AND_SHOW_CURSOR,
    typed: Typed::Kept,
};
const QUIET: Change =
    Change { keys: no_echo, greeting: "", farewell: SHOW_CURSOR, typed: Typed::Forgotten };
const HIDDEN: Change =
    Change { keys: hidden_keys, greeting: "", farewell: SHOW_CURSOR, typed: Typed::Drained };
const PASTE: Change = Change { greeting: MARK_PASTES, farewell: END_PASTES, ..HIDDEN };

const MARK_PASTES: &str = "\x1b[?2004h";
const END_PASTES: &str = "\x1b[?2004l\x1b[?25h";

/// POSIX calls it `_POSIX_VDISABLE`: this special character is on no key.
const NO_KEY: u8 = if cfg!(any(target_os = "linux", target_os = "android")) { 0 } else { 0xff };

/// How long a paste may pause, and how long its rest is waited for at most.
const PAUSE: Duration = Duration::from_millis(30);
const REST: Duration = Duration::from_secs(1);

/// What to bring back.
struct Found {
    termios: Termios,
    changed: Change,
}

/// What a mode changes, and what is said and done when it ends.
#[derive(Clone, Copy)]
struct Change {
    keys: fn(&mut Termios),
    greeting: &'static str,
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

/// Held by whoever draws, and while the shell has the terminal. Apart from the modes: a terminal that
/// takes no output must not keep the watcher from restoring them.
static DRAWING: Mutex<()> = Mutex::new(());

/// A changed mode of the terminal on stdin. Its end brings the former one and the cursor back.
#[derive(Debug)]
#[must_use = "the mode ends when it is dropped"]
pub struct Mode {
    depth: usize,
}

impl Mode {
    /// Raw keys for the prompt: no echo, no lines, Ctrl-C and Ctrl-S are keys; Ctrl-Z still stops.
    pub fn menu() -> io::Result<Self> {
        Self::enter(MENU)
    }

    /// No echo, so that typed keys do not garble the screen; Ctrl-C still is a signal. What was
    /// typed is forgotten at the end: it may be a token pasted in the wrong place. `None` where
    /// there is nobody to type.
    pub fn quiet() -> Option<Self> {
        Self::enter_if_typed_here(QUIET)
    }

    /// No echo and no lines, for a secret of any length; Ctrl-C still is a signal. `None` where there
    /// is nobody to type.
    pub fn hidden() -> Option<Self> {
        Self::enter_if_typed_here(HIDDEN)
    }

    /// As [`Mode::hidden`]; where escapes are welcome, the terminal marks where a paste begins and ends.
    pub fn paste(marked: bool) -> Option<Self> {
        Self::enter_if_typed_here(if marked { PASTE } else { HIDDEN })
    }

    /// Sets the mode again: a shell that stopped and continued the program had its own in between.
    pub fn renew(&self) {
        // A stop wakes the main thread too: here it waits until the shell gave the terminal back.
        if let Some(found) = lock().get(self.depth) {
            let _ = found.change();
        }
    }

    fn enter_if_typed_here(change: Change) -> Option<Self> {
        let typed_here = io::stdin().is_terminal() && in_foreground();
        typed_here.then(|| Self::enter(change).ok()).flatten()
    }

    fn enter(change: Change) -> io::Result<Self> {
        let mut found = lock();
        let depth = found.len();
        // Noted before the change: a signal in between restores what already is.
        found.push(Found { termios: tcgetattr(io::stdin())?, changed: change });
        let mode = Self { depth };
        let is_set = found[depth].change();
        drop(found);
        is_set?;
        say(change.greeting);
        Ok(mode)
    }
}

impl Found {
    fn change(&self) -> io::Result<()> {
        let mut termios = self.termios.clone();
        (self.changed.keys)(&mut termios);
        set(&termios)
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

/// Draws on the terminal: not while the shell has it, which would find no cursor or half a menu.
pub fn draw<T>(drawn: impl FnOnce() -> T) -> T {
    let _drawing = DRAWING.lock().unwrap_or_else(PoisonError::into_inner);
    drawn()
}

/// Gives the terminal to the shell for as long as `stopped` takes, and takes it again as it was.
pub fn lend(stopped: impl FnOnce()) {
    draw(|| {
        let found = lock();
        if let (Some(outermost), Some(innermost)) = (found.first(), found.last()) {
            let _ = set(&outermost.termios);
            say(innermost.changed.farewell);
        }
        stopped();
        if let Some(innermost) = found.last().filter(|_| in_foreground()) {
            let _ = innermost.change();
            say(innermost.changed.greeting);
        }
    });
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
    if found.changed.typed == Typed::Drained {
        drain();
    }
    // In the background to flush would stop the program, and what is typed is for the shell.
    if found.changed.typed != Typed::Kept && in_foreground() {
        let _ = tcflush(io::stdin(), QueueSelector::IFlush);
    }
    let _ = set(&found.termios);
    say(found.changed.farewell);
}

/// Reads and forgets what still arrives, until it is quiet. Not in the background, where reading would
/// stop the program.
pub fn drain() {
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
fn say(text: &str) {
    let stderr = io::stderr();
    if !text.is_empty()
        && stderr.is_terminal()
        && !console::is_dumb()
        && takes_output(stderr.as_fd())
    {
        let _ = rustix::io::write(stderr.as_fd(), text.as_bytes());
    }
}

fn raw_keys(termios: &mut Termios) {
    termios.local_modes -= LocalModes::ECHO | LocalModes::ICANON;
    termios.special_codes[SpecialCodeIndex::VINTR] = NO_KEY;
    termios.special_codes[SpecialCodeIndex::VQUIT] = NO_KEY;
    termios.input_modes -= InputModes::IXON;
    termios.special_codes[SpecialCodeIndex::VMIN] = 1;
    termios.special_codes[SpecialCodeIndex::VTIME] = 0;
}

fn hidden_keys(termios: &mut Termios) {
    // Ctrl-S would hold a line of ours back, and with it the browser that waits for an answer.
    termios.input_modes -= InputModes::IXON;
    // Ctrl-\ would end the program with the mode changed, and write the token into a core file.
    termios.special_codes[SpecialCodeIndex::VQUIT] = NO_KEY;
    termios.local_modes -= LocalModes::ECHO | LocalModes::ICANON;
    termios.special_codes[SpecialCodeIndex::VMIN] = 1;
    termios.special_codes[SpecialCodeIndex::VTIME] = 0;
}

fn no_echo(termios: &mut Termios) {
    termios.special_codes[SpecialCodeIndex::VQUIT] = NO_KEY;
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
pub fn in_foreground() -> bool {
    tcgetpgrp(io::stdin()).map_or(true, |group| group == getpgrp())
}

fn lock() -> MutexGuard<'static, Vec<Found>> {
    FOUND.lock().unwrap_or_else(PoisonError::into_inner)
}
