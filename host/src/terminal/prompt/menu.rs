//! The menu prompt: dialoguer's `Select`, redrawn when the screen changes.

use std::cell::Cell;
use std::io;
use std::time::{Duration, Instant};

use dialoguer::Select;

use super::Row;
use super::event::{Event, wait};
use super::screen::Screen;
use super::theme::{HEAD, Look, MenuTheme};
use crate::platform::terminal;
use crate::platform::terminal_mode::Mode;
use crate::process::signals::{self, Signal};

/// How long to wait for the rest of an escape sequence after its ESC.
const ESCAPE_TIMEOUT: Duration = Duration::from_millis(50);

/// dialoguer assumes 24 lines (see [`drawing`](crate::platform::drawing)) and reserves two of them.
const MAX_ROWS: usize = 22;

pub(super) enum Answer {
    Chosen {
        row: usize,
    },
    /// The screen is too small for a menu; the row that was current.
    NoRoom {
        row: usize,
    },
}

pub(super) fn choose(
    label: &str,
    rows: &[Row],
    look: Look,
    deadline: Option<Instant>,
) -> Result<Answer, Signal> {
    // An error of the terminal means that it was closed.
    let closed = |_: io::Error| signals::hang_up();
    let screen = Screen::new(deadline).map_err(closed)?;
    let term = screen.term();
    let mode = Mode::menu().map_err(closed)?;
    let mut row = 0;
    while let Some((lines, columns)) = size() {
        let capacity = (lines - HEAD - 1).min(MAX_ROWS);
        let current = Cell::new(row);
        let theme = MenuTheme { look, rows, columns, capacity, screen: &screen, current };
        let answer = Select::with_theme(&theme)
            .with_prompt(label)
            .items(0..rows.len())
            .default(row)
            .max_length(capacity)
            .interact_on_opt(&term);
        row = theme.current.get();
        match (answer, screen.event()) {
            (Ok(Some(row)), _) => {
                screen.show().map_err(closed)?;
                return Ok(Answer::Chosen { row });
            }
            (Ok(None), _) => row = after_escape(row, rows.len(), deadline)?,
            (Err(_), Some(Event::Redraw)) => {
                screen.erase();
                mode.renew();
            }
            (Err(_), Some(Event::Stop(signal))) => return Err(signal),
            (Err(dialoguer::Error::IO(error)), _) => return Err(signal_of(&error)),
        }
    }
    // Keys typed for the menu must not answer the next question.
    terminal::discard_input();
    Ok(Answer::NoRoom { row })
}

/// The lines and columns of the screen, if it has room for a menu.
fn size() -> Option<(usize, usize)> {
    let (lines, columns) = match terminal::size()? {
        // A serial line does not report its size.
        (0, 0) => (24, 80),
        size => size,
    };
    (lines >= 5 && columns >= 20).then_some((lines, columns))
}

/// Handles an ESC that dialoguer took for the Escape key. If it begins an arrow key, returns the row to continue
/// from.
fn after_escape(row: usize, rows: usize, deadline: Option<Instant>) -> Result<usize, Signal> {
    if !matches!(next_byte(deadline)?, Some(b'[' | b'O')) {
        return Err(Signal::Interrupt);
    }
    loop {
        match next_byte(deadline)? {
            Some(b'A') => return Ok((row + rows - 1) % rows),
            Some(b'B') => return Ok((row + 1) % rows),
            // Parameters of a longer sequence.
            Some(b' '..=b'?') => {}
            _ => return Ok(row),
        }
    }
}

fn next_byte(deadline: Option<Instant>) -> Result<Option<u8>, Signal> {
    let mut byte = [0];
    match wait(None, Some(ESCAPE_TIMEOUT), deadline) {
        Event::Key => match terminal::read(&mut byte) {
            Ok(1) => Ok(Some(byte[0])),
            _ => Err(signals::hang_up()),
        },
        Event::Stop(signal) => Err(signal),
        Event::Redraw | Event::TimedOut => Ok(None),
    }
}

fn signal_of(error: &io::Error) -> Signal {
    // console reports Ctrl-C as this error.
    if error.kind() == io::ErrorKind::Interrupted { Signal::Interrupt } else { signals::hang_up() }
}
