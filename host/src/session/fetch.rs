//! An HTTP request of a provider: what it may send, and the failure if no response is received.

use std::time::{Duration, Instant};

use mesheryctl_core::failure::{Failure, FailureKind};
use mesheryctl_core::session::{HttpRequest, HttpResponse, Method};
use reqwest::Url;

use super::{Cause, LoginSession};
use crate::net::url::authority;
use crate::net::{HttpError, Outgoing};
use crate::providers::policy::{self, Permitted};
use crate::text::Line;

/// For one HTTP request of a provider.
pub const LIMIT: Duration = Duration::from_secs(10);

impl LoginSession<'_> {
    pub(super) fn send(&mut self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        let Permitted { url, recipient } = self.permit(&request.url)?;
        policy::permit_headers(&request.headers).map_err(|failure| self.named(failure))?;
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            _ => return Err(self.refused("Only GET and POST are supported.")),
        };
        let timeout = self.fetch_timeout();
        let body = request.body.clone();
        let outgoing =
            Outgoing { method, url: &url, headers: &request.headers, body, timeout, recipient };
        let reply = self.http.send(outgoing);
        self.has_sent = reply.as_ref().err().is_none_or(HttpError::may_have_arrived);
        let reply = reply.map_err(|error| self.request_failure(&url, &error))?;
        let unavailable = || format!("{} returned status {}", address(&url), reply.status);
        self.record_outage((reply.status >= 500).then(unavailable));
        // Without the query, which may contain a secret.
        let asked = format!("{} {}", authority(&url), Line::new(url.path()));
        self.terminal.detail(&format!("Requested {asked}: {}.", reply.status));
        let body = String::from_utf8(reply.body).map_err(|_| {
            let message = format!("{} did not answer in UTF-8.", authority(&url));
            self.named(Failure::invalid_answer(message))
        })?;
        let mut response = HttpResponse::new(reply.status, body).from_url(&request.url);
        response.headers = reply.headers;
        Ok(response)
    }

    fn request_failure(&mut self, url: &Url, error: &HttpError) -> Failure {
        let kind = match error {
            HttpError::TooLarge => FailureKind::InvalidAnswer,
            HttpError::NotSecure | HttpError::ForbiddenAddress => FailureKind::Refused,
            it if it.is_timeout() => FailureKind::TimedOut,
            _ => FailureKind::Unreachable,
        };
        let why = format!("{} {error}", address(url));
        let failure = Failure::new(kind, format!("Cannot reach {}: {why}.", self.entry.name()));
        if matches!(kind, FailureKind::Unreachable | FailureKind::TimedOut) {
            self.record_outage(Some(why));
            let suggestion = error.next(&authority(url), &self.entry.command());
            return self.with_cause(failure, Cause::Network(suggestion));
        }
        failure
    }

    /// The timeout of a request: at most the time until the deadline.
    fn fetch_timeout(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now()).min(self.fetch_limit)
    }
}

/// The URL as it is shown: without the query, which may contain a secret.
fn address(url: &Url) -> Line {
    let path = if url.path() == "/" { "" } else { url.path() };
    Line::new(format!("{}://{}{path}", url.scheme(), authority(url)))
}
