//! The mode of the terminal: changed by a guard, and restored once, by the guard, the signal watcher or a panic.

use std::io::{self, IsTerminal};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use dialoguer::console;

use super::event;
use super::terminal::{self, Keys, Settings, in_foreground};

const SHOW_CURSOR: &str = "\x1b[?25h";
/// While a menu waits, the cursor stands on its first line, and all from there on is the menu's.
const ERASE_MENU_AND_SHOW_CURSOR: &str = "\r\x1b[J\x1b[?25h";

/// The menu hides the cursor itself, whenever it is drawn.
const MENU: Change = Change {
    keys: Keys::Raw,
    at_start: "",
    at_end: ERASE_MENU_AND_SHOW_CURSOR,
    typed: Typed::Kept,
};
const QUIET: Change =
    Change { keys: Keys::Quiet, at_start: "", at_end: SHOW_CURSOR, typed: Typed::Discarded };
const HIDDEN: Change =
    Change { keys: Keys::Hidden, at_start: "", at_end: SHOW_CURSOR, typed: Typed::Drained };
const PASTE: Change = Change { at_start: MARK_PASTES, at_end: END_PASTES, ..HIDDEN };

const MARK_PASTES: &str = "\x1b[?2004h";
const END_PASTES: &str = "\x1b[?2004l\x1b[?25h";

/// How long a paste may pause, and how long its rest is waited for at most.
const PAUSE: Duration = Duration::from_millis(30);
const REST: Duration = Duration::from_secs(1);

/// The settings to restore, and the change made to them.
struct Found {
    settings: Settings,
    changed: Change,
}

/// What a mode changes, what is written when it starts and ends, and what becomes of typed input.
#[derive(Clone, Copy)]
struct Change {
    keys: Keys,
    at_start: &'static str,
    at_end: &'static str,
    typed: Typed,
}

/// What happens to typed, unread input when a mode ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Typed {
    /// It stays for the next reader.
    Kept,
    /// It may be a token pasted in the wrong place.
    Discarded,
    /// A paste may still be arriving: it is read until no more comes, so that its rest is not shown.
    Drained,
}

/// The outermost mode first; empty once all is restored, so that nothing is restored twice. A static, because
/// the process has one terminal, and the signal watcher and the panic hook must restore it.
static FOUND: Mutex<Vec<Found>> = Mutex::new(Vec::new());

/// Held while something is drawn, and while the shell has the terminal. Apart from the modes: a terminal that
/// takes no output must not keep the watcher from restoring them.
static DRAWING: Mutex<()> = Mutex::new(());

/// A changed mode of the terminal on the standard input. Dropped, it restores the former mode and the cursor.
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

    /// No echo, so that typed keys do not garble the screen; Ctrl-C is still a signal. What was typed is
    /// discarded at the end: it may be a token pasted in the wrong place. `None` where the standard input is
    /// no terminal of this job.
    pub fn quiet() -> Option<Self> {
        Self::enter_if_typed_here(QUIET)
    }

    /// No echo and no lines, for a secret of any length; Ctrl-C is still a signal. `None` where the standard
    /// input is no terminal of this job.
    pub fn hidden() -> Option<Self> {
        Self::enter_if_typed_here(HIDDEN)
    }

    /// As [`Mode::hidden`]; if `marked`, the terminal marks where a paste begins and ends.
    pub fn paste(marked: bool) -> Option<Self> {
        Self::enter_if_typed_here(if marked { PASTE } else { HIDDEN })
    }

    /// Sets the mode again: a shell that stopped and continued the program had set its own.
    pub fn renew(&self) {
        // The main thread goes on after a stop too: here it waits until the shell gave the terminal back.
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
        // Noted before the change: a signal in between restores settings that still hold.
        found.push(Found { settings: Settings::read()?, changed: change });
        let mode = Self { depth };
        let is_set = found[depth].change();
        drop(found);
        is_set?;
        say(change.at_start);
        Ok(mode)
    }
}

impl Found {
    fn change(&self) -> io::Result<()> {
        self.settings.with(self.changed.keys).apply()
    }
}

impl Drop for Mode {
    fn drop(&mut self) {
        restore_from(self.depth);
    }
}

/// Restores the mode that the program started with, if it was changed.
pub fn restore() {
    restore_from(0);
}

/// Draws on the terminal, but not while the shell has it: that would leave it no cursor or half a menu.
pub fn draw<T>(drawn: impl FnOnce() -> T) -> T {
    let _drawing = DRAWING.lock().unwrap_or_else(PoisonError::into_inner);
    drawn()
}

/// Gives the terminal to the shell while `stopped` runs, and then sets it again as it was.
pub fn lend(stopped: impl FnOnce()) {
    draw(|| {
        let found = lock();
        if let (Some(outermost), Some(innermost)) = (found.first(), found.last()) {
            let _ = outermost.settings.apply();
            say(innermost.changed.at_end);
        }
        stopped();
        if let Some(innermost) = found.last().filter(|_| in_foreground()) {
            let _ = innermost.change();
            say(innermost.changed.at_start);
        }
    });
}

fn restore_from(depth: usize) {
    // Unlocked before anything that may wait, so that the watcher never waits for it.
    let Some(found) = take_from(depth) else {
        return;
    };
    if found.changed.typed == Typed::Drained {
        drain();
    }
    // In the background, discarding input would stop the program, and the input is for the shell.
    if found.changed.typed != Typed::Kept && in_foreground() {
        terminal::discard_input();
    }
    let _ = found.settings.apply();
    say(found.changed.at_end);
}

/// Reads and discards input until no more arrives. Not in the background, where reading would stop the program.
pub fn drain() {
    let end = Instant::now() + REST;
    while in_foreground() && Instant::now() < end {
        let is_quiet =
            !event::wait(&[event::input()], Some(PAUSE)).is_ok_and(|ready| ready[0].is_any());
        if is_quiet || !terminal::read(&mut [0; 4096]).is_ok_and(|count| count > 0) {
            return;
        }
    }
}

fn take_from(depth: usize) -> Option<Found> {
    let mut found = lock();
    let known = found.len();
    found.split_off(depth.min(known)).into_iter().next()
}

fn say(text: &str) {
    let stderr = io::stderr();
    if !text.is_empty() && stderr.is_terminal() && !console::is_dumb() {
        terminal::write_without_waiting(&stderr, text);
    }
}

fn lock() -> MutexGuard<'static, Vec<Found>> {
    FOUND.lock().unwrap_or_else(PoisonError::into_inner)
}
