//! The menu: dialoguer's `Select`, drawn anew whenever the screen changed.

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

/// How long the rest of an arrow key may take after its ESC.
const REST_OF_KEY: Duration = Duration::from_millis(50);

/// dialoguer believes in 24 lines (see `Screen`) and keeps two of them.
const MOST_ROWS: usize = 22;

pub(super) enum Answer {
    Chosen {
        row: usize,
    },
    /// The screen is, or became, too small for a menu. This row was the current one.
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
    // A terminal that cannot be set or drawn on is a terminal that is gone.
    let gone = |_: io::Error| signals::gone();
    let screen = Screen::new(deadline).map_err(gone)?;
    let term = screen.term();
    let mode = Mode::menu().map_err(gone)?;
    let mut row = 0;
    while let Some((lines, columns)) = size() {
        let capacity = (lines - HEAD - 1).min(MOST_ROWS);
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
                screen.show().map_err(gone)?;
                return Ok(Answer::Chosen { row });
            }
            (Ok(None), _) => row = after_escape(row, rows.len(), deadline)?,
            (Err(_), Some(Event::Redraw)) => {
                screen.erase();
                mode.renew();
            }
            (Err(_), Some(Event::Stop(signal))) => return Err(signal),
            (Err(dialoguer::Error::IO(error)), _) => return Err(stopped_by(&error)),
        }
    }
    // Keys meant for the menu are no answer to another question.
    terminal::discard_input();
    Ok(Answer::NoRoom { row })
}

/// Lines and columns of a screen that has room for a menu.
fn size() -> Option<(usize, usize)> {
    let (lines, columns) = match terminal::size()? {
        // A serial line knows no size.
        (0, 0) => (24, 80),
        size => size,
    };
    (lines >= 5 && columns >= 20).then_some((lines, columns))
}

/// An ESC came alone. It may be the first byte of an arrow key: then the row to go on from.
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
    match wait(None, Some(REST_OF_KEY), deadline) {
        Event::Key => match terminal::read(&mut byte) {
            Ok(1) => Ok(Some(byte[0])),
            _ => Err(signals::gone()),
        },
        Event::Stop(signal) => Err(signal),
        Event::Redraw | Event::TooLate => Ok(None),
    }
}

fn stopped_by(error: &io::Error) -> Signal {
    // console's way to say Ctrl-C.
    if error.kind() == io::ErrorKind::Interrupted { Signal::Interrupt } else { signals::gone() }
}
