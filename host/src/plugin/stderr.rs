//! [`Stderr`]: the standard error of a worker, of which the host keeps the last 4 KiB.

use std::fs::File;
use std::io::{self, Read};

use super::protocol::denied::{Denied, without_records};
use crate::platform::event::{self, Source};
use crate::text::Line;

/// How many reads are done in a row.
const MAX_READS: u32 = 8;
/// How much of the end of the output is kept, in bytes.
const MAX_TAIL: usize = 4 * 1024;
/// How much of its begin is kept, in bytes.
const MAX_HEAD: usize = 1024;

/// The standard error of a worker.
pub struct Stderr {
    /// The pipe; `None` once it is closed.
    pipe: Option<File>,
    head: Vec<u8>,
    tail: Vec<u8>,
    /// How many bytes were read, records of denials included.
    read: u64,
    /// The denials that the worker recorded.
    denied: Denied,
}

impl Stderr {
    /// `pipe` must be non-blocking.
    pub fn new(pipe: File) -> Self {
        let (head, tail) = (Vec::new(), Vec::new());
        Self { pipe: Some(pipe), head, tail, read: 0, denied: Denied::default() }
    }

    /// A source that is ready when output can be read; `None` once the pipe is closed.
    pub fn source(&self) -> Option<Source<'_>> {
        self.pipe.as_ref().map(event::readable)
    }

    /// Reads standard error, so that a plugin that writes to it does not block, and remembers only the end. Reads no
    /// more than a pipe holds: a plugin that writes without pause would otherwise keep the host in this loop.
    pub fn read(&mut self) {
        let mut buffer = [0; 16 * 1024];
        for _ in 0..MAX_READS {
            let Some(pipe) = &mut self.pipe else { break };
            match pipe.read(&mut buffer) {
                Ok(0) => self.pipe = None,
                Ok(count) => {
                    self.read += count as u64;
                    let wanted = count.min(MAX_HEAD - self.head.len());
                    self.head.extend_from_slice(&buffer[..wanted]);
                    self.tail.extend_from_slice(&buffer[..count]);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => self.pipe = None,
            }
            self.denied.note(&self.tail);
            let surplus = self.tail.len().saturating_sub(MAX_TAIL);
            self.tail.drain(..surplus);
        }
    }

    /// The last lines of the output, sanitized for the terminal.
    pub fn lines(&mut self) -> Vec<String> {
        self.read();
        let words = without_records(&String::from_utf8_lossy(&self.tail));
        words.lines().map(|line| Line::new(line).to_string()).filter(|it| !it.is_empty()).collect()
    }

    /// The first line of the output, sanitized for the terminal.
    pub fn first_line(&mut self) -> Option<String> {
        self.read();
        let words = without_records(&String::from_utf8_lossy(&self.head));
        words.lines().map(|line| Line::new(line).to_string()).find(|it| !it.is_empty())
    }

    /// Whether the worker has closed its end, with everything that was written to it read.
    pub fn is_closed(&mut self) -> bool {
        self.read();
        self.pipe.is_none()
    }

    /// How many bytes were written so far.
    pub fn length(&mut self) -> u64 {
        self.read();
        self.read
    }

    /// The system calls that were denied so far.
    pub fn denied(&mut self) -> Option<Denied> {
        self.read();
        Some(self.denied).filter(|it| !it.is_empty())
    }
}
