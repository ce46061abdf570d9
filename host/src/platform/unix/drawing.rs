//! A terminal that dialoguer draws on through a writer of ours.

use std::fmt::Debug;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dialoguer::console::Term;

/// The keyboard of the standard input with `screen` before it.
///
/// dialoguer asks once whether this is a terminal, and later for its size. A size that changes between two keys
/// gives it other pages than the theme draws, and a panic under three lines. So it is told of no terminal from
/// then on, and goes by its default of 24 lines.
pub fn terminal(screen: impl Write + Debug + Send + 'static) -> Term {
    let hides_its_size = Arc::new(AtomicBool::new(false));
    let drawn = Drawn { screen, hides_its_size: Arc::clone(&hides_its_size) };
    let terminal = Term::read_write_pair(io::stdin(), drawn);
    hides_its_size.store(true, Ordering::SeqCst);
    terminal
}

#[derive(Debug)]
struct Drawn<W> {
    screen: W,
    hides_its_size: Arc<AtomicBool>,
}

impl<W: Write> Write for Drawn<W> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.screen.write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.screen.flush()
    }
}

impl<W> AsRawFd for Drawn<W> {
    fn as_raw_fd(&self) -> RawFd {
        if self.hides_its_size.load(Ordering::SeqCst) { -1 } else { io::stderr().as_raw_fd() }
    }
}
