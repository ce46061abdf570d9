//! The terminal's mode: changed by a guard, and restored once, by the guard or the signal watcher.

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
    greeting: "",
    farewell: ERASE_MENU_AND_SHOW_CURSOR,
    typed: Typed::Kept,
};
const QUIET: Change =
    Change { keys: Keys::Quiet, greeting: "", farewell: SHOW_CURSOR, typed: Typed::Forgotten };
const HIDDEN: Change =
    Change { keys: Keys::Hidden, greeting: "", farewell: SHOW_CURSOR, typed: Typed::Drained };
const PASTE: Change = Change { greeting: MARK_PASTES, farewell: END_PASTES, ..HIDDEN };

const MARK_PASTES: &str = "\x1b[?2004h";
const END_PASTES: &str = "\x1b[?2004l\x1b[?25h";

/// How long a paste may pause, and how long its rest is waited for at most.
const PAUSE: Duration = Duration::from_millis(30);
const REST: Duration = Duration::from_secs(1);

/// What to bring back.
struct Found {
    settings: Settings,
    changed: Change,
}

/// What a mode changes, and what is said and done when it ends.
#[derive(Clone, Copy)]
struct Change {
    keys: Keys,
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

    /// No echo, so that typed keys do not garble the screen; Ctrl-C is still a signal. What was
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
        found.push(Found { settings: Settings::read()?, changed: change });
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
        self.settings.with(self.changed.keys).apply()
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
            let _ = outermost.settings.apply();
            say(innermost.changed.farewell);
        }
        stopped();
        if let Some(innermost) = found.last().filter(|_| in_foreground()) {
            let _ = innermost.change();
            say(innermost.changed.greeting);
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
    // In the background to flush would stop the program, and what is typed is for the shell.
    if found.changed.typed != Typed::Kept && in_foreground() {
        terminal::forget_typed();
    }
    let _ = found.settings.apply();
    say(found.changed.farewell);
}

/// Reads and forgets what still arrives, until it is quiet. Not in the background, where reading would
/// stop the program.
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
