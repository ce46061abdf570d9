//! A worker seen from the host: a child process in which one plugin runs once. All it says is hostile.

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
use super::protocol::ARGUMENT;
use super::protocol::denied::{Denied, without_records};
use super::protocol::frame::{self, Frame, Kind};
use crate::platform::child::{self, Ending, Process};
use crate::platform::event::{self, Source};
use crate::platform::terminal_mode::Mode;
use crate::process::signals;
use crate::text::Address;

/// For the program to start again, the library to load, and its constructors to run.
const START: Duration = Duration::from_secs(10);
/// For a plugin to think between two asks. Countdown is an ask, so that this is plenty.
const SILENCE: Duration = Duration::from_secs(30);
/// For a process that closed its wire to end.
const CLOSING: Duration = Duration::from_millis(500);
/// How often a silent worker's login is asked whether it may go on.
const GLANCE: Duration = Duration::from_millis(200);
/// A flow that polls every second for an hour asks less. Asks that come ahead of their answers leave no
/// moment to look at the clock, so that nothing else would bound them.
const MOST_ASKS: u32 = 10_000;
/// How many pieces of its standard error are taken in before anything else is looked at.
const MOST_AT_A_TIME: u32 = 8;
/// What is kept of its standard error, from the end, in bytes.
const LAST_WORDS: usize = 4 * 1024;

/// How a worker came to no good end. Follows the plugin's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkerError {
    /// The login is over: cancelled, or past its time. The phase, if it was not waiting for us.
    Over(Failure, Option<&'static str>),
    NotStarted(String),
    /// It could not enter the sandbox that was promised.
    Uncontained(String),
    /// Ended by itself in this phase, how, and its last line on standard error.
    Ended(&'static str, String, Option<String>),
    /// Said nothing for too long in this phase.
    Silent(&'static str),
    /// Said something that is no frame, or not the one it was to say.
    Nonsense(&'static str),
    /// Asked without end.
    Insatiable(&'static str),
    /// The library does not say of itself what its section says.
    Contradiction,
    /// Could not be loaded, in the guest's words.
    Unusable(String),
    /// Its answer to the action makes no sense.
    Answer(&'static str),
}

impl std::fmt::Display for WorkerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Over(..) => f.write_str("was stopped"),
            Self::NotStarted(why) => write!(f, "could not be started ({why})"),
            Self::Uncontained(why) => {
                write!(f, "was not loaded: its sandbox could not be set up ({why})")
            }
            Self::Ended(phase, how, words) => {
                write!(f, "stopped unexpectedly while {phase} ({how}")?;
                words.iter().try_for_each(|words| write!(f, "; last message: {words}"))?;
                f.write_str(")")
            }
            Self::Silent(phase) => {
                write!(f, "was stopped while {phase}: it did not respond in time")
            }
            Self::Nonsense(phase) => {
                write!(f, "was stopped while {phase}: it sent an invalid message")
            }
            Self::Insatiable(phase) => {
                write!(f, "was stopped while {phase}: it sent more than {MOST_ASKS} requests")
            }
            Self::Contradiction => f.write_str(
                "was stopped while loading: it reports another manifest than its file contains",
            ),
            Self::Unusable(why) => f.write_str(why),
            Self::Answer(phase) => {
                write!(f, "ended while {phase} with an invalid answer")
            }
        }
    }
}

/// A running worker. Dropped, it is killed with all it started, and reaped.
pub struct Worker {
    process: Process,
    wire: File,
    /// Its standard error; None once it has closed that.
    errors: Option<File>,
    inbox: Vec<u8>,
    /// The other side has closed the wire.
    closed: bool,
    last_words: Vec<u8>,
    /// What it says the sandbox denied it.
    denied: Denied,
    /// The failure that its last ask ended with, in the host's own words.
    pub refusal: Option<Failure>,
    /// How many frames it has sent, and how many it was sent.
    received: u64,
    sent: u64,
    pub phase: &'static str,
}

impl Worker {
    /// Starts this program again, with an environment that is built and nothing of ours but the wire
    /// and the library. From the main thread only: the worker dies with the thread that started it.
    pub fn start(library: &Sealed, promised: Isolation) -> Result<Self, WorkerError> {
        Self::spawn(library, promised).map_err(|error| WorkerError::NotStarted(error.to_string()))
    }

    fn spawn(library: &Sealed, promised: Isolation) -> io::Result<Self> {
        let (host, promised) = (std::process::id().to_string(), promised.to_string());
        let arguments = [ARGUMENT, &host, &promised];
        // Threads of the plugin share one heap, which the memory limit can count.
        let environment = [("MALLOC_ARENA_MAX", "1")];
        let started = child::start_worker(&arguments, &environment, library.share()?)?;
        Ok(Self {
            process: started.process,
            wire: started.wire,
            errors: Some(started.errors),
            inbox: Vec::new(),
            closed: false,
            last_words: Vec::new(),
            denied: Denied::default(),
            refusal: None,
            received: 0,
            sent: 0,
            phase: "loading",
        })
    }

    /// Runs one action: the answer is the line that the provider ended with. `phase` is what the worker
    /// does meanwhile, in words that follow "while".
    pub fn run(
        &mut self,
        manifest: &str,
        request: &str,
        phase: &'static str,
        session: &mut dyn Session,
    ) -> Result<String, WorkerError> {
        match self.receive(START, session)? {
            (Kind::Ready, said) if says(&said, manifest) => {}
            (Kind::Ready, _) => return Err(WorkerError::Contradiction),
            (Kind::Uncontained, why) => {
                return Err(WorkerError::Uncontained(Address::new(why).to_string()));
            }
            (Kind::Failed, why) => {
                return Err(WorkerError::Unusable(Address::new(why).to_string()));
            }
            _ => return Err(WorkerError::Nonsense(self.phase)),
        }
        self.phase = phase;
        self.send(Kind::Run, request, session)?;
        for _ in 0..=MOST_ASKS {
            match self.receive(SILENCE, session)? {
                (Kind::Ask, ask) => {
                    let answer = messages::answer(session, &ask);
                    let failure = messages::decode::<IgnoredAny>(&answer).err().map(Failure::from);
                    // An unknown or malformed call is the plugin's own failure: no session refused it.
                    self.refusal = failure.filter(|_| messages::is_known_call(&ask));
                    self.send(Kind::Answer, &answer, session)?;
                }
                (Kind::Done, answer) => return Ok(answer),
                _ => return Err(WorkerError::Nonsense(self.phase)),
            }
        }
        Err(WorkerError::Insatiable(self.phase))
    }

    /// Never waits longer for a worker that does not read than for one that does not speak.
    fn send(
        &mut self,
        kind: Kind,
        text: &str,
        session: &mut dyn Session,
    ) -> Result<(), WorkerError> {
        let mut frame = Vec::new();
        frame::write(&mut frame, kind, self.sent, text)
            .map_err(|_| WorkerError::Nonsense(self.phase))?;
        self.sent += 1;
        let deadline = Instant::now() + SILENCE;
        let mut rest = frame.as_slice();
        while !rest.is_empty() {
            match self.wire.write(rest) {
                Ok(written) => rest = &rest[written..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.go_on(deadline, session)?;
                    self.wait(event::writable(&self.wire), deadline);
                    self.listen_to_errors();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Err(self.ended()),
            }
        }
        Ok(())
    }

    /// Whether the login may go on, and the worker take its time.
    fn go_on(&self, deadline: Instant, session: &mut dyn Session) -> Result<(), WorkerError> {
        self.not_over(session)?;
        if Instant::now() >= deadline { Err(WorkerError::Silent(self.phase)) } else { Ok(()) }
    }

    /// Whether the login may go on.
    fn not_over(&self, session: &mut dyn Session) -> Result<(), WorkerError> {
        let busy = self.refusal.is_none().then_some(self.phase);
        session.check_cancelled().map_err(|over| WorkerError::Over(over, busy))
    }

    fn receive(
        &mut self,
        patience: Duration,
        session: &mut dyn Session,
    ) -> Result<(Kind, String), WorkerError> {
        // What is typed while a plugin works is for nobody, and not to be seen.
        let _quiet = Mode::quiet();
        let deadline = Instant::now() + patience;
        let mut seen = 0;
        loop {
            let fresh = self.inbox[seen..].iter().position(|&byte| byte == b'\n');
            if let Some(end) = fresh.map(|it| seen + it) {
                let line: Vec<u8> = self.inbox.drain(..=end).collect();
                return self.accept(&line[..end]);
            }
            // Half a frame buys no time: more of it may be there whenever one looks.
            if self.inbox.len() > seen {
                self.not_over(session)?;
            }
            seen = self.inbox.len();
            if self.inbox.len() > frame::LONGEST {
                return Err(WorkerError::Nonsense(self.phase));
            }
            // A child of the worker may hold the wire open after it.
            let gone = self.end().is_some();
            if self.read() {
                continue;
            }
            if gone || self.closed {
                return Err(self.ended());
            }
            // Only now: it may have spoken while the program was stopped for longer than that.
            self.go_on(deadline, session)?;
            self.wait(event::readable(&self.wire), deadline);
            self.listen_to_errors();
        }
    }

    /// Numbered, so that a frame cannot be slipped in or repeated.
    fn accept(&mut self, line: &[u8]) -> Result<(Kind, String), WorkerError> {
        match frame::parse(line) {
            Some(Frame { kind, number, text }) if number == self.received => {
                self.received += 1;
                Ok((kind, text.to_owned()))
            }
            _ => Err(WorkerError::Nonsense(self.phase)),
        }
    }

    /// For the wire, for words on standard error, for a signal; and no longer than a glance.
    fn wait(&self, wire: Source<'_>, deadline: Instant) {
        let left = deadline.saturating_duration_since(Instant::now()).min(GLANCE);
        let mut sources = vec![wire];
        sources.extend(self.errors.iter().map(event::readable));
        sources.extend(signals::source());
        // Whatever woke it, or failed, is looked at next.
        let _ = event::wait(&sources, Some(left));
    }

    /// Takes in what is there. False when there is nothing, or never will be again.
    fn read(&mut self) -> bool {
        let mut some = [0; 64 * 1024];
        match self.wire.read(&mut some) {
            Ok(count) if count > 0 => {
                self.inbox.extend_from_slice(&some[..count]);
                true
            }
            Ok(_) => {
                self.closed = true;
                false
            }
            Err(error) => {
                let later =
                    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted);
                self.closed |= !later;
                false
            }
        }
    }

    /// Drained, so that a plugin that talks does not block; only the end is kept. At a time no more
    /// than a pipe holds: a plugin that never stops talking would be listened to for ever.
    fn listen_to_errors(&mut self) {
        let mut some = [0; 16 * 1024];
        for _ in 0..MOST_AT_A_TIME {
            let Some(errors) = &mut self.errors else { break };
            match errors.read(&mut some) {
                Ok(0) => self.errors = None,
                Ok(count) => self.last_words.extend_from_slice(&some[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => self.errors = None,
            }
            self.denied.note(&self.last_words);
            let surplus = self.last_words.len().saturating_sub(LAST_WORDS);
            self.last_words.drain(..surplus);
        }
    }

    /// The end of what it said on standard error, line by line, fit to be shown.
    pub fn last_words(&mut self) -> Vec<String> {
        self.listen_to_errors();
        let words = without_records(&String::from_utf8_lossy(&self.last_words));
        words
            .lines()
            .map(|line| Address::new(line).to_string())
            .filter(|it| !it.is_empty())
            .collect()
    }

    /// What it was denied until now, once and by name.
    pub fn denied(&mut self) -> Option<Denied> {
        self.listen_to_errors();
        Some(self.denied).filter(|it| !it.is_empty())
    }

    /// It closed the wire: how it ended, if it does so by itself.
    fn ended(&mut self) -> WorkerError {
        let deadline = Instant::now() + CLOSING;
        let mut end = self.end();
        while end.is_none() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(2));
            end = self.end();
        }
        let words = self.last_words().into_iter().rfind(|line| !line.starts_with("note: "));
        let end = end.unwrap_or_else(|| "it closed the connection".to_owned());
        WorkerError::Ended(self.phase, end, words)
    }

    /// How it ended, if it has.
    fn end(&self) -> Option<String> {
        Some(match self.process.ending()? {
            Ending::Signal(signal) => format!("signal {signal}"),
            Ending::Code(code) => format!("exit code {code}"),
        })
    }
}

/// Byte for byte what the section says.
fn says(ready: &str, manifest: &str) -> bool {
    serde_json::from_str::<String>(ready).is_ok_and(|said| said == manifest)
}
