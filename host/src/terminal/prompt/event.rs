//! [`Event`]: what a prompt waits for, input, a signal, a change of the screen or the end of a time limit.

use std::io;
use std::time::{Duration, Instant};

use crate::platform::event;
use crate::platform::signals::ScreenChanges;
use crate::process::signals::{self, Signal};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// Input can be read.
    Input,
    /// The question ends: a signal came, the terminal was closed, or the deadline has passed.
    Stop(Signal),
    /// The screen was resized or used by the shell.
    Redraw,
    /// `limit` has passed.
    TimedOut,
}

/// Waits for at most `limit`, and not beyond the deadline of the question.
pub(super) fn wait(
    screen: &ScreenChanges,
    limit: Option<Duration>,
    deadline: Option<Instant>,
) -> Event {
    let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
    if left.is_some_and(|it| it.is_zero()) {
        return Event::Stop(Signal::Interrupt);
    }
    let deadline_first = left.is_some_and(|left| limit.is_none_or(|limit| left < limit));
    let limit = if deadline_first { left } else { limit };
    let mut sources = vec![event::input(), screen.source()];
    sources.extend(signals::source());
    loop {
        let ready = event::wait(&sources, limit);
        if let Some(signal) = signals::pending() {
            return Event::Stop(signal);
        }
        let ready = match ready {
            Ok(ready) => ready,
            // Interrupted by a signal that does not end the command, or by one that the next `pending` reports.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return Event::Stop(signals::hang_up()),
        };
        if !ready.iter().any(|it| it.is_any()) {
            return if deadline_first { Event::Stop(Signal::Interrupt) } else { Event::TimedOut };
        }
        if ready[0].is_closed() {
            return Event::Stop(signals::hang_up());
        }
        if ready[1].is_any() {
            screen.clear();
            return Event::Redraw;
        }
        if ready[0].is_any() {
            return Event::Input;
        }
    }
}
