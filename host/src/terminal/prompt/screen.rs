//! The terminal that dialoguer draws on: one write for a frame, then a wait for what comes first.

use std::io::{self, Write};
use std::mem;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dialoguer::console::Term;

use super::wake::{Redraws, Wake, wait};
use crate::platform::terminal_mode;

/// dialoguer's reader takes any signal for Ctrl-C and knows nothing of resizes. So once a menu is
/// complete, the write of its last line also waits: until a key is there to be read, or else it
/// fails with what came.
///
/// While it waits, the cursor stands on the menu's first line. A terminal that rewraps lines when
/// it is made narrower keeps it there, so that erasing from there on erases the menu and no more.
#[derive(Debug, Clone)]
pub(super) struct Screen(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    redraws: Redraws,
    unwritten: Vec<u8>,
    /// Lines of the menu whose last line is being drawn.
    complete: Option<usize>,
    /// Lines that the cursor was moved up by.
    above: usize,
    woken: Option<Wake>,
    hides_its_size: bool,
}

impl Screen {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self(Arc::new(Mutex::new(State {
            redraws: Redraws::watch()?,
            unwritten: Vec::new(),
            complete: None,
            above: 0,
            woken: None,
            hides_its_size: false,
        }))))
    }

    pub(super) fn term(&self) -> Term {
        let term = Term::read_write_pair(io::stdin(), self.clone());
        self.state().hides_its_size = true;
        term
    }

    /// The line that follows is the last one of a menu of so many lines.
    pub(super) fn menu_is_complete(&self, lines: usize) {
        self.state().complete = Some(lines);
    }

    /// What came instead of a key, if that ended the menu.
    pub(super) fn woken(&self) -> Option<Wake> {
        self.state().woken.take()
    }

    /// Instead of a menu that was left while it waited.
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
        match wait(Some(&self.redraws), None) {
            Wake::Key => Ok(()),
            other => {
                self.woken = Some(other);
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

impl AsRawFd for Screen {
    /// dialoguer asks once whether this is a terminal, and later for its size. A size that changes
    /// between two keys gives it other pages than the theme draws, and a panic under three lines.
    /// So it is told of no terminal then, and goes by its default of 24 lines.
    fn as_raw_fd(&self) -> RawFd {
        let state = self.state();
        if state.hides_its_size { -1 } else { io::stderr().as_raw_fd() }
    }
}
