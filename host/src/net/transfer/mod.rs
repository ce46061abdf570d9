//! A transfer: a request whose body is read while it is sent, and a response whose body is read while it comes. Neither is
//! held in memory as a whole.

mod by_client;
pub mod incoming;
pub mod upload;

use std::io::Read;
use std::time::{Duration, Instant};

use hyper::header::{
    ACCEPT, CONTENT_LENGTH, HOST, HeaderMap, HeaderValue, TRANSFER_ENCODING, USER_AGENT,
};
use reqwest::{Method, Url};

use self::incoming::{Incoming, Limit};
use self::upload::Upload;
use super::cause::FailedRequest;
use super::url::{authority, is_loopback};
use super::{AGENT, Http, HttpError, Recipient, checked_connection, server_port, tls};

/// A request.
pub struct Transfer<'a> {
    pub method: Method,
    pub url: &'a Url,
    /// `Host`, `Content-Length` and `Transfer-Encoding` are replaced by those of the URL and the body.
    pub headers: &'a [(String, String)],
    pub body: Body,
    /// From the name look-up to the end of the response's head. While a [`Body::Reader`] is sent, it begins anew with each
    /// part that is sent, and does not end while the reader is waited for.
    pub timeout: Duration,
    /// The longest time without a byte of the response's body; none for a stream of events.
    pub idle: Option<Duration>,
    pub recipient: Recipient,
}

/// The body of a request.
pub enum Body {
    None,
    Bytes(Vec<u8>),
    /// What another thread reads after the connection was made, a little ahead of what is sent. That thread may still be
    /// blocked in the reader when the response has come; it keeps no process from exiting.
    Reader {
        reader: Box<dyn Read + Send>,
        /// In bytes. A longer reader is not read to its end; a shorter one is an [`HttpError::Input`]. A body without a
        /// length is sent in chunks.
        length: Option<u64>,
    },
}

impl Http {
    /// Sends one request, and returns the response as soon as its head has come. Then nothing more of the request's body is
    /// sent. A response of any status is a success, and no redirect is followed.
    ///
    /// # Errors
    /// [`HttpError`] if no head was received; [`HttpError::Input`] if the reader of the body failed.
    pub fn open(&self, transfer: Transfer<'_>) -> Result<Incoming, HttpError> {
        self.attempt(transfer.url, transfer.timeout, |failed| match is_loopback(transfer.url) {
            true => {
                let limit = Limit::Idle(transfer.idle);
                self.open_on_loopback(transfer, limit, failed)
            }
            false => {
                let client = self.builder(failed.proxy, transfer.recipient)?;
                by_client::open(client, transfer, failed)
            }
        })
    }

    /// Sends one request to loopback, after it was checked whose the port is.
    pub(super) fn open_on_loopback(
        &self,
        transfer: Transfer<'_>,
        limit: Limit,
        failed: &FailedRequest<'_>,
    ) -> Result<Incoming, HttpError> {
        let began = Instant::now();
        let tls = (transfer.url.scheme() == "https").then(|| tls::config(&self.authorities));
        let tls = tls.transpose().map_err(HttpError::other)?;
        let connection = server_port::connect(transfer.url)?;
        server_port::check(&connection, self.server_user)?;
        checked_connection::open(connection, tls, transfer, began, limit, failed)
    }
}

impl Transfer<'_> {
    /// The request as it is sent to this target, and its body.
    pub(super) fn message(
        self,
        target: &str,
        began: Instant,
    ) -> Result<hyper::Request<Upload>, hyper::http::Error> {
        let mut message = hyper::Request::builder().method(&self.method).uri(target);
        for (name, value) in self.headers {
            message = message.header(name, value);
        }
        let length = self.body.length();
        let mut message = message.body(Upload::of(self.body, began))?;
        let headers = message.headers_mut();
        headers.insert(HOST, authority(self.url).parse()?);
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
        headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(AGENT));
        frame(headers, &self.method, &length);
        Ok(message)
    }
}

/// How the end of the body is found (RFC 9112, section 6). hyper would send no body of unknown length with GET.
fn frame(headers: &mut HeaderMap, method: &Method, length: &Length) {
    headers.remove(CONTENT_LENGTH);
    headers.remove(TRANSFER_ENCODING);
    let has_meaning = [Method::POST, Method::PUT, Method::PATCH].contains(method);
    match length {
        Length::Unknown => {
            headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
        Length::Known(length) => {
            headers.insert(CONTENT_LENGTH, (*length).into());
        }
        Length::NoBody if has_meaning => {
            headers.insert(CONTENT_LENGTH, 0.into());
        }
        Length::NoBody => {}
    }
}

enum Length {
    NoBody,
    Known(u64),
    Unknown,
}

impl Body {
    fn length(&self) -> Length {
        match self {
            Self::None => Length::NoBody,
            Self::Bytes(bytes) => Length::Known(bytes.len() as u64),
            Self::Reader { length: Some(length), .. } => Length::Known(*length),
            Self::Reader { length: None, .. } => Length::Unknown,
        }
    }
}

#[cfg(test)]
mod tests;
