//! A small, strict HTTP/1.1 server on loopback.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use crate::machine::timeouts;
use crate::net::listener::Listener;
use crate::net::url::{Query, pairs};

/// One request as it was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    /// As in the request line.
    pub target: String,
    /// Without the query.
    pub path: String,
    /// Decoded, in order.
    pub query: Query,
    /// In order, names as sent.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    /// The first header of this name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, |header| header.eq_ignore_ascii_case(name))
    }

    /// The first query parameter of this name.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        find(&self.query, |param| param == name)
    }

    /// Every cookie, in order, with its value as sent.
    #[must_use]
    pub fn cookies(&self) -> Vec<(&str, &str)> {
        let headers = self.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("cookie"));
        let cookies = headers.flat_map(|(_, value)| value.split(';'));
        cookies.filter_map(|cookie| cookie.trim().split_once('=')).collect()
    }

    /// The first cookie of this name, without the double quotes that some clients add.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let value = self.cookies().into_iter().find(|(cookie, _)| *cookie == name)?.1;
        Some(value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value))
    }
}

pub(crate) fn find(pairs: &Query, is: impl Fn(&str) -> bool) -> Option<&str> {
    pairs.iter().find(|(name, _)| is(name)).map(|(_, value)| value.as_str())
}

/// The reply of a handler.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    Page {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// Closes the connection without a byte.
    Dropped,
    /// Sends nothing and leaves the connection open.
    Silent,
    /// Sends a 200 whose body never ends.
    Endless,
    /// Sends a 200 whose body comes a byte at a time and never ends.
    Slow,
    /// Sends a 200 and so many bytes.
    Bulk(u64),
    /// Sends a 200 and the beginning of a body, and leaves the connection open.
    Stops,
    /// Sends a 200 with this body and a length that is larger, and closes the connection.
    Short(Vec<u8>),
    /// Sends a 200 with this body and more bytes after it.
    Long(Vec<u8>),
    /// Sends this page twice, one after the other.
    Twice(Box<Reply>),
    /// Sends informational responses (103) without end, and no other one.
    Informational,
}

impl Reply {
    pub(crate) fn new(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("Content-Type".to_owned(), kind.to_owned())];
        Self::Page { status, headers, body: body.into() }
    }

    pub(crate) fn text(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::new(status, "text/plain; charset=utf-8", body)
    }

    pub(crate) fn json(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::new(status, "application/json", body)
    }

    pub(crate) fn html(status: u16, title: &str) -> Self {
        let page = format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><title>{title}</title><h1>{title}</h1></html>\n"
        );
        Self::new(status, "text/html; charset=utf-8", page)
    }

    pub(crate) fn redirect(location: &str) -> Self {
        Self::html(302, "Found").with("Location", location)
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        if let Self::Page { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

#[derive(Debug, Default)]
struct Record {
    requests: Mutex<Vec<Request>>,
    changed: Condvar,
}

/// A running server; it stops when dropped.
#[derive(Debug)]
pub(crate) struct HttpServer {
    listening: Listener,
    record: Arc<Record>,
}

impl HttpServer {
    /// Starts a server on a free port of 127.0.0.1.
    pub(crate) fn start(handle: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::at((Ipv4Addr::LOCALHOST, 0).into(), handle)
    }

    /// Starts a server at this address, as one does that was restarted.
    pub(crate) fn at(
        address: SocketAddr,
        handle: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let record = Arc::<Record>::default();
        let listening = Listener::at(address, {
            let record = Arc::clone(&record);
            move |stream| serve(stream, &record, &handle)
        });
        Self { listening, record }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.listening.address()
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.record.requests.lock().expect("the requests").clone()
    }

    /// The number of connections, with or without a request.
    pub(crate) fn connections(&self) -> usize {
        self.listening.connections()
    }

    /// Waits for the first request to this path.
    #[track_caller]
    pub(crate) fn wait_for(&self, path: &str) -> Request {
        let is = |request: &Request| request.path == path;
        let requests = self.record.requests.lock().expect("the requests");
        let waited = self
            .record
            .changed
            .wait_timeout_while(requests, timeouts::WAIT, |requests| !requests.iter().any(is));
        let requests = waited.expect("the requests").0.clone();
        let found = requests.iter().find(|request| is(request)).cloned();
        found
            .unwrap_or_else(|| panic!("{path} should be requested; requests so far: {requests:#?}"))
    }
}

fn serve(mut stream: TcpStream, record: &Record, handle: &dyn Fn(&Request) -> Reply) {
    let reply = match read_request(&mut stream) {
        Ok(Some(request)) => {
            record.requests.lock().expect("the requests").push(request.clone());
            record.changed.notify_all();
            let reply = handle(&request);
            if request.method == "HEAD" { without_body(reply) } else { reply }
        }
        Ok(None) => Reply::Dropped,
        Err(why) => Reply::text(400, format!("400 Bad Request: {why}\n")),
    };
    // A client may disconnect.
    let _ = answer(&mut stream, reply);
}

fn without_body(reply: Reply) -> Reply {
    match reply {
        Reply::Page { status, headers, .. } => Reply::Page { status, headers, body: Vec::new() },
        other => other,
    }
}

fn answer(stream: &mut TcpStream, reply: Reply) -> io::Result<()> {
    match reply {
        Reply::Page { status, headers, body } => {
            let mut head = format!("HTTP/1.1 {status} {}\r\n", reason(status));
            for (name, value) in headers {
                head += &format!("{name}: {value}\r\n");
            }
            head += &format!("Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            stream.write_all(head.as_bytes())?;
            stream.write_all(&body)
        }
        Reply::Dropped => Ok(()),
        Reply::Silent => stream.read(&mut [0]).map(drop),
        Reply::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")?;
            loop {
                stream.write_all(&[b' '; 16 * 1024])?;
            }
        }
        Reply::Slow => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{")?;
            loop {
                stream.write_all(b" ")?;
                thread::sleep(Duration::from_millis(50));
            }
        }
        Reply::Bulk(length) => {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n";
            stream.write_all(format!("{head}Content-Length: {length}\r\n\r\n").as_bytes())?;
            io::copy(&mut io::repeat(b'x').take(length), stream).map(drop)
        }
        Reply::Stops => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{")?;
            stream.read(&mut [0]).map(drop)
        }
        Reply::Short(body) => write_with_length(stream, &body, body.len() + 1000),
        Reply::Long(body) => {
            let length = body.len();
            write_with_length(stream, &[body, b"more".to_vec()].concat(), length)
        }
        Reply::Twice(page) => {
            answer(stream, (*page).clone())?;
            answer(stream, *page)
        }
        Reply::Informational => {
            let many = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(1024);
            loop {
                stream.write_all(many.as_bytes())?;
            }
        }
    }
}

fn write_with_length(stream: &mut TcpStream, body: &[u8], length: usize) -> io::Result<()> {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";
    stream.write_all(format!("{head}Content-Length: {length}\r\n\r\n").as_bytes())?;
    stream.write_all(body)
}

/// A request; `None` if the client connected and closed without one; or what is wrong with the request.
fn read_request(stream: &mut TcpStream) -> Result<Option<Request>, String> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        if bytes.len() > 256 * 1024 {
            return Err("head too long".into());
        }
        if !read_more(stream, &mut bytes) {
            return if bytes.is_empty() { Ok(None) } else { Err("half a request".into()) };
        }
    };
    let head = str::from_utf8(&bytes[..head_end]).map_err(|_| "a head that is not text")?;
    let mut request = parse_head(head)?;
    if request.header("transfer-encoding").is_some_and(|it| it == "chunked") {
        let mut rest = bytes.split_off(head_end + 4);
        while let Some(chunk) = read_chunk(stream, &mut rest)? {
            request.body.extend(chunk);
        }
        return Ok(Some(request));
    }
    let length = request.header("content-length").unwrap_or("0");
    let length: usize = length.parse().map_err(|_| "a bad Content-Length")?;
    let mut body = bytes.split_off(head_end + 4);
    while body.len() < length {
        if !read_more(stream, &mut body) {
            return Err("half a body".into());
        }
    }
    if body.len() > length {
        return Err("bytes after the request".into());
    }
    request.body = body;
    Ok(Some(request))
}

/// The next chunk of a body; `None` at its end.
fn read_chunk(stream: &mut TcpStream, rest: &mut Vec<u8>) -> Result<Option<Vec<u8>>, String> {
    let mut line_end = || loop {
        if let Some(at) = rest.windows(2).position(|two| two == b"\r\n") {
            return Some(at);
        }
        if !read_more(stream, rest) {
            return None;
        }
    };
    let at = line_end().ok_or("half a chunk")?;
    let size = str::from_utf8(&rest[..at]).map_err(|_| "a bad chunk")?;
    let size = usize::from_str_radix(size, 16).map_err(|_| "a bad chunk")?;
    let whole = at + 2 + size + 2;
    while rest.len() < whole {
        if !read_more(stream, rest) {
            return Err("half a chunk".into());
        }
    }
    let chunk = rest[at + 2..at + 2 + size].to_vec();
    rest.drain(..whole);
    Ok(if size == 0 { None } else { Some(chunk) })
}

fn parse_head(head: &str) -> Result<Request, String> {
    let mut lines = head.split("\r\n");
    let start: Vec<_> = lines.next().unwrap_or_default().split(' ').collect();
    let [method, target, "HTTP/1.1"] = start[..] else {
        return Err(format!("request line {start:?}"));
    };
    if !target.starts_with('/') {
        return Err(format!("target {target:?}"));
    }
    let mut headers = Vec::new();
    for line in lines {
        let (name, value) = line.split_once(':').ok_or(format!("header {line:?}"))?;
        if name.is_empty() || name.contains([' ', '\t']) {
            return Err(format!("header {line:?}"));
        }
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    if headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("host")).count() != 1 {
        return Err("not exactly one Host".into());
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Ok(Request {
        method: method.to_owned(),
        target: target.to_owned(),
        path: path.to_owned(),
        query: pairs(query),
        headers,
        body: Vec::new(),
    })
}

fn read_more(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> bool {
    let mut buffer = [0; 8 * 1024];
    match stream.read(&mut buffer) {
        Ok(0) | Err(_) => false,
        Ok(count) => {
            bytes.extend_from_slice(&buffer[..count]);
            true
        }
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        302 => "Found",
        303 => "See Other",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Unknown",
    }
}
