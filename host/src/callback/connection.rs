//! A connection to the callback: a request is received, then its response is sent.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use super::page;
use super::request::{self, Parsed, Request};
use super::rules::{Response, Rules};
use crate::platform::sockets::SocketTable;

/// In bytes: a token of at most 64 KiB, and headers.
const MAX_REQUEST: usize = 96 * 1024;
/// For receiving a request and sending its response.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the browser may wait for the result page while the Meshery Server verifies the token.
const HOLD_TIMEOUT: Duration = Duration::from_secs(60);

/// One connection: what it has received, and what it has to send.
pub struct Connection {
    pub stream: TcpStream,
    inbox: Vec<u8>,
    outbox: Vec<u8>,
    /// When it is closed, whatever its state.
    pub until: Instant,
    /// Whether the peer will send no more.
    is_closed_by_peer: bool,
    /// Whether a secret of this login has arrived, from this user.
    is_recognized: bool,
    pub state: State,
}

/// What a connection has sent. Later connections displace the oldest ones of their own rank only, so that a flood without
/// a secret displaces no browser that has sent one, and a silent flood displaces no request that has partly arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rank {
    /// Nothing.
    Silent,
    /// A part of a request.
    Begun,
    /// A secret of this login.
    Recognized,
}

impl Rank {
    pub const ALL: [Self; 3] = [Self::Silent, Self::Begun, Self::Recognized];

    /// How many connections of this rank are kept: more than a browser opens at once, and together fewer than the 256
    /// files that some systems allow a process.
    pub fn limit(self) -> usize {
        match self {
            Self::Silent => 128,
            Self::Begun => 64,
            Self::Recognized => 32,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Reading,
    /// It requested the last page, and the outcome of the login is not known yet.
    Held,
    Writing,
    Closed,
}

impl Connection {
    pub fn new(stream: TcpStream) -> Self {
        let until = Instant::now() + REQUEST_TIMEOUT;
        Self {
            stream,
            inbox: Vec::new(),
            outbox: Vec::new(),
            until,
            is_closed_by_peer: false,
            is_recognized: false,
            state: State::Reading,
        }
    }

    pub fn rank(&self) -> Rank {
        match self.state {
            State::Held => Rank::Recognized,
            _ if self.is_recognized => Rank::Recognized,
            _ if self.inbox.is_empty() => Rank::Silent,
            _ => Rank::Begun,
        }
    }

    /// Receives, responds and sends as far as that is possible without waiting.
    pub fn step(&mut self, rules: &mut Rules, table: Option<&SocketTable>) {
        if self.state == State::Reading && self.read() {
            self.answer(rules, table);
        }
        if self.state == State::Writing {
            self.write();
        }
    }

    /// Reads what has arrived. Returns whether that changed anything; if not, nothing is parsed again.
    fn read(&mut self) -> bool {
        let mut buffer = [0; 8 * 1024];
        let before = self.inbox.len();
        while self.inbox.len() < MAX_REQUEST && !self.is_closed_by_peer {
            match self.stream.read(&mut buffer) {
                Ok(read) if read > 0 => self.inbox.extend_from_slice(&buffer[..read]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                _ => self.is_closed_by_peer = true,
            }
        }
        self.is_closed_by_peer || self.inbox.len() > before
    }

    /// Responds to the request, if it is complete.
    pub fn answer(&mut self, rules: &mut Rules, table: Option<&SocketTable>) {
        let full = self.inbox.len() >= MAX_REQUEST;
        let other_user = || table.and_then(|it| it.client(&self.stream));
        let response = match request::parse(&self.inbox) {
            Parsed::Complete(request) => rules.respond(&request, other_user),
            Parsed::Partial if full => Response::Send(page::refusal(431)),
            Parsed::Partial if self.is_closed_by_peer => {
                self.state = State::Closed;
                return;
            }
            Parsed::Partial => {
                let is_of_login =
                    |it: Request| rules.presents_secret(&it) && other_user().is_none();
                self.is_recognized =
                    self.is_recognized || request::beginning(&self.inbox).is_some_and(is_of_login);
                return;
            }
            Parsed::Invalid => Response::Send(page::refusal(400)),
        };
        match response {
            Response::Hold => {
                self.state = State::Held;
                self.until = Instant::now() + HOLD_TIMEOUT;
            }
            Response::Send(bytes) => {
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
