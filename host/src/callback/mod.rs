//! The callback: an HTTP server on loopback that receives the provider's answer from the browser.
//!
//! It has no thread of its own. Its caller pumps it while waiting for other events too. Connections
//! that are not accepted yet queue in the kernel.

mod confirmation;
mod connection;
pub mod fixed_port;
pub mod kind;
mod listener;
pub mod page;
pub mod request;
pub mod rules;
pub mod shutdown;

use std::io;
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use mesheryctl_core::session::Query;
use mesheryctl_core::token::Token;
use reqwest::Url;

use crate::platform::OtherUser;
use crate::platform::event::{self, Source};
use crate::platform::sockets::SocketTable;
use connection::{Connection, Rank, State};
use fixed_port::FixedPort;
use kind::Kind;
use listener::{is_connection_error, listen};
pub use page::Outcome;
use rules::Rules;

/// How many connections are accepted before those that were accepted earlier are served again.
const MAX_ACCEPTED: usize = 128;
/// The pause before connections are accepted again after file descriptors ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long [`Callback::close`] waits for the browser to fetch the last page.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// A server on 127.0.0.1 and ::1, on one port, that accepts one answer. Neither it nor its parts
/// implement `Debug`: requests and rules hold secrets.
pub struct Callback {
    listeners: Vec<TcpListener>,
    connections: Vec<Connection>,
    /// Whether file descriptors ran out, so that no connection can be accepted.
    exhausted: bool,
    rules: Rules,
    /// `None` if this system does not tell whose a connection is.
    table: Option<SocketTable>,
}

impl Callback {
    /// Listens on the chosen port, else on one that the system chooses.
    ///
    /// # Errors
    /// If no loopback port is free, or no descriptor. On a system without IPv6 it listens on IPv4 alone.
    pub fn open(kind: Kind, provider: &str, chosen: Option<FixedPort>) -> io::Result<Self> {
        let (port, listeners) = match chosen {
            Some(it) => (it.port, it.listeners),
            None => listen()?,
        };
        for listener in &listeners {
            listener.set_nonblocking(true)?;
        }
        let rules = Rules::new(kind, port, provider)?;
        let table = SocketTable::open()?;
        Ok(Self { listeners, connections: Vec::new(), exhausted: false, rules, table })
    }

    /// The redirect address that the provider is given.
    pub fn address(&self) -> String {
        self.rules.address()
    }

    /// Sets the URL that the start links redirect to. Returns the link to launch and the link to print.
    ///
    /// # Errors
    /// Why `url` cannot be used with this kind of callback, as a sentence part.
    pub fn set_destination(&mut self, url: &str) -> Result<(String, String), &'static str> {
        self.rules.set_destination(url)
    }

    /// Whether a pasted token is an answer, or only a pasted URL.
    pub fn accepts_tokens(&self) -> bool {
        self.rules.accepts_tokens()
    }

    /// Whether an answer was accepted. No second one is.
    pub fn is_used(&self) -> bool {
        self.rules.answered()
    }

    /// The accepted answer. It is returned once.
    pub fn take_answer(&mut self) -> Option<Query> {
        self.rules.take_answer()
    }

    /// Accepts a token that a person pasted.
    ///
    /// # Errors
    /// Why it is not an answer, as a sentence part that follows "That".
    pub fn accept_token(&mut self, token: &Token) -> Result<(), &'static str> {
        self.rules.accept_token(token)
    }

    /// Accepts the URL that a person's browser ended on.
    ///
    /// # Errors
    /// As [`Callback::accept_token`].
    pub fn accept_url(&mut self, url: &Url) -> Result<(), &'static str> {
        self.rules.accept_url(url)
    }

    /// A message to the person about a browser that returned without an accepted answer. It is returned once.
    pub fn take_message(&mut self) -> Option<&'static str> {
        self.rules.take_message()
    }

    /// Whose connection was refused although it had a secret of this login. Only the first one is returned: another user
    /// could otherwise fill the terminal.
    pub fn take_refused(&mut self) -> Option<OtherUser> {
        self.rules.take_refused()
    }

    /// Serves connections until an answer is accepted, one of `others` is ready, or `until` has passed.
    ///
    /// # Errors
    /// If waiting fails. The failure of a connection is not an error.
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

    /// Sends the last page to a browser that waits for it, then stops listening.
    pub fn close(mut self, outcome: Outcome) {
        self.rules.end(outcome);
        for held in self.connections.iter_mut().filter(|it| it.state == State::Held) {
            held.answer(&mut self.rules, self.table.as_ref());
        }
        let until = Instant::now() + CLOSE_TIMEOUT;
        loop {
            self.serve();
            let writing = self.connections.iter().any(|it| it.state == State::Writing);
            let left = until.saturating_duration_since(Instant::now());
            let finished = !self.rules.is_last_page_due() && !writing;
            if finished || left.is_zero() || self.sleep(left, &[]).is_err() {
                return;
            }
        }
    }

    /// Waits for an event. Returns whether one of `others` is ready.
    fn sleep(&self, longest: Duration, others: &[Source<'_>]) -> io::Result<bool> {
        let longest = if self.exhausted { longest.min(ACCEPT_PAUSE) } else { longest };
        let listeners = self.listeners.iter().filter(|_| !self.exhausted);
        let mut sources: Vec<Source<'_>> = listeners.map(event::readable).collect();
        // A held connection sends nothing more, and would end every wait at once if its peer closed it.
        sources.extend(self.connections.iter().filter(|it| it.state != State::Held).map(|it| {
            match it.state {
                State::Writing => event::writable(&it.stream),
                _ => event::readable(&it.stream),
            }
        }));
        let own = sources.len();
        sources.extend(others);
        match event::wait(&sources, Some(longest)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(true),
            ready => Ok(ready?[own..].iter().any(|it| it.is_any())),
        }
    }

    fn serve(&mut self) {
        for connection in &mut self.connections {
            connection.step(&mut self.rules, self.table.as_ref());
        }
        self.displace();
        self.exhausted = false;
        for listener in 0..self.listeners.len() {
            // Limited, so that a flood of connections cannot delay those that were accepted before.
            for _ in 0..MAX_ACCEPTED {
                match self.listeners[listener].accept() {
                    Ok((stream, _)) if stream.set_nonblocking(true).is_ok() => self.add(stream),
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(error) if is_connection_error(&error) => {}
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

    /// Serves the connection at once, because the request of a browser has usually arrived already and later
    /// connections could displace it.
    fn add(&mut self, stream: TcpStream) {
        let mut connection = Connection::new(stream);
        connection.step(&mut self.rules, self.table.as_ref());
        self.connections.push(connection);
        self.displace();
    }

    /// Closes the oldest connections of each rank that has too many.
    fn displace(&mut self) {
        for rank in Rank::ALL {
            let count = self.connections.iter().filter(|it| it.rank() == rank).count();
            let mut surplus = count.saturating_sub(rank.limit());
            self.connections.retain(|it| {
                let is_displaced = surplus > 0 && it.rank() == rank;
                surplus -= usize::from(is_displaced);
                !is_displaced
            });
        }
    }
}
