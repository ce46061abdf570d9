//! The door for pasting: what is typed or pasted while a login waits, hidden, and whole whatever its length.

pub mod typed;

use std::collections::VecDeque;
use std::os::fd::BorrowedFd;

use mesheryctl_core::secret::Secret;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

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

    /// Readable as soon as something was typed; for poll(2). In the background what is typed is for the
    /// shell, and to read it would stop the program.
    pub fn descriptor(&self) -> Option<BorrowedFd<'static>> {
        (!self.closed && terminal_mode::in_foreground()).then(rustix::stdio::stdin)
    }

    /// A shell that stopped and continued the program had its own mode in between.
    pub fn renew(&self) {
        self.mode.renew();
    }

    /// The next whole line, once Enter was pressed after it. Reads only what is there.
    pub fn line(&mut self) -> Option<Secret> {
        let mut some = [0; 4096];
        while let Some(terminal) =
            self.descriptor().filter(|it| self.lines.is_empty() && is_readable(*it))
        {
            match rustix::io::read(terminal, &mut some) {
                Err(Errno::INTR) => {}
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

fn is_readable(terminal: BorrowedFd<'_>) -> bool {
    let mut ready = [PollFd::from_borrowed_fd(terminal, PollFlags::IN)];
    poll(&mut ready, Some(&Timespec::default())).is_ok_and(|count| count > 0)
        && !ready[0].revents().is_empty()
}
