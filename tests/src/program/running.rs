//! A running program without a terminal, and its output.

use std::fmt;
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, WaitIdStatus, kill_process, kill_process_group,
    pidfd_open, waitid,
};

use crate::machine::home::Home;
use crate::machine::timeouts;
use crate::program::fd_reader::FdReader;
use crate::program::launch::Program;

/// The result of a program: exactly one of `code` and `signal`, and all its output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    pub code: Option<i32>,
    pub signal: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    /// Panics with the output unless the exit code is this one.
    #[track_caller]
    #[must_use = "assert something about the output, or drop it explicitly"]
    pub fn exited(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "the exit code should be {code}, but: {self}");
        self
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code, self.signal) {
            (Some(code), _) => write!(f, "exit code {code}")?,
            (_, Some(signal)) => write!(f, "killed by signal {signal}")?,
            (None, None) => write!(f, "still running")?,
        }
        write!(f, "\n--- stdout\n{}\n--- stderr\n{}\n---", self.stdout, self.stderr)
    }
}

#[derive(Debug, Default)]
struct Stream {
    text: Vec<u8>,
    ended: bool,
}

/// Both streams, and a condition that is notified when one grows or ends.
#[derive(Debug, Default)]
struct Streams {
    streams: Mutex<[Stream; 2]>,
    changed: Condvar,
}

const STDOUT: usize = 0;
const STDERR: usize = 1;

/// Kills the program and its process group when dropped before the program ends.
#[derive(Debug)]
pub struct Running<'h> {
    home: &'h Home,
    child: Child,
    handle: OwnedFd,
    pid: Pid,
    streams: Arc<Streams>,
    readers: Vec<FdReader>,
    deadline: Instant,
    reaped: bool,
}

impl<'h> Program<'h> {
    /// Runs to the end, or panics after three minutes with the output so far.
    #[must_use]
    pub fn run(self) -> Output {
        self.spawn().wait()
    }

    /// Starts the program without a terminal, in its own session, which keeps it from the developer's terminal.
    /// The kernel kills it when the thread that started it ends, so the same thread should wait for it.
    #[must_use]
    pub fn spawn(self) -> Running<'h> {
        Running::start(&self)
    }
}

impl<'h> Running<'h> {
    pub(crate) fn start(program: &Program<'h>) -> Self {
        // setsid, and not a process group: without a controlling terminal /dev/tty cannot be opened.
        let mut command = Command::new("/usr/bin/setsid");
        let stdin = if program.input.is_some() { Stdio::piped() } else { Stdio::null() };
        command.env_clear().args(program.command_line());
        command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("/usr/bin/setsid of util-linux");
        let pid = Pid::from_child(&child);
        let handle = pidfd_open(pid, PidfdFlags::empty()).expect("a pidfd of the program");
        if let (Some(mut stdin), Some(bytes)) = (child.stdin.take(), program.input.clone()) {
            // A program may end without reading its input.
            thread::spawn(move || drop(stdin.write_all(&bytes)));
        }
        let streams = Arc::<Streams>::default();
        let stdout = child.stdout.take().map(OwnedFd::from).expect("the stdout of the program");
        let stderr = child.stderr.take().map(OwnedFd::from).expect("the stderr of the program");
        let readers = vec![collect(&streams, STDOUT, stdout), collect(&streams, STDERR, stderr)];
        let deadline = Instant::now() + timeouts::RUN;
        Self { home: program.home, child, handle, pid, streams, readers, deadline, reaped: false }
    }

    #[must_use]
    pub fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// Waits until stdout contains this; returns stdout so far.
    #[track_caller]
    pub fn wait_for_stdout(&self, text: &str) -> String {
        self.wait_for(STDOUT, text)
    }

    /// Waits until stderr contains this; returns stderr so far.
    #[track_caller]
    pub fn wait_for_stderr(&self, text: &str) -> String {
        self.wait_for(STDERR, text)
    }

    /// Its stderr so far.
    #[must_use]
    pub fn stderr(&self) -> String {
        self.text(STDERR)
    }

    /// Sends a signal to the program only.
    pub fn kill(&self, signal: Signal) {
        kill_process(self.pid, signal).expect("the program should still be running");
    }

    /// As `wait` with another timeout, for tests of the timeout.
    #[track_caller]
    #[must_use]
    pub fn wait_within(mut self, timeout: Duration) -> Output {
        self.deadline = Instant::now() + timeout;
        self.wait()
    }

    /// Waits for the end of the program and of every process that inherited its output.
    #[track_caller]
    #[must_use]
    pub fn wait(mut self) -> Output {
        let ended = timeouts::readable(&self.handle, self.deadline);
        assert!(ended, "it should end; so far {}", self.so_far());
        let all_read = self.wait_until(|said| said.iter().all(|stream| stream.ended));
        assert!(
            all_read,
            "it ended, but these processes hold its output: {:#?}; so far {}",
            self.home.processes(),
            self.so_far()
        );
        let finished = self.so_far();
        self.child.wait().expect("the exit status");
        self.reaped = true;
        finished
    }

    #[track_caller]
    fn wait_for(&self, stream: usize, text: &str) -> String {
        let soon = self.wait_until(|said| {
            said[stream].ended || String::from_utf8_lossy(&said[stream].text).contains(text)
        });
        let all = self.text(stream);
        let name = ["stdout", "stderr"][stream];
        let how = if soon { "it ended before" } else { "timed out" };
        if soon && !all.contains(text) {
            // Also report the other stream and the exit status.
            timeouts::readable(&self.handle, Instant::now() + timeouts::WAIT);
            self.wait_until(|said| said.iter().all(|stream| stream.ended));
        }
        assert!(all.contains(text), "{name} should contain {text:?}; {how}: {}", self.so_far());
        all
    }

    fn wait_until(&self, done: impl Fn(&[Stream; 2]) -> bool) -> bool {
        let said = self.streams.streams.lock().expect("the output");
        let left = self.deadline.saturating_duration_since(Instant::now()).min(timeouts::WAIT);
        let wait = self.streams.changed.wait_timeout_while(said, left, |said| !done(said));
        !wait.expect("the output").1.timed_out()
    }

    fn text(&self, stream: usize) -> String {
        let said = self.streams.streams.lock().expect("the output");
        String::from_utf8_lossy(&said[stream].text).into_owned()
    }

    /// Does not reap, so that the process id is not reused before the drop.
    fn so_far(&self) -> Output {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let status = waitid(WaitId::Pid(self.pid), options).expect("the state of the program");
        Output {
            code: status.as_ref().and_then(WaitIdStatus::exit_status),
            signal: status.as_ref().and_then(WaitIdStatus::terminating_signal),
            stdout: self.text(STDOUT),
            stderr: self.text(STDERR),
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if !self.reaped {
            // Before the reaping: afterwards the process id may belong to another process.
            let _ = kill_process_group(self.pid, Signal::KILL);
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        self.readers.clear();
    }
}

fn collect(streams: &Arc<Streams>, stream: usize, source: OwnedFd) -> FdReader {
    let streams = Arc::clone(streams);
    FdReader::start(source, move |bytes| {
        let mut said = streams.streams.lock().expect("the output");
        said[stream].text.extend_from_slice(bytes);
        said[stream].ended |= bytes.is_empty();
        streams.changed.notify_all();
    })
}
