//! Countdown for sockets, terminals and signals at once, with poll(2).

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// An open file, and what to wait for on it.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    file: BorrowedFd<'a>,
    wanted: PollFlags,
}

/// The state of a source after a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Readiness(PollFlags);

/// Waits until `file` can be read without blocking.
pub fn readable(file: &impl AsFd) -> Source<'_> {
    Source { file: file.as_fd(), wanted: PollFlags::IN }
}

/// Waits until `file` can be written without blocking.
pub fn writable(file: &impl AsFd) -> Source<'_> {
    Source { file: file.as_fd(), wanted: PollFlags::OUT }
}

/// Waits until the standard input can be read.
pub fn input() -> Source<'static> {
    Source { file: rustix::stdio::stdin(), wanted: PollFlags::IN }
}

/// Waits for one of the sources, at most for `limit`; without one, for as long as it takes. The answers are
/// in the order of the sources.
///
/// # Errors
/// `Interrupted` when a signal was handled meanwhile, and what else poll(2) reports.
pub fn wait(sources: &[Source<'_>], limit: Option<Duration>) -> io::Result<Vec<Readiness>> {
    let mut polled: Vec<PollFd<'_>> =
        sources.iter().map(|it| PollFd::from_borrowed_fd(it.file, it.wanted)).collect();
    // A time that the system cannot represent is as good as no limit.
    let limit = limit.and_then(|limit| Timespec::try_from(limit).ok());
    poll(&mut polled, limit.as_ref())?;
    Ok(polled.iter().map(|it| Readiness(it.revents())).collect())
}

impl Source<'_> {
    /// Whether the source is ready without waiting.
    pub fn is_ready_now(self) -> bool {
        wait(&[self], Some(Duration::ZERO)).is_ok_and(|ready| ready[0].is_any())
    }
}

impl Readiness {
    /// Whether there is anything new: what was waited for, the end, or an error.
    pub fn is_any(self) -> bool {
        !self.0.is_empty()
    }

    /// Whether it can be written.
    pub fn is_writable(self) -> bool {
        self.0.contains(PollFlags::OUT)
    }

    /// Whether the other side is gone, or the source is broken.
    pub fn is_gone(self) -> bool {
        self.0.intersects(PollFlags::HUP | PollFlags::ERR)
    }
}
