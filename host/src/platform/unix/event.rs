//! Waiting for sockets, terminals and signals at the same time, with poll(2).

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// An open file, and the readiness to wait for.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    file: BorrowedFd<'a>,
    wanted: PollFlags,
}

/// The state of a source after a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Readiness(PollFlags);

/// A source that is ready when `file` can be read without blocking.
pub fn readable(file: &impl AsFd) -> Source<'_> {
    Source { file: file.as_fd(), wanted: PollFlags::IN }
}

/// A source that is ready when `file` can be written without blocking.
pub fn writable(file: &impl AsFd) -> Source<'_> {
    Source { file: file.as_fd(), wanted: PollFlags::OUT }
}

/// A source that is ready when standard input can be read.
pub fn input() -> Source<'static> {
    Source { file: rustix::stdio::stdin(), wanted: PollFlags::IN }
}

/// Waits until a source is ready, for at most `limit`, or without limit. Returns the readiness of each source, in
/// their order.
///
/// # Errors
/// `Interrupted` when a signal was handled meanwhile, and other errors of poll(2).
pub fn wait(sources: &[Source<'_>], limit: Option<Duration>) -> io::Result<Vec<Readiness>> {
    let mut polled: Vec<PollFd<'_>> =
        sources.iter().map(|it| PollFd::from_borrowed_fd(it.file, it.wanted)).collect();
    // A duration that the system cannot represent is treated as no limit.
    let limit = limit.and_then(|limit| Timespec::try_from(limit).ok());
    poll(&mut polled, limit.as_ref())?;
    Ok(polled.iter().map(|it| Readiness(it.revents())).collect())
}

impl Source<'_> {
    /// Whether the source is ready now; does not wait.
    pub fn is_ready_now(self) -> bool {
        wait(&[self], Some(Duration::ZERO)).is_ok_and(|ready| ready[0].is_any())
    }
}

impl Readiness {
    /// Whether the source is ready, was closed by the other side, or has an error.
    pub fn is_any(self) -> bool {
        !self.0.is_empty()
    }

    /// Whether it can be written.
    pub fn is_writable(self) -> bool {
        self.0.contains(PollFlags::OUT)
    }

    /// Whether the other side closed the source, or it has an error.
    pub fn is_closed(self) -> bool {
        self.0.intersects(PollFlags::HUP | PollFlags::ERR)
    }
}
