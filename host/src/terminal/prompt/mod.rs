//! Prompts: questions to the person at the terminal, answered by a row of a menu, yes or no, or a line of text.

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

/// A question whose answer is one of its rows.
#[derive(Debug)]
pub struct Menu<'a> {
    pub label: &'a str,
    pub rows: &'a [Row],
    /// A line above the question.
    pub above: Option<String>,
    /// When the question is cancelled.
    pub deadline: Option<Instant>,
}

/// Draws the menu on standard error and returns the index of the chosen row. On a dumb or very small terminal, and
/// for a screen reader, asks for a number instead.
pub fn select(menu: &Menu<'_>, terminal: &Terminal) -> Result<usize> {
    let &Menu { label, rows, ref above, deadline } = menu;
    if rows.is_empty() {
        return Err(Error::new(Code::NothingToChoose, "There is nothing to choose from."));
    }
    prepare()?;
    say(above.as_slice(), terminal)?;
    let look = Look { colour: terminal.colour, utf8: terminal.utf8 };
    let answer = if needs_plain_text() {
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

/// Prints the lines `about` and asks a question; true only for `y` and `yes`.
pub fn confirm(about: &[String], question: &str, terminal: &Terminal) -> Result<bool> {
    prepare()?;
    say(about, terminal)?;
    line::confirm(question).map_err(signals::error)
}

/// Asks for a line of text of any length; a secret one is not echoed. At the deadline the question is cancelled.
pub fn ask(question: &str, secret: bool, deadline: Instant) -> Result<String> {
    prepare()?;
    line::ask(question, secret, deadline).map_err(signals::error)
}

fn prepare() -> Result<()> {
    // dialoguer would read /dev/tty if standard input is not a terminal.
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
    let mut written = lines.iter().map(|it| line::say(&format!("{}\n", terminal.wrapped(it, 0))));
    written.try_for_each(|it| it.map_err(signals::error))
}

fn needs_plain_text() -> bool {
    console::is_dumb() || std::env::var("ACCESSIBLE").is_ok_and(|value| value == "1")
}
