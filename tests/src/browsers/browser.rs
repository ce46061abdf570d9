//! The browser as the program sees it: a command on the PATH that takes a URL. This one passes the URL to the test.

use std::collections::BTreeMap;
use std::fs;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use rustix::fs::{FileType, Mode, OFlags, mknodat, open};

use crate::machine::home::Home;
use crate::machine::permissions::set_mode;
use crate::machine::timeouts;

/// One start of an opener: its arguments and environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// From the opener's path on, without the shell that runs the script.
    pub argv: Vec<String>,
    /// The environment that the program gave it.
    pub env: BTreeMap<String, String>,
}

impl Opened {
    /// The last argument.
    #[must_use]
    pub fn url(&self) -> String {
        self.argv.last().cloned().unwrap_or_default()
    }
}

/// Controls the openers on this home's PATH until it is dropped.
#[derive(Debug)]
pub struct Browser<'h> {
    home: &'h Home,
    /// A FIFO to which each opener writes its process id as a line. Both ends are open here, so that no opener blocks.
    starts: Option<OwnedFd>,
    unread: Mutex<Vec<u8>>,
    /// A FIFO from which a blocking opener reads until it is closed.
    hold: Option<OwnedFd>,
    forbidden: bool,
}

impl<'h> Browser<'h> {
    /// Accepts every URL; `opened` returns it.
    #[must_use]
    pub fn waiting(home: &'h Home) -> Self {
        home.show_openers();
        let mut browser = Self::new(home, false).exiting(0);
        browser.starts = Some(fifo(&browser.file("opened")));
        browser
    }

    /// Panics on drop if anything was opened.
    #[must_use]
    pub fn forbidden(home: &'h Home) -> Self {
        home.show_openers();
        Self::new(home, true).exiting(0)
    }

    /// No opener is on the PATH.
    #[must_use]
    pub fn absent(home: &'h Home) -> Self {
        home.hide_openers();
        Self::new(home, false)
    }

    /// Each opener prints this on stdout and on stderr, as real browsers do.
    #[must_use]
    pub fn printing(self, noise: &str) -> Self {
        fs::write(self.file("says"), noise).expect("the output of the opener");
        self
    }

    /// Each opener ends with this exit code.
    #[must_use]
    pub fn exiting(self, code: u8) -> Self {
        fs::write(self.file("exit"), code.to_string()).expect("the exit code of the opener");
        self
    }

    /// No opener ends before the test does, like an opener that is the browser itself.
    #[must_use]
    pub fn blocking(mut self) -> Self {
        self.hold = Some(fifo(&self.file("hold")));
        self
    }

    /// Waits for the next URL.
    #[track_caller]
    #[must_use]
    pub fn opened(&self) -> String {
        self.opened_with().url()
    }

    /// Waits for the next start of an opener.
    #[track_caller]
    #[must_use]
    pub fn opened_with(&self) -> Opened {
        let start = self.next_start(Instant::now() + timeouts::WAIT);
        start.unwrap_or_else(|| {
            panic!("a browser should be opened; running processes: {:#?}", self.home.processes())
        })
    }

    /// What was opened and not yet returned. Waits until every process of this home has ended.
    #[track_caller]
    #[must_use]
    pub fn opened_by_the_end(&self) -> Vec<Opened> {
        self.home.assert_no_process_is_left();
        std::iter::from_fn(|| self.next_start(Instant::now())).collect()
    }

    fn new(home: &'h Home, forbidden: bool) -> Self {
        Self { home, starts: None, unread: Mutex::default(), hold: None, forbidden }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.home.beside("browser").join(name)
    }

    fn next_start(&self, deadline: Instant) -> Option<Opened> {
        let starts = self.starts.as_ref().expect("only a waiting browser records what was opened");
        let mut unread = self.unread.lock().expect("the unread lines");
        loop {
            if let Some(end) = unread.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = unread.drain(..=end).collect();
                let pid = String::from_utf8_lossy(&line).trim().to_owned();
                return Some(self.read(&pid));
            }
            if !timeouts::readable(starts.as_fd(), deadline) {
                return None;
            }
            let mut buffer = [0; 4096];
            let count = rustix::io::read(starts, &mut buffer).expect("an opener's process id");
            unread.extend_from_slice(&buffer[..count]);
        }
    }

    fn read(&self, pid: &str) -> Opened {
        let strings = |kind: &str| -> Vec<String> {
            let bytes = fs::read(self.file(&format!("{pid}.{kind}"))).expect("the opener's record");
            let parts = bytes.split(|byte| *byte == 0).map(String::from_utf8_lossy);
            let mut strings: Vec<_> = parts.map(String::from).collect();
            strings.pop();
            strings
        };
        let env = strings("environ").into_iter();
        let env = env.filter_map(|pair| {
            pair.split_once('=').map(|(name, value)| (name.into(), value.into()))
        });
        Opened { argv: strings("cmdline").split_off(1), env: env.collect() }
    }

    fn assert_nothing_was_opened(&self) {
        self.home.assert_no_process_is_left();
        let files = fs::read_dir(self.file("")).expect("the openers' records");
        let names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
        let pids = names.filter_map(|name| Some(name.strip_suffix(".refused")?.to_owned()));
        let opened: Vec<_> = pids.map(|pid| self.read(&pid).argv).collect();
        assert!(opened.is_empty(), "no browser should have been opened, but: {opened:#?}");
    }
}

impl Drop for Browser<'_> {
    fn drop(&mut self) {
        if self.forbidden && !thread::panicking() {
            self.assert_nothing_was_opened();
        }
        // Names before descriptors: an opener then either has its end open or finds no FIFO.
        for name in ["opened", "hold"] {
            let _ = fs::remove_file(self.file(name));
        }
        drop((self.starts.take(), self.hold.take()));
    }
}

fn fifo(path: &Path) -> OwnedFd {
    let mode = Mode::from_raw_mode(0o666);
    mknodat(rustix::fs::CWD, path, FileType::Fifo, mode, 0).expect("a FIFO");
    set_mode(path, 0o666);
    let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC;
    open(path, flags, Mode::empty()).expect("both ends of a FIFO")
}
