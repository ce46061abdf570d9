//! The menu prompt: drawn by dialoguer's `Select`, with keys that the program reads itself.

use std::io;

use dialoguer::Select;
use mesheryctl_core::secret::Secret;

use super::Menu;
use super::keyboard::Keyboard;
use super::keys::Input;
use super::list::{List, Outcome};
use super::screen::Screen;
use super::theme::{HEAD, Look, MenuTheme};
use crate::platform::terminal;
use crate::platform::terminal_mode::Mode;
use crate::process::signals::{self, Signal};

/// dialoguer assumes 24 lines (see [`drawing`](crate::platform::drawing)) and reserves two of them.
const MAX_ROWS: usize = 22;

pub(super) enum Answer {
    Chosen {
        row: usize,
    },
    /// A text was pasted; the row that was current.
    Pasted {
        text: Secret,
        row: usize,
    },
    /// The screen is too small for a menu; the row that was current.
    NoRoom {
        row: usize,
    },
}

pub(super) fn choose(menu: &Menu<'_>, look: Look) -> Result<Answer, Signal> {
    // An error of the terminal means that it was closed.
    let closed = |_: io::Error| signals::hang_up();
    let screen = Screen::default();
    let mut keyboard = Keyboard::new()?;
    let mode = Mode::menu().map_err(closed)?;
    let mut list = List::new(menu.rows, menu.current);
    while let Some((lines, columns)) = size() {
        let capacity = (lines - HEAD - 1).min(MAX_ROWS);
        draw(&list, menu.label, look, (capacity, columns), &screen).map_err(closed)?;
        let outcome = match keyboard.next(menu.deadline)? {
            None => {
                mode.renew();
                Outcome::Open
            }
            Some(Input::Key(key)) => list.press(key, capacity),
            Some(Input::Paste(paste)) => {
                return Ok(Answer::Pasted { text: paste.text, row: list.current() });
            }
        };
        match outcome {
            Outcome::Open => {}
            Outcome::Cancelled => return Err(Signal::Interrupt),
            Outcome::Chosen(row) => {
                screen.replace(&look.chosen(&menu.chosen(row), columns)).map_err(closed)?;
                return Ok(Answer::Chosen { row });
            }
        }
    }
    // Keys typed for the menu must not answer the next question.
    terminal::discard_input();
    Ok(Answer::NoRoom { row: list.current() })
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

fn draw(
    list: &List<'_>,
    label: &str,
    look: Look,
    (capacity, columns): (usize, usize),
    screen: &Screen,
) -> io::Result<()> {
    let (rows, can_filter) = (list.matching(), list.can_filter());
    let typed = list.typed();
    let theme = MenuTheme { look, rows: &rows, can_filter, typed, columns, capacity, screen };
    screen.begin();
    let ended = Select::with_theme(&theme)
        .with_prompt(label)
        .items(0..theme.lines())
        .default(list.position())
        .max_length(capacity)
        .interact_on_opt(&screen.term());
    match ended {
        Err(dialoguer::Error::IO(error)) if !screen.is_drawn() => Err(error),
        _ => Ok(()),
    }
}
