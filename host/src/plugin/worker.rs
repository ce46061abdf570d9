//! [`Worker`]: the child process in which a plugin runs one action, as seen from the host. Its output is untrusted.

use std::fs::File;
use std::io::{self, Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use mesheryctl_core::failure::Failure;
use mesheryctl_core::messages;
use mesheryctl_core::session::Session;
use serde::de::IgnoredAny;

use super::isolation::Isolation;
use super::library::Sealed;
use super::protocol::frame::{self, Frame, Kind};
use super::protocol::{ARGUMENT, REPORT_ALL};
use super::stderr::Stderr;
use super::worker_error::WorkerError;
use crate::platform::child::{self, Ending, Process, Usage};
use crate::platform::event::{self, Source};
use crate::platform::terminal_mode::Mode;
use crate::process::signals;
use crate::text::Line;

/// The time limit for starting the process, loading the library and running its constructors.
pub(super) const START_TIMEOUT: Duration = Duration::from_secs(10);
/// The time limit between two frames of the worker. A plugin waits by calling
/// the session (`sleep`, `visit`), and that time does not count.
pub(super) const REPLY_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a process may take to exit after it closed its socket.
const EXIT_TIMEOUT: Duration = Duration::from_millis(500);
/// The interval at which a wait for the worker checks whether the sign-in was cancelled.
const CANCEL_CHECK_INTERVAL: Duration = Duration::from_millis(200);
/// An hour of polling each second needs fewer. A plugin that sends calls without reading answers never hits
/// [`REPLY_TIMEOUT`], so the count is limited.
pub(super) const MAX_ASKS: u32 = 10_000;

/// What answers a worker while it runs, and can stop it.
pub trait Peer {
    /// Answers one session call, as one line of JSON.
    fn answer(&mut self, ask: &str) -> String;

    /// # Errors
    /// If the worker must stop.
    fn check_cancelled(&mut self) -> Result<(), Failure>;

    /// # Errors
    /// If the worker made more calls than this peer answers. Asked after each of them.
    fn check_asks(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}

/// A session that answers each call as it is.
impl Peer for &mut (dyn Session + '_) {
    fn answer(&mut self, ask: &str) -> String {
        messages::answer(*self, ask)
    }

    fn check_cancelled(&mut self) -> Result<(), Failure> {
        Session::check_cancelled(*self)
    }
}

/// A running worker. Dropping it kills it and its children, and reaps it.
pub struct Worker {
    process: Process,
    socket: File,
    pub stderr: Stderr,
    inbox: Vec<u8>,
    /// The worker has closed the socket.
    closed: bool,
    /// The failure that the host returned for its last ask.
    pub last_failure: Option<Failure>,
    /// The counts of frames from and to the worker.
    received: u64,
    sent: u64,
    pub phase: &'static str,
}

impl Worker {
    /// Starts this program as a worker, with a new environment and no descriptors except the socket and the library.
    /// Call it on the main thread: the kernel kills the worker when the thread that started it ends.
    pub fn start(library: &Sealed, expected: Isolation) -> Result<Self, WorkerError> {
        Self::spawn(library, expected, &[])
    }

    /// As [`Worker::start`]; the worker reports also denied calls that programs get on without.
    pub fn start_reporting(library: &Sealed, expected: Isolation) -> Result<Self, WorkerError> {
        Self::spawn(library, expected, &[REPORT_ALL])
    }

    fn spawn(library: &Sealed, expected: Isolation, more: &[&str]) -> Result<Self, WorkerError> {
        let spawned = Self::spawn_process(library, expected, more);
        spawned.map_err(|error| WorkerError::NotStarted(error.to_string()))
    }

    fn spawn_process(library: &Sealed, expected: Isolation, more: &[&str]) -> io::Result<Self> {
        let (host, expected) = (std::process::id().to_string(), expected.to_string());
        let arguments = [&[ARGUMENT, &host, &expected], more].concat();
        // One malloc arena for all threads: one for each would reserve address space, which is limited.
        let environment = [("MALLOC_ARENA_MAX", "1")];
        let started = child::start_worker(&arguments, &environment, library.share()?)?;
        Ok(Self {
            process: started.process,
            socket: started.socket,
            stderr: Stderr::new(started.stderr),
            inbox: Vec::new(),
            closed: false,
            last_failure: None,
            received: 0,
            sent: 0,
            phase: "loading",
        })
    }

    /// Loads the library, runs one action and returns the answer of the provider. `phase` is a phrase that follows "while" in
    /// an error.
    pub fn run(
        &mut self,
        manifest: &str,
        request: &str,
        phase: &'static str,
        peer: &mut dyn Peer,
    ) -> Result<String, WorkerError> {
        self.load(manifest, peer)?;
        self.act(request, phase, peer)
    }

    /// Waits until the library is loaded, and compares the manifest that it reports with this one.
    pub fn load(&mut self, manifest: &str, peer: &mut dyn Peer) -> Result<(), WorkerError> {
        let started = self.receive(START_TIMEOUT, peer).map_err(|error| match error {
            WorkerError::TimedOut(_) => WorkerError::LoadTimedOut,
            error => error,
        });
        match started? {
            (Kind::Ready, reported) if is_same_manifest(&reported, manifest) => Ok(()),
            (Kind::Ready, _) => Err(WorkerError::OtherManifest),
            (Kind::Uncontained, why) => Err(WorkerError::Uncontained(Line::new(why).to_string())),
            (Kind::Failed, why) => Err(WorkerError::LoadFailed(Line::new(why).to_string())),
            _ => Err(WorkerError::Malformed(self.phase)),
        }
    }

    /// Runs one action of the loaded library, and returns the answer of the provider.
    pub fn act(
        &mut self,
        request: &str,
        phase: &'static str,
        peer: &mut dyn Peer,
    ) -> Result<String, WorkerError> {
        self.phase = phase;
        self.send(Kind::Run, request, peer)?;
        for _ in 0..=MAX_ASKS {
            match self.receive(REPLY_TIMEOUT, peer)? {
                (Kind::Ask, ask) => {
                    let answer = peer.answer(&ask);
                    let failure = messages::decode::<IgnoredAny>(&answer).err().map(Failure::from);
                    // An unknown or malformed call is the plugin's own failure: no session refused it.
                    self.last_failure = failure.filter(|_| messages::is_known_call(&ask));
                    peer.check_asks().map_err(|it| WorkerError::Stopped(it, Some(phase)))?;
                    self.send(Kind::Answer, &answer, peer)?;
                }
                (Kind::Done, answer) => return Ok(answer),
                _ => return Err(WorkerError::Malformed(self.phase)),
            }
        }
        Err(WorkerError::TooManyAsks(self.phase))
    }

    /// Whether it sent more after its last message, although it was asked nothing.
    pub fn has_sent_more(&mut self) -> bool {
        self.read();
        !self.inbox.is_empty()
    }

    /// What its process uses now; `None` if the system does not tell.
    pub fn usage(&self) -> Option<Usage> {
        self.process.usage()
    }

    /// Sends one frame. A worker that does not read has the same time limit as one that does not reply.
    fn send(&mut self, kind: Kind, text: &str, peer: &mut dyn Peer) -> Result<(), WorkerError> {
        let mut frame = Vec::new();
        frame::write(&mut frame, kind, self.sent, text)
            .map_err(|_| WorkerError::Malformed(self.phase))?;
        self.sent += 1;
        let deadline = Instant::now() + REPLY_TIMEOUT;
        let mut rest = frame.as_slice();
        while !rest.is_empty() {
            match self.socket.write(rest) {
                Ok(written) => rest = &rest[written..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.check_deadline(deadline, peer)?;
                    self.wait(event::writable(&self.socket), deadline);
                    self.stderr.read();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Err(self.exit_error()),
            }
        }
        Ok(())
    }

    /// Fails when the sign-in was cancelled or the deadline has passed.
    fn check_deadline(&self, deadline: Instant, peer: &mut dyn Peer) -> Result<(), WorkerError> {
        self.check_cancelled(peer)?;
        if Instant::now() >= deadline { Err(WorkerError::TimedOut(self.phase)) } else { Ok(()) }
    }

    /// Fails when the sign-in was cancelled.
    fn check_cancelled(&self, peer: &mut dyn Peer) -> Result<(), WorkerError> {
        let phase = self.last_failure.is_none().then_some(self.phase);
        peer.check_cancelled().map_err(|failure| WorkerError::Stopped(failure, phase))
    }

    fn receive(
        &mut self,
        timeout: Duration,
        peer: &mut dyn Peer,
    ) -> Result<(Kind, String), WorkerError> {
        // Input typed while a plugin works must neither be shown nor reach a later prompt.
        let _quiet = Mode::quiet();
        let deadline = Instant::now() + timeout;
        let mut seen = 0;
        loop {
            let line_end = self.inbox[seen..].iter().position(|&byte| byte == b'\n');
            if let Some(end) = line_end.map(|it| seen + it) {
                let line: Vec<u8> = self.inbox.drain(..=end).collect();
                return self.accept(&line[..end]);
            }
            // A partial frame must not extend the deadline.
            if self.inbox.len() > seen {
                self.check_cancelled(peer)?;
            }
            seen = self.inbox.len();
            if self.inbox.len() > frame::MAX_LENGTH {
                return Err(WorkerError::Malformed(self.phase));
            }
            // A child of the worker can keep the socket open after the worker has exited.
            let exited = self.ending().is_some();
            if self.read() {
                continue;
            }
            if exited || self.closed {
                return Err(self.exit_error());
            }
            // After the read: the frame may have arrived while this program was suspended past the deadline.
            self.check_deadline(deadline, peer)?;
            self.wait(event::readable(&self.socket), deadline);
            self.stderr.read();
        }
    }

    /// Parses a frame and checks its number, which detects inserted and repeated frames.
    fn accept(&mut self, line: &[u8]) -> Result<(Kind, String), WorkerError> {
        match frame::parse(line) {
            Some(Frame { kind, number, text }) if number == self.received => {
                self.received += 1;
                Ok((kind, text.to_owned()))
            }
            _ => Err(WorkerError::Malformed(self.phase)),
        }
    }

    /// Waits for the socket, standard error or a signal, for at most [`CANCEL_CHECK_INTERVAL`].
    fn wait(&self, socket: Source<'_>, deadline: Instant) {
        let left = deadline.saturating_duration_since(Instant::now()).min(CANCEL_CHECK_INTERVAL);
        let mut sources = vec![socket];
        sources.extend(self.stderr.source());
        sources.extend(signals::source());
        // The caller checks every source next, also after an error.
        let _ = event::wait(&sources, Some(left));
    }

    /// Reads available bytes without blocking; false when there are none or the socket is closed.
    fn read(&mut self) -> bool {
        let mut buffer = [0; 64 * 1024];
        match self.socket.read(&mut buffer) {
            Ok(count) if count > 0 => {
                self.inbox.extend_from_slice(&buffer[..count]);
                true
            }
            Ok(_) => {
                self.closed = true;
                false
            }
            Err(error) => {
                let retry =
                    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted);
                self.closed |= !retry;
                false
            }
        }
    }

    /// The error for a worker that closed the socket. Waits briefly for the process to exit.
    fn exit_error(&mut self) -> WorkerError {
        let deadline = Instant::now() + EXIT_TIMEOUT;
        let mut end = self.ending();
        while end.is_none() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(2));
            end = self.ending();
        }
        let words = self.stderr.lines().into_iter().rfind(|line| !line.starts_with("note: "));
        let end = end.unwrap_or_else(|| "it closed the connection".to_owned());
        WorkerError::Ended(self.phase, end, words)
    }

    /// How the process ended, if it has.
    fn ending(&self) -> Option<String> {
        Some(match self.process.ending()? {
            Ending::Signal(signal) => format!("signal {signal}"),
            Ending::Code(code) => format!("exit code {code}"),
        })
    }
}

/// Whether the reported manifest is byte for byte the one in the library.
fn is_same_manifest(ready: &str, manifest: &str) -> bool {
    serde_json::from_str::<String>(ready).is_ok_and(|reported| reported == manifest)
}
