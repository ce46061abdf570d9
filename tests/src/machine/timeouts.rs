//! Patience: how long a test waits before it gives up, and waiting for a descriptor until then.

use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// For something that should happen soon. Only a failing test ever waits this long.
pub const WAIT: Duration = Duration::from_secs(60);

/// For a whole run of the program.
pub const RUN: Duration = Duration::from_secs(180);

/// Waits until the descriptor is readable (or its other end gone). False when the deadline came first.
pub(crate) fn readable(fd: impl AsFd, deadline: Instant) -> bool {
    ready(&mut [PollFd::new(&fd, PollFlags::IN)], Some(deadline))
}

pub(crate) fn writable(fd: impl AsFd, deadline: Instant) -> bool {
    ready(&mut [PollFd::new(&fd, PollFlags::OUT)], Some(deadline))
}

/// Waits for any of several. Without a deadline for ever.
pub(crate) fn ready(fds: &mut [PollFd<'_>], deadline: Option<Instant>) -> bool {
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let left = left.map(|left| Timespec::try_from(left).expect("a short time"));
        match poll(fds, left.as_ref()) {
            Ok(count) => return count > 0,
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => panic!("poll should work: {error}"),
        }
    }
}
