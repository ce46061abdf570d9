//! A minimal HTTP client for tests that act as an attacker or a script: the test controls every byte.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::machine::timeouts;
use crate::net::forwarder::FORWARDED;
use crate::net::http_server::find;
use crate::net::url::Url;

/// The address to which `localhost` resolves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Localhost {
    #[default]
    V4,
    V6,
    /// As `V4`, on a computer that forwards this port by a `Forwarder`.
    Forwarding(u16),
}

impl Localhost {
    fn address(self, url: &Url) -> SocketAddr {
        let ip = match (url.host.parse::<IpAddr>(), self) {
            (_, Self::Forwarding(port)) if port == url.port => FORWARDED.into(),
            (Ok(ip), _) => ip,
            (Err(_), Self::V4 | Self::Forwarding(_)) => Ipv4Addr::LOCALHOST.into(),
            (Err(_), Self::V6) => Ipv6Addr::LOCALHOST.into(),
        };
        assert!(ip.is_loopback(), "a test should stay on loopback, not connect to {ip}");
        SocketAddr::new(ip, url.port)
    }
}

/// A request to send. Every host name resolves to loopback; `.host(…)` sets only the header.
#[derive(Debug, Clone)]
pub struct RequestBuilder {
    url: Url,
    method: String,
    host: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    localhost: Localhost,
}

/// A GET request for this URL with only a Host header.
#[track_caller]
#[must_use]
pub fn get(url: &str) -> RequestBuilder {
    RequestBuilder::of(Url::parse(url))
}

impl RequestBuilder {
    pub(crate) fn of(url: Url) -> Self {
        Self {
            host: url.authority(),
            url,
            method: "GET".into(),
            headers: vec![],
            body: vec![],
            localhost: Localhost::V4,
        }
    }

    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        method.clone_into(&mut self.method);
        self
    }

    /// Sets the Host header; an empty value leaves it out.
    #[must_use]
    pub fn host(mut self, host: &str) -> Self {
        host.clone_into(&mut self.host);
        self
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    #[must_use]
    pub fn over(mut self, localhost: Localhost) -> Self {
        self.localhost = localhost;
        self
    }

    /// Sends the request and returns the response. Redirects are not followed.
    #[track_caller]
    #[must_use]
    pub fn send(self) -> Response {
        let url = self.url.to_string();
        self.try_send().unwrap_or_else(|error| panic!("{url} should respond: {error}"))
    }

    /// As `send`, but returns an error if there is no response.
    pub fn try_send(self) -> io::Result<Response> {
        let mut connection = RawConnection::connect(self.localhost.address(&self.url))?;
        connection.send(&self.bytes())?;
        Response::parse(&connection.receive()?, self.method == "HEAD")
    }

    /// The bytes of the request, for a test that changes them or sends them in pieces.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.url.target);
        if !self.host.is_empty() {
            head += &format!("Host: {}\r\n", self.host);
        }
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        if !self.body.is_empty() {
            head += &format!("Content-Length: {}\r\n", self.body.len());
        }
        head += "Connection: close\r\n\r\n";
        [head.as_bytes(), &self.body].concat()
    }
}

/// A TCP connection on which a test sends any bytes, in any pieces.
#[derive(Debug)]
pub struct RawConnection {
    stream: TcpStream,
    deadline: Instant,
}

impl RawConnection {
    /// Connects to the server of this URL.
    #[track_caller]
    #[must_use]
    pub fn to(url: &str, localhost: Localhost) -> Self {
        let connection = Self::connect(localhost.address(&Url::parse(url)));
        connection.unwrap_or_else(|error| panic!("{url} should accept a connection: {error}"))
    }

    fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, timeouts::WAIT)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, deadline: Instant::now() + timeouts::WAIT })
    }

    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.set_write_timeout(Some(timeouts::WAIT))?;
        self.stream.write_all(bytes)
    }

    /// Closes the sending half; the response can still be read.
    pub fn close_sending(&self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)
    }

    /// Ends the connection with a reset (RST), not with a close.
    pub fn reset(self) -> io::Result<()> {
        Ok(rustix::net::sockopt::set_socket_linger(&self.stream, Some(Duration::ZERO))?)
    }

    /// Reads until the server closes, or until a response with Content-Length is complete.
    pub fn receive(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut buffer = [0; 16 * 1024];
        loop {
            if !timeouts::readable(&self.stream, self.deadline) {
                let so_far = String::from_utf8_lossy(&bytes).into_owned();
                let why = format!("the response did not end in time; so far {so_far:?}");
                return Err(io::Error::new(io::ErrorKind::TimedOut, why));
            }
            match self.stream.read(&mut buffer) {
                Ok(0) => return Ok(bytes),
                Ok(count) => bytes.extend_from_slice(&buffer[..count]),
                // A server may close while the request is sent: what it sent before counts.
                Err(_) if !bytes.is_empty() => return Ok(bytes),
                Err(error) => return Err(error),
            }
            if is_complete(&bytes) {
                return Ok(bytes);
            }
        }
    }
}

/// An HTTP response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// In order, names as sent.
    pub headers: Vec<(String, String)>,
    /// As text: every page in these tests is text.
    pub body: String,
}

impl Response {
    /// The first header of this name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, |header| header.eq_ignore_ascii_case(name))
    }

    /// Every header of this name.
    #[must_use]
    pub fn all(&self, name: &str) -> Vec<&str> {
        let all = self.headers.iter().filter(|(header, _)| header.eq_ignore_ascii_case(name));
        all.map(|(_, value)| value.as_str()).collect()
    }

    pub(crate) fn parse(bytes: &[u8], is_head: bool) -> io::Result<Self> {
        let bad = |why: &str| {
            let seen = String::from_utf8_lossy(bytes).into_owned();
            io::Error::new(io::ErrorKind::InvalidData, format!("{why}: {seen:?}"))
        };
        if bytes.is_empty() {
            let why = "the connection was closed without a response";
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, why));
        }
        let (status, headers, start) = head(bytes).ok_or_else(|| bad("not an HTTP response"))?;
        let mut response = Self { status, headers, body: String::new() };
        let mut body = bytes[start..].to_vec();
        if response.header("transfer-encoding").is_some_and(|coding| coding.contains("chunked")) {
            body = dechunked(&body).ok_or_else(|| bad("bad chunks"))?;
        } else if let Some(length) = response.header("content-length") {
            let length: usize = length.parse().map_err(|_| bad("bad length"))?;
            if body.len() != length && !is_head {
                return Err(bad("the body has another length than Content-Length"));
            }
        }
        response.body = String::from_utf8_lossy(&body).into_owned();
        Ok(response)
    }
}

type Head = (u16, Vec<(String, String)>, usize);

/// Status, headers, and the start of the body; `None` if the head is not complete.
fn head(bytes: &[u8]) -> Option<Head> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let mut lines = str::from_utf8(&bytes[..end]).ok()?.split("\r\n");
    let status = lines.next()?.strip_prefix("HTTP/1.")?.get(2..5)?.parse().ok()?;
    let headers = lines.map(|line| line.split_once(':'));
    let headers = headers.map(|pair| pair.map(|(name, value)| (name.into(), value.trim().into())));
    Some((status, headers.collect::<Option<_>>()?, end + 4))
}

fn is_complete(bytes: &[u8]) -> bool {
    let Some((_, headers, start)) = head(bytes) else {
        return false;
    };
    let length = find(&headers, |header| header.eq_ignore_ascii_case("content-length"));
    length
        .and_then(|length| length.parse().ok())
        .is_some_and(|length| bytes.len() - start >= length)
}

fn dechunked(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = bytes.windows(2).position(|two| two == b"\r\n")?;
        let size = str::from_utf8(&bytes[..end]).ok()?.split(';').next()?;
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(bytes.get(end + 2..end + 2 + size)?);
        bytes = bytes.get(end + 2 + size + 2..)?;
    }
}
