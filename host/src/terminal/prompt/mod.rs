//! The questions that the host asks a person at the terminal: which row, and yes or no.

mod event;
mod line;
mod menu;
mod screen;
mod theme;

use std::io::{self, IsTerminal};
use std::time::Instant;

use dialoguer::console;

use crate::error::{Code, Error, Result};
use crate::process::signals;
use crate::terminal::Terminal;
use menu::Answer;
use theme::Look;

/// One choice, shown as `name` or `name  (detail)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub name: String,
    pub detail: Option<String>,
}

/// A question that is answered by one of its rows.
#[derive(Debug)]
pub struct Menu<'a> {
    pub label: &'a str,
    pub rows: &'a [Row],
    /// A line above the question.
    pub above: Option<String>,
    /// When the question ends as if it had been cancelled.
    pub deadline: Option<Instant>,
}

/// Draws the menu on stderr and returns the index of the chosen row. Where a menu cannot be drawn
/// (a dumb or very small terminal) or is of no use (a screen reader), asks for a number instead.
pub fn select(menu: &Menu<'_>, terminal: &Terminal) -> Result<usize> {
    let &Menu { label, rows, ref above, deadline } = menu;
    if rows.is_empty() {
        return Err(Error::new(Code::NothingToChoose, "There is nothing to choose from."));
    }
    begin()?;
    say(above.as_slice(), terminal)?;
    let look = Look { colour: terminal.colour, utf8: terminal.utf8 };
    let answer = if wants_plain_text() {
        Answer::NoRoom { row: 0 }
    } else {
        menu::choose(label, rows, look, deadline).map_err(signals::error)?
    };
    match answer {
        Answer::Chosen { row } => Ok(row),
        Answer::NoRoom { row } => {
            line::choose(label, rows, row, look, deadline).map_err(signals::error)
        }
    }
}

/// Asks a question that only `y` or `yes` affirms, below what it is about.
pub fn confirm(about: &[String], question: &str, terminal: &Terminal) -> Result<bool> {
    begin()?;
    say(about, terminal)?;
    line::confirm(question).map_err(signals::error)
}

/// Asks for a line of text, whatever its length; a secret one is not shown as it is typed. At the deadline
/// the question ends as if it had been cancelled.
pub fn ask(question: &str, secret: bool, deadline: Instant) -> Result<String> {
    begin()?;
    line::ask(question, secret, deadline).map_err(signals::error)
}

fn begin() -> Result<()> {
    // dialoguer would read /dev/tty when stdin is something else.
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(Error::new(
            Code::NeedsTerminal,
            "Cannot ask a question: this is not a terminal.",
        ));
    }
    signals::watch()
        .map_err(|error| Error::new(Code::CannotAsk, format!("Cannot ask a question: {error}.")))?;
    match signals::pending() {
        Some(signal) => Err(signals::error(signal)),
        None => Ok(()),
    }
}

fn say(lines: &[String], terminal: &Terminal) -> Result<()> {
    let mut said = lines.iter().map(|it| line::say(&format!("{}\n", terminal.laid_out(it, 0))));
    said.try_for_each(|it| it.map_err(signals::error))
}

fn wants_plain_text() -> bool {
    console::is_dumb() || std::env::var("ACCESSIBLE").is_ok_and(|value| value == "1")
}
