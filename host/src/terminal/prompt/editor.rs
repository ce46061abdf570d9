//! [`Editor`]: a line that is typed, shown by the program unless it is secret.

use std::io::{self, Write};
use std::time::Instant;

use mesheryctl_core::secret::Secret;
use unicode_width::UnicodeWidthChar;

use super::keyboard::Keyboard;
use super::keys::{Input, Key, Paste};
use crate::platform::terminal_mode::{self, Mode};
use crate::process::signals::{self, Signal};

/// What ends a call of [`Editor::read`]. It has no `Debug`, since it may be a secret.
pub(super) enum Entered {
    Line(Secret),
    /// The text is not part of the line unless it is inserted.
    Paste(Paste),
}

/// It has no `Debug`, since the line may be a secret.
pub(super) struct Editor {
    keyboard: Keyboard,
    mode: Option<Mode>,
    line: String,
    echo: bool,
}

impl Editor {
    /// With `marked`, the terminal marks pastes.
    pub(super) fn new(secret: bool, marked: bool) -> Result<Self, Signal> {
        // Before the mode, so that a stop in between is noticed too.
        let keyboard = Keyboard::new()?;
        let mode = Mode::line(marked);
        let echo = !secret && terminal_mode::echoes();
        Ok(Self { keyboard, mode, line: String::new(), echo })
    }

    /// Reads up to Enter or a paste.
    ///
    /// # Errors
    /// The signal that ends the question; its line is ended.
    pub(super) fn read(&mut self, deadline: Option<Instant>) -> Result<Entered, Signal> {
        loop {
            let key = match self.keyboard.next(deadline).inspect_err(|_| end_line())? {
                Some(Input::Paste(paste)) => return Ok(Entered::Paste(paste)),
                Some(Input::Key(key)) => key,
                None => {
                    self.mode.iter().for_each(Mode::renew);
                    continue;
                }
            };
            match key {
                Key::Enter => return self.finish(),
                Key::Cancel => {
                    end_line();
                    return Err(Signal::Interrupt);
                }
                Key::Backspace => self.erase(1)?,
                Key::Erase => self.erase(usize::MAX)?,
                Key::Character(character) => self.insert(character.encode_utf8(&mut [0; 4]))?,
                _ => {}
            }
        }
    }

    /// Adds text to the line. Line breaks within it do not end the line.
    pub(super) fn insert(&mut self, text: &str) -> Result<(), Signal> {
        self.line.push_str(text);
        let shown: String = text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect();
        self.show(&shown)
    }

    /// Ends the line, and returns it.
    pub(super) fn finish(&mut self) -> Result<Entered, Signal> {
        say("\n")?;
        Ok(Entered::Line(Secret::new(std::mem::take(&mut self.line))))
    }

    fn erase(&mut self, count: usize) -> Result<(), Signal> {
        for _ in 0..count.min(self.line.chars().count()) {
            let width = self.line.pop().map_or(0, |it| it.width().unwrap_or(1));
            self.show(&"\x08 \x08".repeat(width))?;
        }
        Ok(())
    }

    fn show(&self, text: &str) -> Result<(), Signal> {
        if self.echo { say(text) } else { Ok(()) }
    }
}

fn end_line() {
    let _ = say("\n");
}

pub(super) fn say(text: &str) -> Result<(), Signal> {
    let written = terminal_mode::draw(|| io::stderr().write_all(text.as_bytes()));
    written.map_err(|_| signals::hang_up())
}
