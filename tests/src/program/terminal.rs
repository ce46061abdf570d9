//! A pseudo-terminal: its master side, size and mode.

use std::num::NonZeroU16;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;

use rustix::fs::{Gid, Uid};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, OptionalActions, Winsize, tcgetattr, tcsetattr};

use crate::machine::permissions::NOBODY;

/// The modes of a terminal that a prompt changes and must restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mode {
    /// ECHO: input is shown.
    pub echo: bool,
    /// ICANON: input arrives by lines, not by keys.
    pub lines: bool,
    /// ISIG: Ctrl-C is a signal.
    pub signals: bool,
}

impl Mode {
    /// The mode in which a shell starts a program.
    pub const NORMAL: Self = Self { echo: true, lines: true, signals: true };

    pub(crate) fn set(self, master: impl AsFd) {
        let mut termios = tcgetattr(&master).expect("the terminal's mode");
        for (flag, on) in [
            (LocalModes::ECHO, self.echo),
            (LocalModes::ICANON, self.lines),
            (LocalModes::ISIG, self.signals),
        ] {
            termios.local_modes.set(flag, on);
        }
        tcsetattr(master, OptionalActions::Now, &termios).expect("another mode");
    }
}

/// Reads the mode from the master side, which also works after the program has closed its side.
pub(crate) fn mode_of(master: impl AsFd) -> Mode {
    let modes = tcgetattr(master).expect("the terminal's mode").local_modes;
    Mode {
        echo: modes.contains(LocalModes::ECHO),
        lines: modes.contains(LocalModes::ICANON),
        signals: modes.contains(LocalModes::ISIG),
    }
}

/// The master side, and the path of the other side.
pub(crate) fn open_terminal() -> (OwnedFd, PathBuf) {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let master = openpt(flags).expect("a pseudo-terminal");
    grantpt(&master).and_then(|()| unlockpt(&master)).expect("its other side");
    let name = ptsname(&master, Vec::new()).expect("the name of its other side");
    let path = PathBuf::from(name.into_string().expect("a plain name"));
    // Owned by `nobody`, who may then open it by its path, as the user of a login can.
    if rustix::process::geteuid().is_root() {
        let (user, group) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
        rustix::fs::chown(&path, Some(user), Some(group)).expect("another owner of the terminal");
    }
    (master, path)
}

pub(crate) fn size(rows: u16, cols: u16) -> Winsize {
    Winsize { ws_row: rows, ws_col: cols, ws_xpixel: 0, ws_ypixel: 0 }
}

pub(crate) fn cell_count(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).expect("a screen of at least one cell")
}
