//! The cause of a failed request: it maps an error of reqwest to an [`HttpError`].

use std::error::Error as _;
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use reqwest::Url;

use super::certificate_error::CertificateError;
use super::http_error::{HttpError, ProxyError};
use super::proxy::Proxy;
use super::url::{addresses, is_loopback};

/// For asking a port on this computer whether it speaks plain HTTP.
const PROBE_TIMEOUT: Duration = Duration::from_millis(500);

/// The request that failed: its URL, its proxy, and its timeout.
pub struct FailedRequest<'a> {
    pub url: &'a Url,
    pub proxy: Option<&'a Proxy>,
    pub timeout: Duration,
}

impl FailedRequest<'_> {
    /// No response was received.
    pub fn no_response(&self, error: &reqwest::Error) -> HttpError {
        let mut text = String::new();
        let mut source = error.source();
        while let Some(cause) = source {
            if let Some(error) = cause.downcast_ref::<io::Error>()
                && let Some(error) = self.of_io(error)
            {
                return error;
            }
            text = cause.to_string();
            if let Some(error) = self.of_text(&text) {
                return error;
            }
            source = cause.source();
        }
        if error.is_timeout() { self.timed_out() } else { HttpError::Other(text) }
    }

    /// A response began and was not completed.
    pub fn incomplete_response(&self, error: &io::Error) -> HttpError {
        let inner = error.get_ref().and_then(|it| it.downcast_ref::<reqwest::Error>());
        let timed_out = inner.is_some_and(reqwest::Error::is_timeout);
        match timed_out || error.kind() == ErrorKind::TimedOut {
            true => self.timed_out(),
            false => HttpError::Dropped,
        }
    }

    fn of_io(&self, error: &io::Error) -> Option<HttpError> {
        if let Some(error) = tls_error(error) {
            return Some(of_tls(error));
        }
        match error.kind() {
            ErrorKind::ConnectionRefused => Some(HttpError::Refused),
            ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable => Some(HttpError::NoRoute),
            ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe => {
                Some(HttpError::Dropped)
            }
            ErrorKind::TimedOut => Some(self.timed_out()),
            _ => None,
        }
    }

    /// reqwest and hyper have no public type for these errors. The error of a tunnel precedes its cause in the chain.
    fn of_text(&self, text: &str) -> Option<HttpError> {
        if text.contains("tunnel error") {
            return Some(self.proxy_error(match text {
                it if it.contains("authorization required") => ProxyError::WantsSignIn,
                it if it.contains("underlying connection") => ProxyError::NotThere,
                it if it.contains("end of file") || it.contains("io error") => ProxyError::Dropped,
                _ => ProxyError::WouldNotConnect,
            }));
        }
        if text.contains("dns error") {
            return Some(HttpError::UnknownHost);
        }
        let closed = text.contains("connection closed before message completed");
        closed.then_some(HttpError::Dropped)
    }

    fn proxy_error(&self, what: ProxyError) -> HttpError {
        match self.proxy {
            Some(proxy) => HttpError::Proxy(proxy.name.clone(), proxy.variable, what),
            None => HttpError::Other("an unknown proxy".into()),
        }
    }

    fn timed_out(&self) -> HttpError {
        match self.proxy {
            Some(_) => self.proxy_error(ProxyError::TimedOut(self.timeout)),
            None if self.url.scheme() == "https" && speaks_plain_http(self.url) => {
                HttpError::NotTls
            }
            None => HttpError::TimedOut(self.timeout),
        }
    }
}

/// The error of rustls, which is wrapped in one or more I/O errors.
fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    let inner = error.get_ref()?;
    inner.downcast_ref().or_else(|| inner.downcast_ref::<io::Error>().and_then(tls_error))
}

fn of_tls(error: &rustls::Error) -> HttpError {
    match (CertificateError::within(error), error) {
        (Some(why), _) => HttpError::Certificate(why.clone()),
        (None, rustls::Error::InvalidMessage(_)) => HttpError::NotTls,
        (None, error) => HttpError::Tls(error.to_string()),
    }
}

/// Whether the server speaks plain HTTP: such a server may take the TLS handshake for an unfinished request
/// and never respond. Only servers on this computer are asked, so that no other host receives a request in
/// plain text.
fn speaks_plain_http(url: &Url) -> bool {
    let probe = |address| -> io::Result<[u8; 5]> {
        let mut stream = TcpStream::connect_timeout(&address, PROBE_TIMEOUT)?;
        stream.set_read_timeout(Some(PROBE_TIMEOUT))?;
        stream.write_all(b"HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut start = [0; 5];
        stream.read_exact(&mut start).map(|()| start)
    };
    let speaks = |address| probe(address).is_ok_and(|start| &start == b"HTTP/");
    is_loopback(url) && addresses(url).is_ok_and(|all| all.into_iter().any(speaks))
}
