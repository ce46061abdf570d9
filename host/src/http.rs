//! The door to HTTP: one request at a time, no redirect followed, every answer bounded.
//!
//! The client is built late and once. Loopback has a client of its own that knows no proxy.

mod tls;

use std::cell::OnceCell;
use std::error::Error as _;
use std::fmt;
use std::io::{ErrorKind, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::blocking::{Client, ClientBuilder};
use reqwest::{Method, Url, redirect};

/// The largest answer that is read, in bytes.
pub const LARGEST: usize = 1024 * 1024;

const CONNECT: Duration = Duration::from_secs(10);

/// Builds its clients when they are first needed.
#[derive(Default)]
pub struct Http {
    outward: OnceCell<&'static Client>,
    loopback: OnceCell<&'static Client>,
}

/// What is sent.
pub struct Outgoing<'a> {
    pub method: Method,
    pub url: &'a Url,
    pub headers: &'a [(String, String)],
    pub body: Option<String>,
    /// For the whole exchange, from the look-up of the name to the last byte.
    pub timeout: Duration,
}

/// What came back.
pub struct Reply {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Why nothing came back, each told apart because a person does something else about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    UnknownHost,
    Refused,
    TimedOut,
    /// The connection was closed before a whole answer came.
    Dropped,
    /// The certificate or the handshake; what rustls says of it.
    Tls(String),
    Proxy,
    TooLarge,
    /// Neither https nor http on loopback.
    NotSecure,
    Other(String),
}

impl fmt::Display for Trouble {
    /// Follows the name of the peer: "cloud.example …".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownHost => f.write_str("is not a name that can be looked up"),
            Self::Refused => f.write_str("is not answering"),
            Self::TimedOut => f.write_str("did not answer in time"),
            Self::Dropped => f.write_str("closed the connection without an answer"),
            Self::Tls(why) => write!(f, "could not prove who it is ({why})"),
            Self::Proxy => f.write_str("is behind a proxy that would not connect"),
            Self::TooLarge => f.write_str("sent more than 1 MiB"),
            Self::NotSecure => f.write_str("is neither https nor on this computer"),
            Self::Other(why) => write!(f, "could not be asked ({why})"),
        }
    }
}

/// A base address, to which paths are added: one that this program talks to, without query and fragment.
pub fn address(text: &str) -> Option<Url> {
    target(text).filter(|url| url.query().is_none() && url.fragment().is_none())
}

/// A URL that this program talks to: https, or http on loopback, without a user in it.
pub fn target(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let plain = url.username().is_empty() && url.password().is_none();
    (plain && url.host_str().is_some_and(|it| !it.is_empty()) && is_secure(&url)).then_some(url)
}

/// https anywhere, http on loopback only.
pub fn is_secure(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url))
}

/// Decided on the parsed host, in every spelling of it.
pub fn is_loopback(url: &Url) -> bool {
    match url.host_str().map(|host| host.trim_matches(['[', ']'])) {
        Some("localhost" | "localhost.") => true,
        Some(host) => match host.parse::<IpAddr>() {
            Ok(IpAddr::V4(ip)) => ip.is_loopback(),
            Ok(IpAddr::V6(ip)) => {
                ip.is_loopback() || ip.to_ipv4_mapped().is_some_and(|it| it.is_loopback())
            }
            Err(_) => false,
        },
        None => false,
    }
}

/// `host` or `host:port`, as people name a peer; the port is left out where it is the scheme's own.
pub fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

impl Http {
    /// Sends one request. Whatever the status, an answer is a success.
    ///
    /// # Errors
    /// [`Trouble`] when no whole answer came back.
    pub fn send(&self, request: Outgoing<'_>) -> Result<Reply, Trouble> {
        if !is_secure(request.url) {
            return Err(Trouble::NotSecure);
        }
        let mut builder = self
            .client(request.url)?
            .request(request.method, request.url.clone())
            .timeout(request.timeout);
        for (name, value) in request.headers {
            builder = builder.header(name, value);
        }
        if let Some(body) = request.body {
            builder = builder.body(body);
        }
        let mut answer = builder.send().map_err(|error| trouble(&error))?;
        let mut body = Vec::new();
        (&mut answer)
            .take(LARGEST as u64 + 1)
            .read_to_end(&mut body)
            .map_err(|e| broken_off(&e))?;
        if body.len() > LARGEST {
            return Err(Trouble::TooLarge);
        }
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let headers = answer.headers().iter();
        Ok(Reply {
            status: answer.status().as_u16(),
            headers: headers
                .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
                .collect(),
            body,
        })
    }

    fn client(&self, url: &Url) -> Result<&'static Client, Trouble> {
        let (cell, builder) = if is_loopback(url) {
            // Resolved here, so that no resolver can send "this computer" elsewhere.
            let here: [SocketAddr; 2] =
                [(Ipv4Addr::LOCALHOST, 0).into(), (Ipv6Addr::LOCALHOST, 0).into()];
            let builder = Client::builder().no_proxy();
            (
                &self.loopback,
                builder.resolve_to_addrs("localhost", &here).resolve_to_addrs("localhost.", &here),
            )
        } else {
            (&self.outward, Client::builder())
        };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let client = finish(builder).map_err(|error| Trouble::Other(error.to_string()))?;
        // Never dropped: that would wait for look-ups of names that nobody needs any more.
        Ok(cell.get_or_init(|| Box::leak(Box::new(client))))
    }
}

fn finish(builder: ClientBuilder) -> Result<Client, Box<dyn std::error::Error>> {
    Ok(builder
        .tls_backend_preconfigured(tls::config()?)
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT)
        .user_agent(concat!("mesheryctl/", env!("CARGO_PKG_VERSION")))
        .build()?)
}

fn trouble(error: &reqwest::Error) -> Trouble {
    let mut text = String::new();
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(error) = cause.downcast_ref::<std::io::Error>() {
            if let Some(why) = tls_error(error) {
                return Trouble::Tls(why);
            }
            match error.kind() {
                ErrorKind::ConnectionRefused => return Trouble::Refused,
                ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe => {
                    return Trouble::Dropped;
                }
                ErrorKind::TimedOut => return Trouble::TimedOut,
                _ => {}
            }
        }
        text = cause.to_string();
        match text.as_str() {
            it if it.contains("dns error") => return Trouble::UnknownHost,
            it if it.contains("tunnel error") => return Trouble::Proxy,
            it if it.contains("connection closed before message completed") => {
                return Trouble::Dropped;
            }
            _ => {}
        }
        source = cause.source();
    }
    if error.is_timeout() { Trouble::TimedOut } else { Trouble::Other(text) }
}

/// rustls' own error sits in doubly wrapped I/O errors.
fn tls_error(error: &std::io::Error) -> Option<String> {
    let inner = error.get_ref()?;
    if let Some(error) = inner.downcast_ref::<rustls::Error>() {
        return Some(error.to_string());
    }
    inner.downcast_ref::<std::io::Error>().and_then(tls_error)
}

fn broken_off(error: &std::io::Error) -> Trouble {
    let inner = error.get_ref().and_then(|it| it.downcast_ref::<reqwest::Error>());
    match inner {
        Some(inner) if inner.is_timeout() => Trouble::TimedOut,
        _ if error.kind() == ErrorKind::TimedOut => Trouble::TimedOut,
        _ => Trouble::Dropped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_known_in_every_spelling_and_nothing_else_is() {
        for yes in [
            "http://localhost:9081",
            "http://LOCALHOST",
            "http://localhost.:1",
            "http://127.0.0.1",
            "http://127.9.9.9",
            "http://0x7f.1",
            "http://2130706433",
            "http://[::1]:8",
            "http://[::ffff:127.0.0.1]",
        ] {
            assert!(address(yes).is_some(), "{yes}");
        }
        for no in [
            "http://localhost.example.org",
            "http://10.0.0.1",
            "http://127.0.0.1.example.org",
            "http://0.0.0.0",
            "http://localhost@example.org",
            "ftp://localhost",
            "https://user@example.org",
            "https://",
            "https://example.org/?a=b",
            "https://example.org/#a",
            "localhost:9081",
            "",
        ] {
            assert!(address(no).is_none(), "{no}");
        }
        assert!(address("https://example.org").is_some());
    }
}
