//! A screen: the program on a pseudo-terminal, seen through a terminal emulator, with simulated keys.

use std::fmt;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use rustix::termios::tcsetwinsize;

use crate::machine::build::built_program;
use crate::machine::home::Home;
use crate::machine::timeouts;
use crate::program::fd_reader::FdReader;
use crate::program::keys::Key;
use crate::program::launch::Program;
use crate::program::rendering::{Span, Style, rewrapped, spans_of, style_of, text_of};
use crate::program::terminal::{Mode, cell_count, mode_of, open_terminal, size};

/// The exit code of the program, or the signal that killed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    Code(i32),
    Signal(i32),
}

struct Seen {
    parser: vt100::Parser,
    raw: Vec<u8>,
    /// The program's side of the terminal is closed, or the test has hung up.
    closed: bool,
    pid: Option<Pid>,
    stops: u32,
    ended: Option<ExitStatus>,
}

struct Shared {
    seen: Mutex<Seen>,
    changed: Condvar,
}

/// A program on a terminal; killed with its children when dropped.
pub struct Screen<'h> {
    home: &'h Home,
    shared: Arc<Shared>,
    keeper: Child,
    commands: Option<ChildStdin>,
    events: Option<JoinHandle<()>>,
    master: Option<Arc<OwnedFd>>,
    reader: Option<FdReader>,
    deadline: Instant,
}

impl<'h> Program<'h> {
    /// Starts the program on a terminal of this size.
    #[must_use]
    pub fn on_terminal(self, rows: u16, cols: u16) -> Screen<'h> {
        assert!(self.input.is_none(), "on a terminal, input is typed: use `press`");
        Screen::start(&self, rows, cols)
    }
}

impl<'h> Screen<'h> {
    pub(crate) fn start(program: &Program<'h>, rows: u16, cols: u16) -> Self {
        let (master, terminal) = open_terminal();
        tcsetwinsize(&master, size(rows, cols)).expect("the terminal's size");
        let mut command = Command::new("/usr/bin/env");
        // The keeper must survive a hang-up to report the exit of the program.
        command
            .arg("--ignore-signal=HUP")
            .arg(built_program("mesheryctl-tests", "terminal-keeper"));
        command.arg(terminal).args(program.command_line());
        // Outside of the home: the keeper outlives the program to own the terminal.
        command.env_clear().current_dir("/");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut keeper = command.spawn().expect("the keeper of the terminal");

        let parser = vt100::Parser::new(cell_count(rows), cell_count(cols), 1000);
        let seen = Seen { parser, raw: vec![], closed: false, pid: None, stops: 0, ended: None };
        let shared = Arc::new(Shared { seen: Mutex::new(seen), changed: Condvar::new() });
        let events = keeper.stdout.take().expect("the stdout of the keeper");
        let events = {
            thread::spawn({
                let shared = Arc::clone(&shared);
                move || shared.read_events(events)
            })
        };
        let source = master.try_clone().expect("the terminal, to read from");
        let reader = FdReader::start(source, {
            let shared = Arc::clone(&shared);
            move |bytes| shared.show(bytes)
        });
        let screen = Self {
            home: program.home,
            shared,
            commands: keeper.stdin.take(),
            keeper,
            events: Some(events),
            master: Some(Arc::new(master)),
            reader: Some(reader),
            deadline: Instant::now() + timeouts::RUN,
        };
        screen.until("the program should start", |seen| seen.pid.is_some() || seen.ended.is_some());
        screen
    }

    /// Waits until the screen contains this.
    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        self.wait_until_for(&format!("{text:?} should be on the screen"), |screen| {
            text_of(screen).contains(text)
        });
    }

    /// Waits until the screen does not contain this.
    #[track_caller]
    pub fn wait_for_no(&self, text: &str) {
        self.wait_until_for(&format!("{text:?} should disappear from the screen"), |screen| {
            !text_of(screen).contains(text)
        });
    }

    /// Waits until `contents` is exactly this.
    #[track_caller]
    pub fn wait_for_contents(&self, contents: &str) {
        let what = format!("the screen should be:\n{contents}\nAnd this");
        self.wait_until_for(&what, |screen| text_of(screen) == contents);
    }

    /// Waits until this condition holds.
    #[track_caller]
    pub fn wait_until(&self, holds: impl Fn(&vt100::Screen) -> bool) {
        self.wait_until_for("the condition should hold", holds);
    }

    /// Sends these keys, in order.
    #[track_caller]
    pub fn press(&self, keys: impl Into<Vec<Key>>) {
        let bracketed = self.bracketed_paste();
        for key in keys.into() {
            self.send(&key.bytes(bracketed));
        }
    }

    /// Sends these bytes as keyboard input.
    #[track_caller]
    pub fn send(&self, mut bytes: &[u8]) {
        let master = self.master();
        let deadline = Instant::now() + timeouts::WAIT;
        while !bytes.is_empty() {
            let open = timeouts::writable(&*master, deadline);
            assert!(open, "the program should read its input:\n{}", self.framed());
            match rustix::io::write(&*master, bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
                Err(error) => {
                    panic!("the terminal should accept input, but {error}:\n{}", self.framed())
                }
            }
        }
    }

    /// The rows of the screen, as text with its styles, without empty rows at the end.
    #[must_use]
    pub fn spans(&self) -> Vec<Vec<Span>> {
        spans_of(self.seen().parser.screen())
    }

    /// The text of the screen, without spaces at the ends of lines and empty lines at the end.
    #[must_use]
    pub fn contents(&self) -> String {
        text_of(self.seen().parser.screen())
    }

    /// All bytes that the program wrote, with escape sequences.
    #[must_use]
    pub fn raw(&self) -> Vec<u8> {
        self.seen().raw.clone()
    }

    #[must_use]
    pub fn cursor_visible(&self) -> bool {
        !self.seen().parser.screen().hide_cursor()
    }

    /// Whether bracketed paste is enabled.
    #[must_use]
    pub fn bracketed_paste(&self) -> bool {
        self.seen().parser.screen().bracketed_paste()
    }

    /// Row and column of the cursor, from 0.
    #[must_use]
    pub fn cursor(&self) -> (u16, u16) {
        self.seen().parser.screen().cursor_position()
    }

    /// The style of the first cell of this text, at its first occurrence.
    #[track_caller]
    #[must_use]
    pub fn style_of(&self, text: &str) -> Style {
        let style = style_of(self.seen().parser.screen(), text);
        style.unwrap_or_else(|| panic!("{text:?} should be on the screen:\n{}", self.framed()))
    }

    /// The current mode of the terminal, also after the program ended, until `hang_up`.
    #[must_use]
    pub fn mode(&self) -> Mode {
        mode_of(&*self.master())
    }

    /// Waits until the terminal is in this mode. A change of mode raises no event.
    #[track_caller]
    pub fn wait_for_mode(&self, mode: Mode) {
        let deadline = Instant::now() + timeouts::WAIT;
        while self.mode() != mode {
            let now = self.mode();
            assert!(Instant::now() < deadline, "the mode should be {mode:?}, but is {now:?}");
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Sets the mode, as a shell does while the program is stopped.
    pub fn set_mode(&self, mode: Mode) {
        mode.set(&*self.master());
    }

    /// Resizes the terminal; the program gets SIGWINCH.
    pub fn resize(&self, rows: u16, cols: u16) {
        self.seen().parser.set_size(cell_count(rows), cell_count(cols));
        tcsetwinsize(&*self.master(), size(rows, cols)).expect("another size");
    }

    /// As [`Screen::resize`], on a terminal that wraps its lines anew.
    pub fn resize_rewrapping(&self, rows: u16, cols: u16) {
        let mut seen = self.seen();
        let shown = rewrapped(seen.parser.screen(), rows, cols);
        seen.parser = vt100::Parser::new(cell_count(rows), cell_count(cols), 1000);
        seen.parser.process(&shown);
        drop(seen);
        tcsetwinsize(&*self.master(), size(rows, cols)).expect("another size");
    }

    /// Closes the terminal window; the program gets SIGHUP.
    pub fn hang_up(&mut self) {
        drop(self.reader.take());
        drop(self.master.take());
        self.seen().closed = true;
        let commands = self.commands.as_mut().expect("the stdin of the keeper");
        commands.write_all(b"h").expect("the keeper should still be there");
    }

    /// Sends a signal to the program only.
    #[track_caller]
    pub fn signal(&self, signal: Signal) {
        kill_process(self.running(), signal).expect("the program should still be running");
    }

    /// Waits until the program has been stopped (Ctrl-Z) this many times.
    #[track_caller]
    pub fn wait_for_stop(&self, times: u32) {
        self.until("the program should stop", |seen| seen.stops >= times || seen.ended.is_some());
        assert!(self.seen().stops >= times, "it ended instead:\n{}", self.framed());
    }

    /// Continues the program in the foreground, as `fg` does.
    #[track_caller]
    pub fn resume(&self) {
        kill_process_group(self.running(), Signal::CONT).expect("a stopped program");
    }

    #[must_use]
    pub fn pid(&self) -> i32 {
        self.running().as_raw_nonzero().get()
    }

    /// Waits for the end and returns the exit code; panics if a signal killed the program.
    #[track_caller]
    pub fn wait(&self) -> i32 {
        match self.exit_status() {
            ExitStatus::Code(code) => code,
            ExitStatus::Signal(signal) => panic!("killed by signal {signal}:\n{}", self.framed()),
        }
    }

    /// Waits for the end of the program and of every process that holds its terminal.
    #[track_caller]
    pub fn exit_status(&self) -> ExitStatus {
        self.until("the program should end", |seen| seen.ended.is_some());
        let left = || {
            format!("it ended, but these processes hold its terminal: {:#?}", self.home.processes())
        };
        self.until_or("the terminal should be closed", left, |seen| seen.closed);
        self.seen().ended.expect("the exit status")
    }

    #[track_caller]
    fn wait_until_for(&self, what: &str, holds: impl Fn(&vt100::Screen) -> bool) {
        self.until(what, |seen| {
            (seen.closed && seen.ended.is_some()) || holds(seen.parser.screen())
        });
        let seen = self.seen();
        let (met, ended) = (holds(seen.parser.screen()), seen.ended);
        drop(seen);
        assert!(met, "{what}, but the program has ended ({ended:?}):\n{}", self.framed());
    }

    #[track_caller]
    fn until(&self, what: &str, done: impl Fn(&Seen) -> bool) {
        self.until_or(what, String::new, done);
    }

    #[track_caller]
    fn until_or(&self, what: &str, why: impl Fn() -> String, done: impl Fn(&Seen) -> bool) {
        let left = self.deadline.saturating_duration_since(Instant::now()).min(timeouts::WAIT);
        let waited = self.shared.changed.wait_timeout_while(self.seen(), left, |seen| !done(seen));
        let (seen, timeout) = waited.expect("the screen");
        drop(seen);
        assert!(!timeout.timed_out(), "{what}; timed out. {}\n{}", why(), self.framed());
    }

    fn framed(&self) -> String {
        let (_, cols) = self.seen().parser.screen().size();
        let line = "-".repeat(usize::from(cols.get()));
        format!("{line}\n{}\n{line}", self.contents())
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.shared.seen.lock().expect("the screen")
    }

    #[track_caller]
    fn running(&self) -> Pid {
        let seen = self.seen();
        let (pid, ended) = (seen.pid, seen.ended);
        drop(seen);
        assert!(
            ended.is_none(),
            "the program should still be running: {ended:?}\n{}",
            self.framed()
        );
        pid.expect("it has started")
    }

    #[track_caller]
    fn master(&self) -> Arc<OwnedFd> {
        Arc::clone(self.master.as_ref().expect("the window was closed by hang_up"))
    }
}

impl fmt::Debug for Screen<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Screen:\n{}", self.framed())
    }
}

impl Drop for Screen<'_> {
    fn drop(&mut self) {
        drop(self.commands.take());
        let _ = self.keeper.wait();
        if let Some(events) = self.events.take() {
            let _ = events.join();
        }
    }
}

impl Shared {
    fn show(&self, bytes: &[u8]) {
        let mut seen = self.seen.lock().expect("the screen");
        seen.raw.extend_from_slice(bytes);
        seen.parser.process(bytes);
        seen.closed |= bytes.is_empty();
        self.changed.notify_all();
    }

    fn read_events(&self, events: impl std::io::Read) {
        for line in BufReader::new(events).lines().map_while(Result::ok) {
            let (what, number) = line.split_once(' ').expect("the keeper's line");
            let number: i32 = number.parse().expect("the keeper's number");
            let mut seen = self.seen.lock().expect("the screen");
            match what {
                "started" => seen.pid = Pid::from_raw(number),
                "stopped" => seen.stops += 1,
                "exited" => seen.ended = Some(ExitStatus::Code(number)),
                _ => seen.ended = Some(ExitStatus::Signal(number)),
            }
            self.changed.notify_all();
        }
    }
}
