//! The time until a program shows something on a terminal.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::launch::Launch;

/// The first row of the prompt for a provider.
pub const FIRST_ROW: &str = "Layer5";

/// What the floor shows.
pub const LINE: &str = "mesheryctl 0.1.0";

/// From the start of the program until the terminal has received this text. Then Escape ends the prompt.
pub fn timed_until(text: &str, launch: &Launch) -> Duration {
    let (mut master, path) = terminal();
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let side = File::from(open(&path, flags, Mode::empty()).expect("the other side"));
    let share = || side.try_clone().expect("a descriptor");
    let mut command = launch.command();
    command.stdin(share()).stdout(share()).stderr(share());
    let start = Instant::now();
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{launch:?}: {error}"));
    // When only the program has its side, the master reads an error at its end.
    drop((command, side));
    let mut seen = Vec::new();
    read_until(&mut master, &mut seen, text, launch);
    let took = start.elapsed();
    end(&mut child, &mut master);
    took
}

/// A terminal of 24 rows and 80 columns.
fn terminal() -> (File, PathBuf) {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let master = openpt(flags).expect("a pseudo-terminal");
    grantpt(&master).and_then(|()| unlockpt(&master)).expect("its other side");
    let name = ptsname(&master, Vec::new()).expect("the name of its other side");
    let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&master, size).expect("its size");
    (File::from(master), PathBuf::from(name.into_string().expect("a plain name")))
}

fn read_until(master: &mut File, seen: &mut Vec<u8>, text: &str, launch: &Launch) {
    let mut buffer = [0; 4096];
    while !seen.windows(text.len()).any(|it| it == text.as_bytes()) {
        match master.read(&mut buffer) {
            Ok(count @ 1..) => seen.extend_from_slice(&buffer[..count]),
            _ => panic!(
                "{launch:?} ended and did not show {text:?}: {}",
                String::from_utf8_lossy(seen)
            ),
        }
    }
}

/// Ends the prompt. What it still writes is read, so that it cannot block.
fn end(child: &mut Child, master: &mut File) {
    let _ = master.write_all(b"\x1b");
    let mut buffer = [0; 4096];
    while master.read(&mut buffer).is_ok_and(|count| count > 0) {}
    child.wait().expect("its end");
}
