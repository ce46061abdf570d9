//! Waits for the first of several events: a key, a signal, a changed screen, or the end of the time.

use std::io;
use std::time::{Duration, Instant};

use crate::platform::event;
use crate::platform::signals::ScreenChanges;
use crate::process::signals::{self, Signal};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// Something was typed and can be read.
    Key,
    /// The question is over: a signal came, the terminal is gone, or the deadline has passed.
    Stop(Signal),
    /// The screen is not as it was.
    Redraw,
    /// `limit` is over.
    TooLate,
}

/// Waits as long as `limit`, and never beyond the deadline of the question.
pub(super) fn wait(
    screen: Option<&ScreenChanges>,
    limit: Option<Duration>,
    deadline: Option<Instant>,
) -> Event {
    let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
    if left.is_some_and(|it| it.is_zero()) {
        return Event::Stop(Signal::Interrupt);
    }
    let over_first = left.is_some_and(|left| limit.is_none_or(|limit| left < limit));
    let limit = if over_first { left } else { limit };
    let mut sources = vec![event::input()];
    sources.extend(screen.map(ScreenChanges::source));
    sources.extend(signals::source());
    loop {
        let ready = event::wait(&sources, limit);
        if let Some(signal) = signals::pending() {
            return Event::Stop(signal);
        }
        let ready = match ready {
            Ok(ready) => ready,
            // By a signal that is not for us, or by one whose source is ready now.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return Event::Stop(signals::gone()),
        };
        if !ready.iter().any(|it| it.is_any()) {
            return if over_first { Event::Stop(Signal::Interrupt) } else { Event::TooLate };
        }
        if ready[0].is_gone() {
            return Event::Stop(signals::gone());
        }
        if let Some(screen) = screen
            && ready[1].is_any()
        {
            screen.forget();
            return Event::Redraw;
        }
        if ready[0].is_any() {
            return Event::Key;
        }
    }
}
