//! [`Mode`]: a guard that changes the terminal mode, which the guard, the signal watcher or the panic hook restores.
//!
//! From the first question of a command to its end, what is typed is not echoed and the terminal marks pastes, also
//! between two questions: a paste at any moment is then one thing. [`restore`] ends that.

use std::io::{self, IsTerminal};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use dialoguer::console;

use super::event;
use super::paste_progress::PasteProgress;
use super::terminal::{self, Keys, Settings, in_foreground};

const SHOW_CURSOR: &str = "\x1b[?25h";
/// While a menu waits, the cursor is on its first line, and everything from there on belongs to the menu.
const ERASE_MENU_AND_SHOW_CURSOR: &str = "\r\x1b[J\x1b[?25h";

const MARK_PASTES: &str = "\x1b[?2004h";
const END_MARKS: &str = "\x1b[?2004l";

const MENU: Change = Change { keys: Keys::Raw, at_end: ERASE_MENU_AND_SHOW_CURSOR };
const QUIET: Change = Change { keys: Keys::Quiet, at_end: SHOW_CURSOR };
const HIDDEN: Change = Change { keys: Keys::Hidden, at_end: SHOW_CURSOR };

/// The longest pause within a paste, and the longest time to read the rest of one.
const DRAIN_PAUSE: Duration = Duration::from_millis(30);
const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

/// The length of the markers of a paste, in bytes. Less unread input than this holds no marked paste, and no token.
const SHORTEST_PASTE: u64 = 12;

/// What a mode changes, and what is written when it ends.
#[derive(Clone, Copy)]
struct Change {
    keys: Keys,
    at_end: &'static str,
}

/// The settings to restore, and the change made to them.
struct ActiveMode {
    settings: Settings,
    changed: Change,
}

/// The terminal since the first question of the command.
struct Asked {
    /// The settings before.
    settings: Settings,
    /// Whether the terminal marks pastes.
    marked: bool,
}

struct State {
    /// The active modes, outermost first.
    modes: Vec<ActiveMode>,
    asked: Option<Asked>,
    paste: PasteProgress,
}

/// The modes to restore; empty once all are restored, so that none is restored twice. A static, because the process
/// has one terminal, and the signal watcher and the panic hook must restore it.
static MODES: Mutex<State> =
    Mutex::new(State { modes: Vec::new(), asked: None, paste: PasteProgress::new() });

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
    /// The mode of a menu: no echo, no lines, Ctrl-C and Ctrl-S are keys; Ctrl-Z still stops the program. The
    /// terminal marks pastes from now on.
    ///
    /// # Errors
    /// Those of reading and changing the settings of the terminal.
    pub fn menu() -> io::Result<Self> {
        Self::enter(MENU, Some(true))
    }

    /// The mode of a question that is answered by a line: no echo by the terminal, no lines, Ctrl-C is still a
    /// signal. With `marked`, the terminal marks pastes from now on. `None` if standard input is not the terminal of
    /// this foreground job.
    pub fn line(marked: bool) -> Option<Self> {
        Self::enter_if_foreground(HIDDEN, Some(marked))
    }

    /// No echo, so that typed keys do not disturb the output; Ctrl-C is still a signal. It asks nothing, so input
    /// stays for the next reader. `None` if standard input is not the terminal of this foreground job.
    pub fn quiet() -> Option<Self> {
        // Within itself it changes nothing, and says nothing at its end.
        let is_quiet = lock().modes.last().is_some_and(|it| it.changed.keys == Keys::Quiet);
        if is_quiet {
            return None;
        }
        Self::enter_if_foreground(QUIET, None)
    }

    /// Sets the mode again after the program was stopped and continued, since the shell sets its own mode meanwhile.
    pub fn renew(&self) {
        // After SIGCONT the main thread runs at once; the lock delays it until `release_while` has set the mode.
        let state = lock();
        if let Some(mode) = state.modes.get(self.depth).filter(|_| in_foreground()) {
            let _ = mode.change();
            say(state.at_start());
        }
    }

    fn enter_if_foreground(change: Change, question: Option<bool>) -> Option<Self> {
        let in_use = io::stdin().is_terminal() && in_foreground();
        in_use.then(|| Self::enter(change, question).ok()).flatten()
    }

    /// `question` is whether pastes are marked, if the mode is that of a question.
    fn enter(change: Change, question: Option<bool>) -> io::Result<Self> {
        let mut state = lock();
        let settings = Settings::read()?;
        let depth = state.modes.len();
        let is_first_question = question.is_some() && state.asked.is_none();
        if let Some(marked) = question.filter(|_| is_first_question) {
            let before = state.modes.first().map_or(&settings, |it| &it.settings).clone();
            state.asked = Some(Asked { settings: before, marked });
        }
        // Recorded before the change, so that a signal in between restores the unchanged settings.
        state.modes.push(ActiveMode { settings, changed: change });
        let mode = Self { depth };
        let is_set = state.modes[depth].change();
        let at_start = if is_first_question { state.at_start() } else { "" };
        drop(state);
        is_set?;
        say(at_start);
        Ok(mode)
    }
}

impl Drop for Mode {
    fn drop(&mut self) {
        let mut state = lock();
        let depth = self.depth.min(state.modes.len());
        let Some(mode) = state.modes.split_off(depth).into_iter().next() else { return };
        let settings = match &state.asked {
            // Between two questions, input is not echoed either.
            Some(_) => mode.settings.with(Keys::Hidden),
            None => mode.settings,
        };
        // Unlocked before any call that may block, so that the watcher never waits for the lock.
        drop(state);
        let _ = settings.apply();
        say(mode.changed.at_end);
    }
}

impl ActiveMode {
    fn change(&self) -> io::Result<()> {
        self.settings.with(self.changed.keys).apply()
    }
}

impl State {
    /// The settings of the start of the program, if they were changed.
    fn original(&self) -> Option<&Settings> {
        let of_mode = self.modes.first().map(|it| &it.settings);
        self.asked.as_ref().map(|it| &it.settings).or(of_mode)
    }

    fn at_start(&self) -> &'static str {
        if self.asked.as_ref().is_some_and(|it| it.marked) { MARK_PASTES } else { "" }
    }

    fn at_end(&self) -> String {
        let marks = if self.at_start().is_empty() { "" } else { END_MARKS };
        let innermost = self.modes.last().map_or("", |it| it.changed.at_end);
        format!("{marks}{innermost}")
    }
}

/// Whether the terminal echoed what was typed before the first question. If it did not, as within an editor, the
/// program does not either.
pub fn echoes() -> bool {
    lock().original().is_none_or(Settings::echo)
}

/// Restores the mode of the start of the program, if it was changed. If it asked something, the rest of a paste is
/// consumed, so that the shell does not run it; other input stays.
pub fn restore() {
    let (original, at_end, asked) = {
        let mut state = lock();
        let Some(original) = state.original().cloned() else { return };
        let at_end = state.at_end();
        state.modes.clear();
        (original, at_end, state.asked.take().is_some())
    };
    // Unlocked before any call that may block, so that the watcher never waits for the lock.
    if asked {
        consume_paste();
    }
    let _ = original.apply();
    say(&at_end);
}

/// Draws on the terminal; waits while the shell has it, so that the shell gets a visible cursor and no partial menu.
pub fn draw<T>(drawn: impl FnOnce() -> T) -> T {
    let _drawing = DRAWING.lock().unwrap_or_else(PoisonError::into_inner);
    drawn()
}

/// Restores the terminal for the shell while `stopped` runs, and then sets the current mode again.
pub fn release_while(stopped: impl FnOnce()) {
    draw(|| {
        if lock().asked.is_some() {
            consume_paste();
        }
        let state = lock();
        if let Some(original) = state.original() {
            let _ = original.apply();
            say(&state.at_end());
        }
        stopped();
        let between = state.original().map(|it| it.with(Keys::Hidden));
        if in_foreground() {
            let _ = match (state.modes.last(), between) {
                (Some(innermost), _) => innermost.change(),
                (None, Some(between)) => between.apply(),
                (None, None) => Ok(()),
            };
            say(state.at_start());
        }
    });
}

/// Reads input, and records whether it belongs to a paste.
///
/// # Errors
/// As [`terminal::read`].
pub fn read(into: &mut [u8]) -> io::Result<usize> {
    let count = terminal::read(into)?;
    // Before the lock, which the panic hook takes: reading the clock can panic.
    let now = Instant::now();
    lock().paste.record(&into[..count], now);
    Ok(count)
}

/// Discards unread input if it may be a paste or the rest of one. It cannot be looked at without taking it from the
/// shell, so its length decides.
fn consume_paste() {
    let now = Instant::now();
    let may_continue = lock().paste.may_continue(now);
    if in_foreground() && (may_continue || terminal::unread() >= SHORTEST_PASTE) {
        drain();
    }
}

/// Reads and discards input until the end of a marked paste, and until no more arrives. Does nothing in the
/// background, where reading would stop the program.
pub fn drain() {
    let end = Instant::now() + DRAIN_TIMEOUT;
    while in_foreground() && Instant::now() < end {
        let pause = if lock().paste.is_inside() { DRAIN_TIMEOUT } else { DRAIN_PAUSE };
        let is_idle =
            !event::wait(&[event::input()], Some(pause)).is_ok_and(|ready| ready[0].is_any());
        if is_idle || !read(&mut [0; 4096]).is_ok_and(|count| count > 0) {
            return;
        }
    }
}

fn say(text: &str) {
    let stderr = io::stderr();
    if !text.is_empty() && stderr.is_terminal() && !console::is_dumb() {
        terminal::write_without_waiting(&stderr, text);
    }
}

fn lock() -> MutexGuard<'static, State> {
    MODES.lock().unwrap_or_else(PoisonError::into_inner)
}
