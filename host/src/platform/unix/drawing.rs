//! A `Term` for dialoguer that writes to a given writer and hides the size of the screen.

use std::fmt::Debug;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dialoguer::console::Term;

/// A terminal with standard input as its keyboard and `screen` as its output.
///
/// dialoguer checks once whether this is a terminal, and reads its size again later. After a change of the size it would
/// page differently from the theme, and under three lines it panics. So after its check the descriptor is hidden, and
/// dialoguer uses its default of 24 lines.
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
