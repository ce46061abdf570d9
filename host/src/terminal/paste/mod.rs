//! [`Paste`]: reads lines that are typed or pasted while a login waits, without echo and of any length.

pub mod line_buffer;

use std::collections::VecDeque;
use std::io;

use mesheryctl_core::secret::Secret;

use crate::platform::event::{self, Source};
use crate::platform::terminal;
use crate::platform::terminal_mode::{self, Mode};
use crate::terminal::Terminal;
use line_buffer::LineBuffer;

/// Reads lines from the terminal without echo. It has no `Debug`, since the lines are secret.
pub struct Paste {
    mode: Mode,
    buffer: LineBuffer,
    lines: VecDeque<Secret>,
    /// The terminal was closed; the callback can still arrive.
    closed: bool,
}

impl Paste {
    /// Disables echo; `None` if there is no terminal to paste on.
    pub fn begin(terminal: &Terminal) -> Option<Self> {
        let mode = if terminal.can_prompt() {
            Mode::line(terminal.can_move_cursor)?
        } else {
            return None;
        };
        Some(Self { mode, buffer: LineBuffer::default(), lines: VecDeque::new(), closed: false })
    }

    /// Ready when input can be read. `None` in the background, where input is for the shell and a read would stop the
    /// program.
    pub fn source(&self) -> Option<Source<'static>> {
        (!self.closed && terminal::in_foreground()).then(event::input)
    }

    /// Sets the terminal mode again after the program was stopped and continued.
    pub fn renew(&self) {
        self.mode.renew();
    }

    /// The next complete line. Reads available input only, without waiting.
    pub fn line(&mut self) -> Option<Secret> {
        let mut bytes = [0; 4096];
        while self.lines.is_empty() && self.source().is_some_and(Source::is_ready_now) {
            match terminal_mode::read(&mut bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => self.closed = true,
                Ok(count) => {
                    self.lines.extend(bytes[..count].iter().filter_map(|&it| self.buffer.take(it)));
                }
            }
        }
        self.lines.pop_front()
    }

    /// Discards the input after a wrong line: it belongs to the same paste, such as a page of text without paste
    /// markers, of which one word could be taken for a token.
    pub fn discard_rest(&mut self) {
        self.lines.clear();
        self.buffer = LineBuffer::default();
        terminal_mode::drain();
    }
}
