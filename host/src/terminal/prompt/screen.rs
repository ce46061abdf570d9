//! [`Screen`]: the writer that dialoguer draws a menu on. It writes a menu at once, and then ends dialoguer.

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dialoguer::console::Term;

use crate::platform::{drawing, terminal_mode};

/// dialoguer's reader cannot tell a paste from keys, treats every signal as Ctrl-C, and does not notice resizes. So
/// it draws, and the menu reads keys itself: when a menu is complete, the write of its last line fails.
///
/// Meanwhile the cursor is on the first line of the menu. A terminal that rewraps lines when it gets narrower keeps
/// it there, so that erasing from the cursor erases exactly the menu.
#[derive(Debug, Clone, Default)]
pub(super) struct Screen(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    unwritten: Vec<u8>,
    /// The count of lines of the menu, set while its last line is drawn.
    complete: Option<usize>,
    is_drawn: bool,
}

impl Screen {
    pub(super) fn term(&self) -> Term {
        drawing::terminal(self.clone())
    }

    /// Announces that the next line is the last one of a menu of this many lines.
    pub(super) fn menu_is_complete(&self, lines: usize) {
        self.state().complete = Some(lines);
    }

    /// Begins another drawing in the place of the last one.
    pub(super) fn begin(&self) {
        *self.state() = State { unwritten: b"\r\x1b[J".to_vec(), ..State::default() };
    }

    /// Whether the whole menu was written since [`Screen::begin`].
    pub(super) fn is_drawn(&self) -> bool {
        self.state().is_drawn
    }

    /// Writes `text` in the place of the menu.
    pub(super) fn replace(&self, text: &str) -> io::Result<()> {
        self.begin();
        let mut state = self.state();
        state.unwritten.extend_from_slice(text.as_bytes());
        state.show()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn show(&mut self) -> io::Result<()> {
        let frame = mem::take(&mut self.unwritten);
        terminal_mode::draw(|| io::stderr().write_all(&frame))
    }
}

impl Write for Screen {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.state().unwritten.write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut state = self.state();
        let Some(lines) = state.complete.take() else { return Ok(()) };
        write!(state.unwritten, "\x1b[{lines}A")?;
        state.show()?;
        state.is_drawn = true;
        Err(io::Error::other("the menu is drawn"))
    }
}
