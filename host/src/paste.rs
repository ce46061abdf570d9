//! The door for pasting: what is typed or pasted while a login waits, hidden, and whole whatever its length.

use std::collections::VecDeque;
use std::os::fd::BorrowedFd;

use mesheryctl_core::secret::Secret;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::terminal::Terminal;
use crate::terminal_mode::Mode;

/// A token of 64 KiB, an auth.json around it, and a little.
const LONGEST: usize = 80 * 1024;

/// A terminal puts these around a paste.
const START: &[u8] = b"\x1b[200~";
const END: &[u8] = b"\x1b[201~";

/// Reads lines from a terminal that shows none of them. It has no `Debug`: what it holds is secret.
pub struct Paste {
    mode: Mode,
    typed: Vec<u8>,
    /// Between the brackets of a paste a line break is part of it, as in an auth.json.
    inside: bool,
    /// The terminal marked a paste in this line, so that Enter is Enter.
    marked: bool,
    lines: VecDeque<Secret>,
    /// The terminal is gone; a browser may still come.
    closed: bool,
}

impl Paste {
    /// None where there is nobody to paste.
    pub fn begin(terminal: &Terminal) -> Option<Self> {
        let mode = if terminal.can_prompt() { Mode::paste(terminal.moves)? } else { return None };
        Some(Self {
            mode,
            typed: Vec::new(),
            inside: false,
            marked: false,
            lines: VecDeque::new(),
            closed: false,
        })
    }

    /// Readable as soon as something was typed; for poll(2).
    pub fn descriptor(&self) -> Option<BorrowedFd<'static>> {
        (!self.closed).then(rustix::stdio::stdin)
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
                Ok(count) => some[..count].iter().for_each(|&byte| self.take(byte)),
            }
        }
        self.lines.pop_front()
    }

    fn take(&mut self, byte: u8) {
        match byte {
            b'\r' | b'\n' if !self.inside && !self.is_open() => self.finish(),
            0x7f | 0x08 if !self.inside => drop(self.typed.pop()),
            0x15 if !self.inside => self.typed.clear(),
            // Ctrl-D: there is no end of a paste but Enter.
            0x04 => {}
            // One more than helps, so that whoever reads it sees that it was too long.
            _ if self.typed.len() > LONGEST => {}
            byte => self.typed.push(byte),
        }
        if self.typed.ends_with(START) {
            self.typed.truncate(self.typed.len() - START.len());
            self.inside = true;
            self.marked = true;
        } else if self.typed.ends_with(END) {
            self.typed.truncate(self.typed.len() - END.len());
            self.inside = false;
        }
    }

    /// An auth.json over several lines, on a terminal that knows no brackets: its end is a brace, or
    /// an empty line where that never comes.
    fn is_open(&self) -> bool {
        let text = self.typed.trim_ascii();
        let is_cut = text.starts_with(b"{") && !text.ends_with(b"}");
        !self.marked && is_cut && !self.typed.ends_with(b"\n")
    }

    fn finish(&mut self) {
        let typed = std::mem::take(&mut self.typed);
        self.marked = false;
        self.lines.push_back(Secret::new(String::from_utf8_lossy(&typed)));
    }
}

fn is_readable(terminal: BorrowedFd<'_>) -> bool {
    let mut ready = [PollFd::from_borrowed_fd(terminal, PollFlags::IN)];
    poll(&mut ready, Some(&Timespec::default())).is_ok_and(|count| count > 0)
        && !ready[0].revents().is_empty()
}
