//! The door for pasting: what is typed or pasted while a login waits, hidden, and whole whatever its length.

pub mod typed;

use std::collections::VecDeque;
use std::io;

use mesheryctl_core::secret::Secret;

use crate::platform::event::{self, Source};
use crate::platform::terminal;
use crate::platform::terminal_mode::{self, Mode};
use crate::terminal::Terminal;
use typed::Typed;

/// Reads lines from a terminal that shows none of them. It has no `Debug`: what it holds is secret.
pub struct Paste {
    mode: Mode,
    typed: Typed,
    lines: VecDeque<Secret>,
    /// The terminal is gone; a browser may still come.
    closed: bool,
}

impl Paste {
    /// None where there is nobody to paste.
    pub fn begin(terminal: &Terminal) -> Option<Self> {
        let mode = if terminal.can_prompt() { Mode::paste(terminal.moves)? } else { return None };
        Some(Self { mode, typed: Typed::default(), lines: VecDeque::new(), closed: false })
    }

    /// Ready as soon as something was typed. In the background what is typed is for the shell, and to read
    /// it would stop the program.
    pub fn source(&self) -> Option<Source<'static>> {
        (!self.closed && terminal::in_foreground()).then(event::input)
    }

    /// A shell that stopped and continued the program had its own mode in between.
    pub fn renew(&self) {
        self.mode.renew();
    }

    /// The next whole line, once Enter was pressed after it. Reads only what is there.
    pub fn line(&mut self) -> Option<Secret> {
        let mut some = [0; 4096];
        while self.lines.is_empty() && self.source().is_some_and(Source::is_ready_now) {
            match terminal::read(&mut some) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => self.closed = true,
                Ok(count) => {
                    self.lines.extend(some[..count].iter().filter_map(|&it| self.typed.take(it)));
                }
            }
        }
        self.lines.pop_front()
    }

    /// What came after a wrong line in one go is of the same paste, such as a page without brackets around
    /// it, of which one word could pass for a token.
    pub fn forget_the_rest(&mut self) {
        self.lines.clear();
        self.typed = Typed::default();
        terminal_mode::drain();
    }
}
