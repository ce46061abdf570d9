//! Prompts: questions to the person at the terminal, answered by a row of a menu, yes or no, or a line of text.

mod editor;
mod event;
mod keyboard;
pub mod keys;
mod line;
mod list;
mod menu;
mod screen;
mod theme;

use std::io::{self, IsTerminal};
use std::time::Instant;

use dialoguer::console;
use mesheryctl_core::secret::Secret;

use crate::error::{Code, Error, Result, Suggestion};
use crate::process::{signals, suspend};
use crate::terminal::Terminal;
use menu::Answer;
use theme::Look;

/// What is said where a paste answers nothing.
const IGNORED_PASTE: &str = "A paste does not answer this question. Ignored.";

/// One choice, shown as `name` or `name  (detail)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub name: String,
    pub detail: Option<String>,
}

/// A question whose answer is one of its rows.
#[derive(Debug)]
pub struct Menu<'a> {
    /// The provider that asks, whose name stands before the chosen row; `None` if the program asks.
    pub asks: Option<&'a str>,
    pub label: &'a str,
    pub rows: &'a [Row],
    /// The row that is current at first.
    pub current: usize,
    /// A line above the question.
    pub above: Option<String>,
    /// When the question is cancelled.
    pub deadline: Option<Instant>,
}

impl Menu<'_> {
    /// The line that remains after the choice.
    fn chosen(&self, row: usize) -> String {
        let name = &self.rows[row].name;
        self.asks.map_or_else(|| name.clone(), |provider| format!("{provider}: {name}"))
    }
}

/// The answer to a menu.
#[derive(Debug)]
pub enum Selected {
    /// The index of a row.
    Row(usize),
    /// A text that was pasted instead, and the index of the row that was current.
    Pasted(Secret, usize),
}

/// Draws the menu on standard error and returns the index of the chosen row. On a dumb or very small terminal, and
/// for a screen reader, asks for a number or a name instead. A paste is ignored.
pub fn select(menu: &Menu<'_>, terminal: &Terminal) -> Result<usize> {
    let Menu { asks, label, rows, mut current, deadline, .. } = *menu;
    let mut above = menu.above.clone();
    loop {
        match select_or_paste(&Menu { asks, label, rows, current, above, deadline }, terminal)? {
            Selected::Row(row) => return Ok(row),
            Selected::Pasted(_, row) => (current, above) = (row, Some(IGNORED_PASTE.to_owned())),
        }
    }
}

/// As [`select`], but returns a paste.
pub fn select_or_paste(menu: &Menu<'_>, terminal: &Terminal) -> Result<Selected> {
    if menu.rows.is_empty() {
        return Err(Error::new(Code::NothingToChoose, "There is nothing to choose from."));
    }
    prepare()?;
    say(menu.above.as_slice(), terminal)?;
    let look = Look { colour: terminal.colour, utf8: terminal.utf8 };
    let answer = if needs_plain_text() {
        Answer::NoRoom { row: menu.current }
    } else {
        menu::choose(menu, look).map_err(signals::error)?
    };
    let answer = match answer {
        Answer::NoRoom { row } => {
            line::choose(menu, row, look, (terminal.can_move_cursor, terminal.columns()))
        }
        answer => Ok(answer),
    };
    match answer.map_err(signals::error)? {
        Answer::Chosen { row } | Answer::NoRoom { row } => Ok(Selected::Row(row)),
        Answer::Pasted { text, row } => Ok(Selected::Pasted(text, row)),
    }
}

/// Prints the lines `about` and asks a question; true only for `y` and `yes`.
pub fn confirm(about: &[String], question: &str, terminal: &Terminal) -> Result<bool> {
    prepare()?;
    say(about, terminal)?;
    line::confirm(question, false, terminal.can_move_cursor).map_err(signals::error)
}

/// Asks a question of which the answer is yes unless the person says otherwise.
pub fn confirm_offer(question: &str, terminal: &Terminal) -> Result<bool> {
    prepare()?;
    line::confirm(question, true, terminal.can_move_cursor).map_err(signals::error)
}

/// Asks for a line of text of any length; a secret one is not echoed. At the deadline the question is cancelled.
pub fn ask(
    question: &str,
    secret: bool,
    deadline: Option<Instant>,
    terminal: &Terminal,
) -> Result<String> {
    prepare()?;
    line::ask(question, secret, deadline, terminal.can_move_cursor).map_err(signals::error)
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
    // A question of a background job would be drawn over the prompt of the shell.
    if !suspend::wait_for_foreground(|| signals::pending().is_some()) {
        let message = "Cannot ask a question: this job runs in the background.";
        return Err(Error::new(Code::NeedsTerminal, message)
            .nothing_changed()
            .next(Suggestion::new("In the foreground", "fg")));
    }
    match signals::pending() {
        Some(signal) => Err(signals::error(signal)),
        None => Ok(()),
    }
}

fn say(lines: &[String], terminal: &Terminal) -> Result<()> {
    let mut written = lines.iter().map(|it| editor::say(&format!("{}\n", terminal.wrapped(it, 0))));
    written.try_for_each(|it| it.map_err(signals::error))
}

fn needs_plain_text() -> bool {
    console::is_dumb() || std::env::var("ACCESSIBLE").is_ok_and(|value| value == "1")
}
