//! The session of an action that runs without a person: requests and the clock, and no word on the terminal.

use std::time::Duration;

use mesheryctl_core::failure::{Failure, FailureKind};
use mesheryctl_core::secret::Secret;
use mesheryctl_core::session::{CallbackKind, HttpRequest, HttpResponse, Method, Query, Session};

use super::{LoginSession, Route};
use crate::clock::{http_date, unix_now};
use crate::net::Http;
use crate::providers::entry::ReadyEntry;
use crate::terminal::Terminal;

/// A session with the policy and the deadline of a [`LoginSession`], and without its dialogue.
pub struct Silent<'a> {
    console: LoginSession<'a>,
    last_status: Option<u16>,
    retry_after: u64,
    has_asked: bool,
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
        Self { console, last_status: None, retry_after: 0, has_asked: false }
    }

    /// With this time for each request, so that one that is not answered leaves time for the others.
    pub fn with_each_within(mut self, limit: Duration) -> Self {
        self.console.fetch_limit = limit;
        self
    }

    /// How long the last response asked to wait before the next request, in seconds; 0 if it did not.
    pub fn retry_after(&self) -> u64 {
        self.retry_after
    }

    /// Whether a POST may have arrived that was not answered with 429 or 503, so that the provider may have done what it asks.
    pub fn has_asked(&self) -> bool {
        self.has_asked
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

    fn ask(&mut self, _prompt: &str) -> Result<String, Failure> {
        Err(needs_terminal())
    }

    fn ask_secret(&mut self, _prompt: &str) -> Result<Secret, Failure> {
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
        self.retry_after = response.as_ref().ok().and_then(retry_after).unwrap_or(0);
        let is_turned_away = matches!(self.last_status, Some(429 | 503));
        if request.method == Method::Post && self.console.has_sent() && !is_turned_away {
            self.has_asked = true;
        }
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

/// `Retry-After` of RFC 9110, section 10.2.3: in seconds, or as a date, which is counted from the date of the response because the
/// clocks may differ.
fn retry_after(response: &HttpResponse) -> Option<u64> {
    let header = response.header("retry-after")?.trim();
    let from_date = || {
        let sent_at = response.header("date").and_then(http_date).unwrap_or_else(unix_now);
        Some(http_date(header)?.saturating_sub(sent_at))
    };
    header.parse().ok().or_else(from_date)
}

fn needs_terminal() -> Failure {
    Failure::new(FailureKind::NeedsTerminal, "The token is verified without asking anybody.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_that_a_response_asks_for_is_in_seconds_or_until_a_date() {
        let sent = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        for (header, date, expected) in [
            ("120", None, Some(120)),
            (" 7 ", Some(sent), Some(7)),
            ("Sun, 06 Nov 1994 08:51:37 GMT", Some(sent), Some(120)),
            ("Sun, 06 Nov 1994 08:49:00 GMT", Some(sent), Some(0)),
            // Counted from now, it is long ago.
            ("Sun, 06 Nov 1994 08:51:37 GMT", None, Some(0)),
            ("-1", None, None),
            ("soon", None, None),
            ("99999999999999999999999", None, None),
        ] {
            let headers = [Some(("retry-after", header)), date].into_iter().flatten();
            let response = HttpResponse::new(503, "");
            let response = headers.fold(response, |it, (name, value)| it.with_header(name, value));
            assert_eq!(retry_after(&response), expected, "{header}");
        }
    }
}
