//! A response whose head has come, and whose body is received as it is read.

use std::error::Error;
use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind, Read};
use std::pin::{Pin, pin};
use std::time::{Duration, Instant};

use hyper::StatusCode;
use hyper::body::{Body as _, Bytes};
use hyper::header::HeaderMap;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout_at;

use super::upload::Progress;
use crate::net::cause::FailedRequest;
use crate::net::{HttpError, MAX_BODY, MAX_HEAD, Reply};

/// A response. A read waits until there is a part of the body, or its end. The error of a read holds an [`HttpError`], which
/// [`Incoming::error`] returns. Nothing is received while nothing is read.
#[expect(missing_debug_implementations, reason = "its body may hold a token")]
pub struct Incoming {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    body: Stream,
    /// Received and not yet read.
    part: Bytes,
    limit: Limit,
    runtime: Driver,
}

/// Where the body comes from.
pub enum Stream {
    /// A connection that was checked.
    Checked(hyper::body::Incoming),
    Client(reqwest::Response),
}

/// How long the body is waited for.
pub enum Limit {
    /// For a byte.
    Idle(Option<Duration>),
    /// For the whole body: until when, and the timeout that is told.
    Until(Instant, Duration),
}

/// The runtime of one request. It works only while it is waited for.
pub struct Driver(Option<Runtime>);

impl Drop for Driver {
    fn drop(&mut self) {
        // Otherwise it would wait for a name look-up that is still running.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Driver {
    pub fn new() -> Result<Self, HttpError> {
        // One step of a task between two looks at the timers. A server that sends informational responses without end keeps
        // a task busy, and by default that goes on for 61 steps.
        let mut runtime = Builder::new_current_thread();
        let runtime = runtime.enable_all().event_interval(1).build().map_err(HttpError::other)?;
        Ok(Self(Some(runtime)))
    }

    fn wait<F: Future>(&self, future: F) -> Result<F::Output, HttpError> {
        match &self.0 {
            Some(runtime) => Ok(runtime.block_on(future)),
            None => Err(HttpError::Other("the connection is closed".into())),
        }
    }

    /// Waits for the head of a response.
    pub fn receive(
        self,
        response: impl Future<Output = Result<(StatusCode, HeaderMap, Stream), HttpError>>,
        progress: &Progress,
        (timeout, limit): (Duration, Limit),
        failed: &FailedRequest<'_>,
    ) -> Result<Incoming, HttpError> {
        let Some(response) = self.wait(in_time(response, progress, timeout))? else {
            return Err(FailedRequest { timeout, ..*failed }.timed_out());
        };
        let (status, headers, body) =
            response.map_err(|error| progress.failure().unwrap_or(error))?;
        progress.end();
        // hyper reads a little more, and much more in reqwest.
        let length = headers.iter().map(|(name, value)| name.as_str().len() + value.len());
        if length.sum::<usize>() > MAX_HEAD {
            return Err(HttpError::Other("message head is too large".into()));
        }
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let headers = headers.iter();
        let headers =
            headers.map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect();
        let (status, part) = (status.as_u16(), Bytes::new());
        Ok(Incoming { status, headers, body, part, limit, runtime: self })
    }
}

/// The output, unless the server is waited for longer than that.
async fn in_time<F: Future>(
    future: F,
    progress: &Progress,
    timeout: Duration,
) -> Option<F::Output> {
    let mut future = pin!(future);
    loop {
        if let Ok(output) = timeout_at(progress.deadline(timeout).into(), &mut future).await {
            return Some(output);
        }
        if progress.deadline(timeout) <= Instant::now() {
            return None;
        }
    }
}

impl Incoming {
    /// The error of the server or the connection that ended a read.
    pub fn error(error: &io::Error) -> HttpError {
        let inner = error.get_ref().and_then(|it| it.downcast_ref::<HttpError>());
        inner.cloned().unwrap_or_else(|| HttpError::other(error))
    }

    /// The first header of this name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// With no limit for the time without a byte, as for a stream of events.
    pub fn without_limit(mut self) -> Self {
        self.limit = Limit::Idle(None);
        self
    }

    /// The response with its body, if it is complete and not too long.
    pub fn whole(mut self) -> Result<Reply, HttpError> {
        let mut body = Vec::new();
        let mut most = (&mut self).take(MAX_BODY as u64 + 1);
        most.read_to_end(&mut body).map_err(|error| Self::error(&error))?;
        match body.len() > MAX_BODY {
            true => Err(HttpError::TooLarge),
            false => Ok(Reply { status: self.status, headers: self.headers, body }),
        }
    }

    /// The next part of the body, or none at its end.
    fn next(&mut self) -> Result<Option<Bytes>, HttpError> {
        let (until, told) = match self.limit {
            Limit::Idle(None) => (None, Duration::ZERO),
            Limit::Idle(Some(idle)) => (Some(Instant::now() + idle), idle),
            Limit::Until(until, timeout) => (Some(until), timeout),
        };
        let part = self.body.next();
        self.runtime.wait(async {
            match until {
                None => part.await,
                Some(until) => {
                    timeout_at(until.into(), part).await.unwrap_or(Err(HttpError::TimedOut(told)))
                }
            }
        })?
    }
}

impl Read for Incoming {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.part.is_empty() && !buffer.is_empty() {
            match self.next().map_err(io::Error::other)? {
                Some(part) => self.part = part,
                None => return Ok(0),
            }
        }
        let length = buffer.len().min(self.part.len());
        buffer[..length].copy_from_slice(&self.part.split_to(length));
        Ok(length)
    }
}

impl Stream {
    async fn next(&mut self) -> Result<Option<Bytes>, HttpError> {
        match self {
            Self::Client(response) => response.chunk().await.map_err(|error| broken(&error)),
            Self::Checked(body) => {
                while let Some(frame) = poll_fn(|it| Pin::new(&mut *body).poll_frame(it)).await {
                    // Trailers are no part of the body.
                    if let Ok(data) = frame.map_err(|error| broken(&error))?.into_data() {
                        return Ok(Some(data));
                    }
                }
                Ok(None)
            }
        }
    }
}

/// Why a body has no more parts and no end.
fn broken(error: &(dyn Error + 'static)) -> HttpError {
    let mut next = Some(error);
    while let Some(error) = next {
        let io = error.downcast_ref::<io::Error>();
        if io
            .is_some_and(|it| matches!(it.kind(), ErrorKind::InvalidInput | ErrorKind::InvalidData))
        {
            return HttpError::other(error);
        }
        next = error.source();
    }
    HttpError::Dropped
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use super::*;
    use crate::net::transfer::Body;
    use crate::net::transfer::upload::Upload;

    #[test]
    fn a_server_is_not_given_up_while_the_input_is_waited_for() {
        for (waits, expected) in [(true, Some(())), (false, None)] {
            let progress = Upload::of(Body::None, Instant::now()).progress();
            let mut polls = 0;
            let response = poll_fn(|_| {
                polls += 1;
                if waits {
                    progress.note(&Poll::Pending);
                }
                // Nothing wakes this but the timeout.
                if polls == 3 { Poll::Ready(()) } else { Poll::Pending }
            });
            let driver = Driver::new().unwrap();
            let timeout = Duration::from_millis(1);
            assert_eq!(driver.wait(in_time(response, &progress, timeout)), Ok(expected));
        }
    }
}
