//! The callback: a door on loopback through which a browser brings the provider's answer.
//!
//! One thread and no waiting inside: whoever waits for the answer pumps, together with whatever
//! else it waits for. Connections that nobody serves yet queue in the kernel.

mod confirmation;
pub mod page;
pub mod request;
pub mod rules;
pub mod shutdown;

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use mesheryctl_core::session::{CallbackKind, Query};
use mesheryctl_core::token::Token;
use reqwest::Url;

use crate::platform::event::{self, Source};
use crate::platform::listening::lengthen_queue;
pub use page::Outcome;
use request::Parsed;
use rules::{Reaction, Rules};

/// More than a browser ever opens; the oldest makes room.
const CONNECTIONS: usize = 128;
/// A request holds a token of at most 64 KiB and some headers.
const LONGEST_REQUEST: usize = 96 * 1024;
/// For a whole request to come and its answer to leave.
const SLOWEST: Duration = Duration::from_secs(10);
/// The server may be asked about the token meanwhile.
const LONGEST_HOLD: Duration = Duration::from_secs(60);
/// After which an exhausted system is asked again.
const RECOVERY: Duration = Duration::from_millis(100);
/// How long the end of a login waits for the browser to fetch the page that tells of it.
const CLOSING: Duration = Duration::from_secs(1);

/// Listens on 127.0.0.1 and ::1, on one port, for one answer. Neither it nor what it is made of has
/// `Debug`: requests and rules hold secrets.
pub struct Callback {
    listeners: Vec<TcpListener>,
    connections: Vec<Connection>,
    /// No descriptors are left: nobody is let in until some are.
    exhausted: bool,
    rules: Rules,
}

struct Connection {
    stream: TcpStream,
    inbox: Vec<u8>,
    outbox: Vec<u8>,
    until: Instant,
    /// The other side will send no more.
    ended: bool,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Reading,
    /// Asks for the page that tells how the login ended, which it has not yet.
    Held,
    Writing,
    Closed,
}

impl Callback {
    /// Opens the door on a port of the system's choosing.
    ///
    /// # Errors
    /// When no loopback port can be had. Without IPv6, IPv4 alone serves.
    pub fn open(kind: CallbackKind, provider: &str) -> io::Result<Self> {
        let (port, listeners) = listen()?;
        for listener in &listeners {
            listener.set_nonblocking(true)?;
        }
        let rules = Rules::new(kind, port, provider)?;
        Ok(Self { listeners, connections: Vec::new(), exhausted: false, rules })
    }

    /// What the provider is told: where its answer is to come back to.
    pub fn address(&self) -> String {
        self.rules.address()
    }

    /// Lets the start links lead to `url`, and answers them: one to launch, one to print.
    ///
    /// # Errors
    /// A sentence part, when `url` cannot lead back to this kind of callback.
    pub fn lead_to(&mut self, url: &str) -> Result<(String, String), &'static str> {
        self.rules.lead_to(url)
    }

    /// Whether a bare token helps, or only an address.
    pub fn takes_tokens(&self) -> bool {
        self.rules.takes_tokens()
    }

    /// Whether an answer came to it; there will be no second.
    pub fn is_used(&self) -> bool {
        self.rules.answered()
    }

    /// The answer, once it came.
    pub fn take_answer(&mut self) -> Option<Query> {
        self.rules.take_answer()
    }

    /// A token that a person pasted instead of sending a browser.
    ///
    /// # Errors
    /// What it was, as a sentence part that follows "That".
    pub fn take_token(&mut self, token: &Token) -> Result<(), &'static str> {
        self.rules.take_token(token)
    }

    /// The address that a person's browser ended on.
    ///
    /// # Errors
    /// As [`Callback::take_token`].
    pub fn take_address(&mut self, url: &Url) -> Result<(), &'static str> {
        self.rules.take_address(url)
    }

    /// What the person should hear of a browser that came back, once, when that was not the answer yet.
    pub fn news(&mut self) -> Option<&'static str> {
        self.rules.news()
    }

    /// Serves whoever is there, and waits for more until `until`, an answer, or one of `others` being ready.
    ///
    /// # Errors
    /// Of waiting only; no connection can fail the door.
    pub fn pump(&mut self, until: Instant, others: &[Source<'_>]) -> io::Result<()> {
        loop {
            self.serve();
            let until = self.connections.iter().map(|it| it.until).fold(until, Instant::min);
            let now = Instant::now();
            if self.rules.answered() || now >= until {
                return Ok(());
            }
            if self.sleep(until - now, others)? {
                return Ok(());
            }
        }
    }

    /// Tells the browser how the login ended, if it is waiting to hear, and closes the door.
    pub fn close(mut self, outcome: Outcome) {
        self.rules.end(outcome);
        for held in self.connections.iter_mut().filter(|it| it.state == State::Held) {
            held.answer(&mut self.rules);
        }
        let until = Instant::now() + CLOSING;
        loop {
            self.serve();
            let writing = self.connections.iter().any(|it| it.state == State::Writing);
            let left = until.saturating_duration_since(Instant::now());
            let finished = !self.rules.owes_a_page() && !writing;
            if finished || left.is_zero() || self.sleep(left, &[]).is_err() {
                return;
            }
        }
    }

    /// True when one of `others` woke it.
    fn sleep(&self, longest: Duration, others: &[Source<'_>]) -> io::Result<bool> {
        let longest = if self.exhausted { longest.min(RECOVERY) } else { longest };
        let listeners = self.listeners.iter().filter(|_| !self.exhausted);
        let mut sources: Vec<Source<'_>> = listeners.map(event::readable).collect();
        // A held connection has said all it will say, and would wake this at once if it hung up.
        sources.extend(self.connections.iter().filter(|it| it.state != State::Held).map(|it| {
            match it.state {
                State::Writing => event::writable(&it.stream),
                _ => event::readable(&it.stream),
            }
        }));
        let ours = sources.len();
        sources.extend(others);
        match event::wait(&sources, Some(longest)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(true),
            ready => Ok(ready?[ours..].iter().any(|it| it.is_any())),
        }
    }

    fn serve(&mut self) {
        for connection in &mut self.connections {
            connection.step(&mut self.rules);
        }
        self.exhausted = false;
        for listener in 0..self.listeners.len() {
            // No more at once: a flood must not keep those who are in from being served.
            for _ in 0..CONNECTIONS {
                match self.listeners[listener].accept() {
                    Ok((stream, _)) if stream.set_nonblocking(true).is_ok() => self.let_in(stream),
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(error) if is_of_one_connection(&error) => {}
                    Err(_) => {
                        self.exhausted = true;
                        break;
                    }
                }
            }
        }
        let now = Instant::now();
        self.connections.retain(|it| it.state != State::Closed && it.until > now);
    }

    /// A browser's request is mostly there already: so it is served at once, before those who come after
    /// can push it out. Who is held has shown a secret, and is pushed out by nobody who has shown none.
    fn let_in(&mut self, stream: TcpStream) {
        let mut connection = Connection::new(stream);
        connection.step(&mut self.rules);
        self.connections.push(connection);
        if self.connections.len() > CONNECTIONS {
            let oldest = self.connections.iter().position(|it| it.state != State::Held);
            self.connections.remove(oldest.unwrap_or(0));
        }
    }
}

/// Both families on one port: on a machine with IPv6, a browser may try either, and whoever holds
/// the other one would get the answer.
fn listen() -> io::Result<(u16, Vec<TcpListener>)> {
    // Kept open until one fits, so that the system does not offer the same port again.
    let mut passed_over = Vec::new();
    for _ in 0..32 {
        let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        lengthen_queue(&v4)?;
        let port = v4.local_addr()?.port();
        match TcpListener::bind((Ipv6Addr::LOCALHOST, port)) {
            Ok(v6) => {
                lengthen_queue(&v6)?;
                return Ok((port, vec![v4, v6]));
            }
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => passed_over.push(v4),
            // No IPv6 on this machine, so nobody can hold it either.
            Err(_) => return Ok((port, vec![v4])),
        }
    }
    Err(io::Error::other("no port is free on both 127.0.0.1 and ::1"))
}

/// A connection that was gone before it was let in says nothing of the next.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted)
}

impl Connection {
    fn new(stream: TcpStream) -> Self {
        let until = Instant::now() + SLOWEST;
        Self {
            stream,
            inbox: Vec::new(),
            outbox: Vec::new(),
            until,
            ended: false,
            state: State::Reading,
        }
    }

    fn step(&mut self, rules: &mut Rules) {
        if self.state == State::Reading && self.read() {
            self.answer(rules);
        }
        if self.state == State::Writing {
            self.write();
        }
    }

    /// Whether there was anything new: to parse the same again at each knock would be work for nothing.
    fn read(&mut self) -> bool {
        let mut buffer = [0; 8 * 1024];
        let before = self.inbox.len();
        while self.inbox.len() < LONGEST_REQUEST && !self.ended {
            match self.stream.read(&mut buffer) {
                Ok(read) if read > 0 => self.inbox.extend_from_slice(&buffer[..read]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                _ => self.ended = true,
            }
        }
        self.ended || self.inbox.len() > before
    }

    fn answer(&mut self, rules: &mut Rules) {
        let full = self.inbox.len() >= LONGEST_REQUEST;
        let reaction = match request::parse(&self.inbox) {
            Parsed::Whole(request) => rules.react(&request),
            Parsed::Partial if full => Reaction::Answer(page::refusal(431)),
            Parsed::Partial if self.ended => {
                self.state = State::Closed;
                return;
            }
            Parsed::Partial => return,
            Parsed::Nonsense => Reaction::Answer(page::refusal(400)),
        };
        match reaction {
            Reaction::Hold => {
                self.state = State::Held;
                self.until = Instant::now() + LONGEST_HOLD;
            }
            Reaction::Answer(bytes) => {
                self.outbox = bytes;
                self.state = State::Writing;
            }
        }
    }

    fn write(&mut self) {
        while !self.outbox.is_empty() {
            match self.stream.write(&self.outbox) {
                Ok(written) if written > 0 => drop(self.outbox.drain(..written)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                _ => break,
            }
        }
        let _ = self.stream.shutdown(Shutdown::Write);
        self.state = State::Closed;
    }
}
