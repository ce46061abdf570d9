//! [`Mode`]: a guard that changes the terminal mode, which the guard, the signal watcher or the panic hook restores.

use std::io::{self, IsTerminal};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use dialoguer::console;

use super::event;
use super::terminal::{self, Keys, Settings, in_foreground};

const SHOW_CURSOR: &str = "\x1b[?25h";
/// While a menu waits, the cursor is on its first line, and everything from there on belongs to the menu.
const ERASE_MENU_AND_SHOW_CURSOR: &str = "\r\x1b[J\x1b[?25h";

/// dialoguer hides the cursor whenever it draws the menu.
const MENU: Change = Change {
    keys: Keys::Raw,
    at_start: "",
    at_end: ERASE_MENU_AND_SHOW_CURSOR,
    unread: Unread::Left,
};
const QUIET: Change =
    Change { keys: Keys::Quiet, at_start: "", at_end: SHOW_CURSOR, unread: Unread::Discarded };
const HIDDEN: Change =
    Change { keys: Keys::Hidden, at_start: "", at_end: SHOW_CURSOR, unread: Unread::Drained };
const PASTE: Change = Change { at_start: MARK_PASTES, at_end: END_PASTES, ..HIDDEN };

const MARK_PASTES: &str = "\x1b[?2004h";
const END_PASTES: &str = "\x1b[?2004l\x1b[?25h";

/// The longest pause within a paste, and the longest time to read the rest of one.
const DRAIN_PAUSE: Duration = Duration::from_millis(30);
const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

/// The settings to restore, and the change made to them.
struct ActiveMode {
    settings: Settings,
    changed: Change,
}

/// What a mode changes, what is written when it starts and ends, and what happens to unread input.
#[derive(Clone, Copy)]
struct Change {
    keys: Keys,
    at_start: &'static str,
    at_end: &'static str,
    unread: Unread,
}

/// What happens to unread input when a mode ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unread {
    /// It is left for the next reader.
    Left,
    /// It is discarded, since it may be a token pasted in the wrong place.
    Discarded,
    /// A paste may still be arriving: it is read until no more arrives, so that its rest is not echoed.
    Drained,
}

/// The active modes, outermost first; empty once all are restored, so that none is restored twice. A static, because
/// the process has one terminal, and the signal watcher and the panic hook must restore it.
static MODES: Mutex<Vec<ActiveMode>> = Mutex::new(Vec::new());

/// Locked while something is drawn, and while the shell has the terminal. Separate from [`MODES`]: a terminal that
/// blocks output must not prevent the watcher from restoring the modes.
static DRAWING: Mutex<()> = Mutex::new(());

/// A changed mode of the terminal on standard input. Dropping it restores the previous mode and the cursor.
#[derive(Debug)]
#[must_use = "the mode ends when it is dropped"]
pub struct Mode {
    depth: usize,
}

impl Mode {
    /// Raw keys for the menu: no echo, no lines, Ctrl-C and Ctrl-S are keys; Ctrl-Z still stops the program.
    pub fn menu() -> io::Result<Self> {
        Self::enter(MENU)
    }

    /// No echo, so that typed keys do not disturb the output; Ctrl-C is still a signal. Unread input is discarded at
    /// the end: it may be a token pasted in the wrong place. `None` if standard input is not the terminal of this
    /// foreground job.
    pub fn quiet() -> Option<Self> {
        Self::enter_if_foreground(QUIET)
    }

    /// No echo and no lines, for a secret of any length; Ctrl-C is still a signal. `None` if standard input is not
    /// the terminal of this foreground job.
    pub fn hidden() -> Option<Self> {
        Self::enter_if_foreground(HIDDEN)
    }

    /// As [`Mode::hidden`]; with `marked`, the terminal marks the start and end of a paste.
    pub fn paste(marked: bool) -> Option<Self> {
        Self::enter_if_foreground(if marked { PASTE } else { HIDDEN })
    }

    /// Sets the mode again after the program was stopped and continued, since the shell sets its own mode meanwhile.
    pub fn renew(&self) {
        // After SIGCONT the main thread runs at once; the lock delays it until `release_while` has set the mode.
        if let Some(mode) = lock().get(self.depth) {
            let _ = mode.change();
        }
    }

    fn enter_if_foreground(change: Change) -> Option<Self> {
        let in_use = io::stdin().is_terminal() && in_foreground();
        in_use.then(|| Self::enter(change).ok()).flatten()
    }

    fn enter(change: Change) -> io::Result<Self> {
        let mut modes = lock();
        let depth = modes.len();
        // Recorded before the change, so that a signal in between restores the unchanged settings.
        modes.push(ActiveMode { settings: Settings::read()?, changed: change });
        let mode = Self { depth };
        let is_set = modes[depth].change();
        drop(modes);
        is_set?;
        say(change.at_start);
        Ok(mode)
    }
}

impl ActiveMode {
    fn change(&self) -> io::Result<()> {
        self.settings.with(self.changed.keys).apply()
    }
}

impl Drop for Mode {
    fn drop(&mut self) {
        restore_from(self.depth);
    }
}

/// Restores the mode of the start of the program, if it was changed.
pub fn restore() {
    restore_from(0);
}

/// Draws on the terminal; waits while the shell has it, so that the shell gets a visible cursor and no partial menu.
pub fn draw<T>(drawn: impl FnOnce() -> T) -> T {
    let _drawing = DRAWING.lock().unwrap_or_else(PoisonError::into_inner);
    drawn()
}

/// Restores the terminal for the shell while `stopped` runs, and then sets the current mode again.
pub fn release_while(stopped: impl FnOnce()) {
    draw(|| {
        let modes = lock();
        if let (Some(outermost), Some(innermost)) = (modes.first(), modes.last()) {
            let _ = outermost.settings.apply();
            say(innermost.changed.at_end);
        }
        stopped();
        if let Some(innermost) = modes.last().filter(|_| in_foreground()) {
            let _ = innermost.change();
            say(innermost.changed.at_start);
        }
    });
}

fn restore_from(depth: usize) {
    // Unlocked before any call that may block, so that the watcher never waits for the lock.
    let Some(mode) = take_from(depth) else {
        return;
    };
    if mode.changed.unread == Unread::Drained {
        drain();
    }
    // In the background, the input is for the shell, and discarding it would stop the program.
    if mode.changed.unread != Unread::Left && in_foreground() {
        terminal::discard_input();
    }
    let _ = mode.settings.apply();
    say(mode.changed.at_end);
}

/// Reads and discards input until no more arrives. Does nothing in the background, where reading would stop the
/// program.
pub fn drain() {
    let end = Instant::now() + DRAIN_TIMEOUT;
    while in_foreground() && Instant::now() < end {
        let is_idle =
            !event::wait(&[event::input()], Some(DRAIN_PAUSE)).is_ok_and(|ready| ready[0].is_any());
        if is_idle || !terminal::read(&mut [0; 4096]).is_ok_and(|count| count > 0) {
            return;
        }
    }
}

fn take_from(depth: usize) -> Option<ActiveMode> {
    let mut modes = lock();
    let len = modes.len();
    modes.split_off(depth.min(len)).into_iter().next()
}

fn say(text: &str) {
    let stderr = io::stderr();
    if !text.is_empty() && stderr.is_terminal() && !console::is_dumb() {
        terminal::write_without_waiting(&stderr, text);
    }
}

fn lock() -> MutexGuard<'static, Vec<ActiveMode>> {
    MODES.lock().unwrap_or_else(PoisonError::into_inner)
}
