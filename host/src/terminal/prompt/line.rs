//! Prompts that are answered by a line of text and do not move the cursor: a number, yes or no, or text.

use std::io::{self, Write};
use std::time::Instant;

use super::Row;
use super::event::{Event, wait};
use super::theme::Look;
use crate::platform::terminal;
use crate::platform::terminal_mode::Mode;
use crate::process::signals::{self, Signal};

const CTRL_C: u8 = 3;
const CTRL_D: u8 = 4;

/// Asks for the number of a row; an empty line chooses the row `offered`.
pub(super) fn choose(
    label: &str,
    rows: &[Row],
    offered: usize,
    look: Look,
    deadline: Option<Instant>,
) -> Result<usize, Signal> {
    for (index, row) in rows.iter().enumerate() {
        say(&format!("{}) {}\n", index + 1, look.row(row)))?;
    }
    loop {
        say(&format!("{} [{}]: ", look.clean(label), offered + 1))?;
        let answer = read_line(deadline)?;
        let number = if answer.trim().is_empty() { Ok(offered + 1) } else { answer.trim().parse() };
        match number {
            Ok(number) if (1..=rows.len()).contains(&number) => {
                say(&format!("{}\n", look.chosen(&look.clean(&rows[number - 1].name))))?;
                return Ok(number - 1);
            }
            _ => say(&format!("Type a number from 1 to {}.\n", rows.len()))?,
        }
    }
}

/// True for `y` and `yes` only.
pub(super) fn confirm(question: &str) -> Result<bool, Signal> {
    // Input typed before the question was shown must not answer it.
    terminal::discard_input();
    say(&format!("{question} [y/N] "))?;
    let answer = read_line(None)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// Asks for a line, and returns it without its line end. A secret one is read outside canonical mode, in which the
/// terminal truncates a line to 4,095 bytes; so Backspace and Ctrl-U are handled here.
pub(super) fn ask(question: &str, secret: bool, deadline: Instant) -> Result<String, Signal> {
    let _hidden = secret.then(Mode::hidden).flatten();
    // Input typed before the question was shown must not answer it.
    terminal::discard_input();
    say(question)?;
    let typed = read_line(Some(deadline))?;
    if secret {
        say("\n")?;
    }
    let typed = typed.trim_end_matches(['\r', '\n']);
    Ok(if secret { edited(typed) } else { typed.to_owned() })
}

/// Applies Backspace and Ctrl-U.
fn edited(typed: &str) -> String {
    let mut line = String::new();
    for key in typed.chars() {
        match key {
            '\u{7f}' | '\u{8}' => drop(line.pop()),
            '\u{15}' => line.clear(),
            key => line.push(key),
        }
    }
    line
}

/// Reads a line; ends the line of the question if it is cancelled.
fn read_line(deadline: Option<Instant>) -> Result<String, Signal> {
    read_bytes(deadline).map(|line| String::from_utf8_lossy(&line).into_owned()).inspect_err(|_| {
        let _ = say("\n");
    })
}

/// Reads the bytes of a line. std's stdin would continue to read after a signal, and buffer input for the next
/// question. Handles Ctrl-C and Ctrl-D as bytes, in case another program left the terminal in raw mode.
fn read_bytes(deadline: Option<Instant>) -> Result<Vec<u8>, Signal> {
    let mut line = Vec::new();
    while !matches!(line.last(), Some(b'\n' | b'\r')) {
        if matches!(line.last(), Some(&CTRL_C | &CTRL_D)) {
            return Err(Signal::Interrupt);
        }
        match wait(None, None, deadline) {
            Event::Stop(signal) => return Err(signal),
            Event::Key | Event::Redraw | Event::TimedOut => {}
        }
        let mut buffer = [0; 256];
        match terminal::read(&mut buffer) {
            // End of input: Ctrl-D in canonical mode.
            Ok(0) => return Err(Signal::Interrupt),
            Ok(count) => line.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return Err(signals::hang_up()),
        }
    }
    Ok(line)
}

pub(super) fn say(text: &str) -> Result<(), Signal> {
    io::stderr().write_all(text.as_bytes()).map_err(|_| signals::hang_up())
}
