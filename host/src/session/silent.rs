//! The session of an action that runs without a person: requests and the clock, and no word on the terminal.

use std::time::Duration;

use mesheryctl_core::failure::{Failure, FailureKind};
use mesheryctl_core::secret::Secret;
use mesheryctl_core::session::{CallbackKind, HttpRequest, HttpResponse, Query, Session};

use super::{LoginSession, Route};
use crate::net::Http;
use crate::providers::entry::ReadyEntry;
use crate::terminal::Terminal;

/// A session with the policy and the deadline of a [`LoginSession`], and without its dialogue.
pub struct Silent<'a> {
    console: LoginSession<'a>,
    last_status: Option<u16>,
    retry_after: u64,
}

impl<'a> Silent<'a> {
    /// `within` is the time for everything that the provider does.
    pub fn new(
        entry: &'a ReadyEntry,
        terminal: &'a Terminal,
        http: &'a Http,
        within: Duration,
    ) -> Self {
        let console = LoginSession::new(entry, terminal, http, Route::Device, within);
        Self { console, last_status: None, retry_after: 0 }
    }

    /// How long the last response asked to wait before the next request, in seconds; 0 if it did not. A date is not read.
    pub fn retry_after(&self) -> u64 {
        self.retry_after
    }

    /// The status of the last response that the provider received.
    pub fn last_status(&self) -> Option<u16> {
        self.last_status
    }
}

impl Session for Silent<'_> {
    fn tell(&mut self, _text: &str) -> Result<(), Failure> {
        Ok(())
    }

    fn ask(&mut self, _prompt: &str, _secret: bool) -> Result<Secret, Failure> {
        Err(needs_terminal())
    }

    fn choose(&mut self, _prompt: &str, _items: &[String]) -> Result<usize, Failure> {
        Err(needs_terminal())
    }

    fn callback(&mut self, _kind: CallbackKind) -> Result<String, Failure> {
        Err(needs_terminal())
    }

    fn visit(&mut self, _url: &str) -> Result<Query, Failure> {
        Err(needs_terminal())
    }

    fn fetch(&mut self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        let response = self.console.fetch(request);
        self.last_status = response.as_ref().ok().map(|it| it.status);
        let header = response.as_ref().ok().and_then(|it| it.header("retry-after"));
        self.retry_after = header.and_then(|it| it.trim().parse().ok()).unwrap_or(0);
        response
    }

    fn show_code(&mut self, _url: &str, _code: &str, _expires_in: u64) -> Result<(), Failure> {
        Err(needs_terminal())
    }

    fn now(&mut self) -> Result<u64, Failure> {
        self.console.now()
    }

    fn sleep(&mut self, milliseconds: u64) -> Result<(), Failure> {
        self.console.sleep(milliseconds)
    }

    fn random(&mut self, bytes: u32) -> Result<String, Failure> {
        self.console.random(bytes)
    }

    fn cancelled(&mut self) -> Result<bool, Failure> {
        self.console.cancelled()
    }

    fn check_cancelled(&mut self) -> Result<(), Failure> {
        self.console.check_cancelled()
    }
}

fn needs_terminal() -> Failure {
    Failure::new(FailureKind::NeedsTerminal, "The token is verified without asking anybody.")
}
