//! Reads a descriptor on its own thread until end of file or until the reader is dropped.

use std::os::fd::OwnedFd;
use std::thread::{self, JoinHandle};

use rustix::event::{PollFd, PollFlags};
use rustix::pipe::{PipeFlags, pipe_with};

use crate::machine::timeouts;

/// Dropping it ends the thread, also while the other end of the descriptor is open.
#[derive(Debug)]
pub(crate) struct FdReader {
    open: Option<OwnedFd>,
    thread: Option<JoinHandle<()>>,
}

impl FdReader {
    /// Starts to read; `sink` gets the bytes as they arrive, and an empty slice at the end.
    pub(crate) fn start(source: OwnedFd, mut sink: impl FnMut(&[u8]) + Send + 'static) -> Self {
        let (closed, open) = pipe_with(PipeFlags::CLOEXEC).expect("a pipe");
        let thread = thread::spawn(move || {
            let mut buffer = vec![0; 16 * 1024];
            loop {
                let mut fds =
                    [PollFd::new(&source, PollFlags::IN), PollFd::new(&closed, PollFlags::IN)];
                timeouts::ready(&mut fds, None);
                if !fds[1].revents().is_empty() {
                    return;
                }
                match rustix::io::read(&source, &mut buffer) {
                    Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
                    // A pseudo-terminal returns EIO when its other side is closed.
                    Ok(0) | Err(_) => return sink(&[]),
                    Ok(count) => sink(&buffer[..count]),
                }
            }
        });
        Self { open: Some(open), thread: Some(thread) }
    }
}

impl Drop for FdReader {
    fn drop(&mut self) {
        drop(self.open.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
