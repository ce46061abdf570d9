//! [`Screen`]: the writer that dialoguer draws the menu on. It writes a frame at once, then waits for an event.

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use dialoguer::console::Term;

use super::event::{Event, wait};
use crate::platform::signals::ScreenChanges;
use crate::platform::{drawing, terminal_mode};

/// dialoguer's reader treats every signal as Ctrl-C, and does not notice resizes. So when a menu is complete, the
/// write of its last line waits until a key can be read. On any other event it fails, and stores the event.
///
/// While it waits, the cursor is on the first line of the menu. A terminal that rewraps lines when it gets narrower
/// keeps it there, so that erasing from the cursor erases exactly the menu.
#[derive(Debug, Clone)]
pub(super) struct Screen(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    changes: ScreenChanges,
    deadline: Option<Instant>,
    unwritten: Vec<u8>,
    /// The count of lines of the menu, set while its last line is drawn.
    complete: Option<usize>,
    /// By how many lines the cursor was moved up.
    above: usize,
    event: Option<Event>,
}

impl Screen {
    pub(super) fn new(deadline: Option<Instant>) -> io::Result<Self> {
        Ok(Self(Arc::new(Mutex::new(State {
            changes: ScreenChanges::watch()?,
            deadline,
            unwritten: Vec::new(),
            complete: None,
            above: 0,
            event: None,
        }))))
    }

    pub(super) fn term(&self) -> Term {
        drawing::terminal(self.clone())
    }

    /// Announces that the next line is the last one of a menu of this many lines.
    pub(super) fn menu_is_complete(&self, lines: usize) {
        self.state().complete = Some(lines);
    }

    /// Takes the event that ended the menu, if it was not a key.
    pub(super) fn event(&self) -> Option<Event> {
        self.state().event.take()
    }

    /// Erases a menu that was left while it waited.
    pub(super) fn erase(&self) {
        let mut state = self.state();
        state.above = 0;
        state.unwritten = b"\r\x1b[J".to_vec();
    }

    pub(super) fn show(&self) -> io::Result<()> {
        self.state().show()
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

    fn show_and_wait(&mut self, lines: usize) -> io::Result<()> {
        write!(self.unwritten, "\x1b[{lines}A")?;
        self.above = lines;
        self.show()?;
        match wait(Some(&self.changes), None, self.deadline) {
            Event::Key => Ok(()),
            other => {
                self.event = Some(other);
                Err(io::Error::other("the menu was left"))
            }
        }
    }
}

impl Write for Screen {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let mut state = self.state();
        let above = mem::take(&mut state.above);
        if above > 0 {
            write!(state.unwritten, "\x1b[{above}B")?;
        }
        state.unwritten.write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut state = self.state();
        match state.complete.take() {
            Some(lines) => state.show_and_wait(lines),
            None => Ok(()),
        }
    }
}
