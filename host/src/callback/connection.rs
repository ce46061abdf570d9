//! A connection to the callback: a request is received, then its response is sent.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use super::page;
use super::request::{self, Parsed};
use super::rules::{Response, Rules};

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
    pub state: State,
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
            state: State::Reading,
        }
    }

    /// Receives, responds and sends as far as that is possible without waiting.
    pub fn step(&mut self, rules: &mut Rules) {
        if self.state == State::Reading && self.read() {
            self.answer(rules);
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
    pub fn answer(&mut self, rules: &mut Rules) {
        let full = self.inbox.len() >= MAX_REQUEST;
        let response = match request::parse(&self.inbox) {
            Parsed::Complete(request) => rules.respond(&request),
            Parsed::Partial if full => Response::Send(page::refusal(431)),
            Parsed::Partial if self.is_closed_by_peer => {
                self.state = State::Closed;
                return;
            }
            Parsed::Partial => return,
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
