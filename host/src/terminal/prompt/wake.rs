//! Waits for whatever comes first: a key, a signal, a changed screen, or the end of the terminal.

use std::io::{self, PipeReader, Read};
use std::os::fd::AsFd;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use signal_hook::SigId;
use signal_hook::consts::{SIGCONT, SIGWINCH};
use signal_hook::low_level::{pipe, unregister};

use crate::process::signals::{self, Signal};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wake {
    Key,
    Stop(Signal),
    Redraw,
    TooLate,
}

/// Notices that the screen is not as it was: resized, or lent to the shell in between.
#[derive(Debug)]
pub(super) struct Redraws {
    came: PipeReader,
    signals: Vec<SigId>,
}

impl Redraws {
    pub(super) fn watch() -> io::Result<Self> {
        let (came, wake) = io::pipe()?;
        let mut redraws = Self { came, signals: Vec::new() };
        for signal in [SIGWINCH, SIGCONT] {
            redraws.signals.push(pipe::register(signal, wake.try_clone()?)?);
        }
        Ok(redraws)
    }

    fn forget(&self) {
        let _ = (&self.came).read(&mut [0; 64]);
    }
}

impl Drop for Redraws {
    fn drop(&mut self) {
        for signal in self.signals.drain(..) {
            unregister(signal);
        }
    }
}

/// Until when a person may take to answer; None is for ever.
static UNTIL: Mutex<Option<Instant>> = Mutex::new(None);

/// While it lives, every question ends at a moment, as if it had been cancelled.
#[derive(Debug)]
pub struct Limit(());

impl Limit {
    pub fn until(moment: Instant) -> Self {
        *lock() = Some(moment);
        Self(())
    }
}

impl Drop for Limit {
    fn drop(&mut self) {
        *lock() = None;
    }
}

fn lock() -> MutexGuard<'static, Option<Instant>> {
    UNTIL.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn wait(redraws: Option<&Redraws>, limit: Option<Duration>) -> Wake {
    let left = lock().map(|until| until.saturating_duration_since(Instant::now()));
    if left.is_some_and(|it| it.is_zero()) {
        return Wake::Stop(Signal::Interrupt);
    }
    let over_first = left.is_some_and(|left| limit.is_none_or(|limit| left < limit));
    let limit = if over_first { left } else { limit };
    let limit = limit.and_then(|limit| Timespec::try_from(limit).ok());
    let stdin = io::stdin();
    let signals = signals::descriptor();
    loop {
        let mut polled = vec![PollFd::from_borrowed_fd(stdin.as_fd(), PollFlags::IN)];
        polled.extend(redraws.map(|it| PollFd::from_borrowed_fd(it.came.as_fd(), PollFlags::IN)));
        polled.extend(signals.map(|came| PollFd::from_borrowed_fd(came, PollFlags::IN)));
        let ready = poll(&mut polled, limit.as_ref());
        if let Some(signal) = signals::pending() {
            return Wake::Stop(signal);
        }
        match ready {
            Ok(0) if over_first => return Wake::Stop(Signal::Interrupt),
            Ok(0) => return Wake::TooLate,
            Ok(_) => {}
            // Disturbed by a signal that is not for us, or by one whose pipe is readable now.
            Err(Errno::INTR) => continue,
            Err(_) => return Wake::Stop(signals::gone()),
        }
        let keys = polled[0].revents();
        if keys.intersects(PollFlags::HUP | PollFlags::ERR) {
            return Wake::Stop(signals::gone());
        }
        if let Some(redraws) = redraws
            && !polled[1].revents().is_empty()
        {
            redraws.forget();
            return Wake::Redraw;
        }
        if !keys.is_empty() {
            return Wake::Key;
        }
    }
}
