//! Timeouts: the longest waits of a test, and waiting for a descriptor.

use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// For an event that should happen soon. Only a failing test waits this long.
pub const WAIT: Duration = Duration::from_secs(60);

/// For a whole run of the program.
pub const RUN: Duration = Duration::from_secs(180);

/// Waits until the descriptor is readable or its other end is closed. False if the deadline comes first.
pub(crate) fn readable(fd: impl AsFd, deadline: Instant) -> bool {
    ready(&mut [PollFd::new(&fd, PollFlags::IN)], Some(deadline))
}

/// Waits until the descriptor is writable. False if the deadline comes first.
pub(crate) fn writable(fd: impl AsFd, deadline: Instant) -> bool {
    ready(&mut [PollFd::new(&fd, PollFlags::OUT)], Some(deadline))
}

/// Waits for any of these descriptors; without a deadline for ever. False if the deadline comes first.
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
