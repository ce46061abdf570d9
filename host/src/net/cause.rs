//! The cause of a failed request: it maps an error of reqwest, hyper or TLS to an [`HttpError`].

use std::error::Error;
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use reqwest::Url;

use super::certificate_error::CertificateError;
use super::http_error::{HttpError, ProxyError};
use super::proxy::Proxy;
use super::server_port;
use super::url::{addresses, is_loopback};

/// For asking a port on this computer whether it speaks plain HTTP.
const PROBE_TIMEOUT: Duration = Duration::from_millis(500);

/// The request that failed: its URL, its proxy, its timeout, and the user whose ports on loopback may be used.
pub struct FailedRequest<'a> {
    pub url: &'a Url,
    pub proxy: Option<&'a Proxy>,
    pub timeout: Duration,
    pub server_user: Option<u32>,
}

impl FailedRequest<'_> {
    /// reqwest received no response.
    pub fn no_response(&self, error: &reqwest::Error) -> HttpError {
        match self.of_chain(error.source()) {
            Ok(error) => error,
            Err(_) if error.is_timeout() => self.timed_out(),
            Err(text) => HttpError::Other(text),
        }
    }

    /// No response was received on a connection of this program.
    pub fn no_response_here(&self, error: &(dyn Error + 'static)) -> HttpError {
        self.of_chain(Some(error)).unwrap_or_else(HttpError::Other)
    }

    /// The first error of a chain that tells the cause, else the text of the last one.
    fn of_chain(&self, mut next: Option<&(dyn Error + 'static)>) -> Result<HttpError, String> {
        let mut text = String::new();
        while let Some(error) = next {
            text = error.to_string();
            let io = error.downcast_ref::<io::Error>();
            if let Some(known) = io.and_then(|it| self.of_io(it)).or_else(|| self.of_text(&text)) {
                return Ok(known);
            }
            next = error.source();
        }
        Err(text)
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

    /// The time is up.
    pub fn timed_out(&self) -> HttpError {
        match self.proxy {
            Some(_) => self.proxy_error(ProxyError::TimedOut(self.timeout)),
            None if self.url.scheme() == "https" && self.speaks_plain_http() => HttpError::NotTls,
            None => HttpError::TimedOut(self.timeout),
        }
    }

    /// Whether the server speaks plain HTTP: such a server may take the TLS handshake for an unfinished request
    /// and never respond. Only servers on this computer are asked, so that no other host receives a request in
    /// plain text.
    fn speaks_plain_http(&self) -> bool {
        let probe = |address| -> Option<[u8; 5]> {
            let mut stream = TcpStream::connect_timeout(&address, PROBE_TIMEOUT).ok()?;
            server_port::check(&stream, self.server_user).ok()?;
            stream.set_read_timeout(Some(PROBE_TIMEOUT)).ok()?;
            let request = b"HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            stream.write_all(request).ok()?;
            let mut start = [0; 5];
            stream.read_exact(&mut start).ok().map(|()| start)
        };
        let speaks = |address| probe(address).is_some_and(|start| &start == b"HTTP/");
        is_loopback(self.url) && addresses(self.url).is_ok_and(|all| all.into_iter().any(speaks))
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
