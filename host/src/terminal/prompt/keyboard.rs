//! [`Keyboard`]: waits for the next key or paste of a question.

use std::io;
use std::time::Instant;

use super::event::{Event, wait};
use super::keys::{Decoder, Input};
use crate::platform::signals::ScreenChanges;
use crate::platform::terminal_mode;
use crate::process::signals::{self, Signal};

/// It has no `Debug`, since what it has read may be a token.
pub(super) struct Keyboard {
    decoder: Decoder,
    changes: ScreenChanges,
}

impl Keyboard {
    pub(super) fn new() -> Result<Self, Signal> {
        let changes = ScreenChanges::watch().map_err(|_| signals::hang_up())?;
        Ok(Self { decoder: Decoder::default(), changes })
    }

    /// The next key or paste; `None` after a change of the screen, which the shell may have used meanwhile.
    ///
    /// # Errors
    /// The signal that ends the question: one that came, a closed terminal, or the deadline.
    pub(super) fn next(&mut self, deadline: Option<Instant>) -> Result<Option<Input>, Signal> {
        loop {
            if let Some(input) = self.decoder.take() {
                return Ok(Some(input));
            }
            match wait(&self.changes, self.decoder.pause(), deadline) {
                Event::Input => self.read()?,
                Event::Redraw => return Ok(None),
                Event::Stop(signal) => return Err(signal),
                Event::TimedOut => {
                    if let Some(input) = self.decoder.after_pause() {
                        return Ok(Some(input));
                    }
                }
            }
        }
    }

    fn read(&mut self) -> Result<(), Signal> {
        let mut bytes = [0; 4096];
        match terminal_mode::read(&mut bytes) {
            // The end of the input: the terminal was closed.
            Ok(0) => Err(signals::hang_up()),
            Ok(count) => {
                self.decoder.add(&bytes[..count]);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(_) => Err(signals::hang_up()),
        }
    }
}
