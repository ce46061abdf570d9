//! Transfers with a server that follows a script, over a checked connection and by a client of reqwest.

use std::io::{self, PipeReader, PipeWriter, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use super::*;
use crate::net::MAX_HEAD;

const TIMEOUT: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(20);

/// How a request is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Checked,
    Client,
}

const WAYS: [Way; 2] = [Way::Checked, Way::Client];

/// A server that does this with its only connection.
fn serve<T: Send + 'static>(
    script: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (Url, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}/a?b", listener.local_addr().unwrap())).unwrap();
    (url, thread::spawn(move || script(listener.accept().unwrap().0)))
}

/// Reads the head of a request and not a byte more.
fn head(connection: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        connection.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

fn transfer(url: &Url, body: Body) -> Transfer<'_> {
    let (method, recipient) = (Method::POST, Recipient::Server);
    Transfer { method, url, headers: &[], body, timeout: TIMEOUT, idle: Some(TIMEOUT), recipient }
}

fn open(way: Way, transfer: Transfer<'_>) -> Result<Incoming, HttpError> {
    let http = Http::trusting(None, None).unwrap();
    match way {
        Way::Checked => http.open(transfer),
        Way::Client => http.attempt(transfer.url, transfer.timeout, |failed| {
            by_client::open(http.builder(None, transfer.recipient)?, transfer, failed)
        }),
    }
}

fn reader(reader: impl Read + Send + 'static, length: Option<u64>) -> Body {
    Body::Reader { reader: Box::new(reader), length }
}

/// What can be read, and the error after it.
fn read(incoming: &mut Incoming) -> (String, Option<HttpError>) {
    let mut bytes = Vec::new();
    let result = incoming.read_to_end(&mut bytes);
    (String::from_utf8_lossy(&bytes).into_owned(), result.err().map(|it| Incoming::error(&it)))
}

fn part(incoming: &mut Incoming) -> String {
    let mut buffer = [0; 100];
    let length = incoming.read(&mut buffer).unwrap();
    String::from_utf8(buffer[..length].to_vec()).unwrap()
}

/// A pipe with these bytes that stays open.
fn pipe(bytes: &[u8]) -> (PipeReader, PipeWriter) {
    let (reader, mut writer) = io::pipe().unwrap();
    writer.write_all(bytes).unwrap();
    (reader, writer)
}

#[test]
fn a_part_of_a_response_is_read_before_the_next_one_is_sent() {
    for way in WAYS {
        for (head_of, first, second) in [
            ("Content-Length: 4", "ab", "cd"),
            ("Transfer-Encoding: chunked", "2\r\nab\r\n", "2\r\ncd\r\n0\r\n\r\n"),
            ("Connection: close", "ab", "cd"),
        ] {
            let (go, gone) = mpsc::channel();
            let (url, serving) = serve(move |mut connection| {
                head(&mut connection);
                write!(connection, "HTTP/1.1 200 OK\r\n{head_of}\r\n\r\n").unwrap();
                for text in [first, second] {
                    gone.recv().unwrap();
                    write!(connection, "{text}").unwrap();
                }
            });
            let mut incoming = open(way, transfer(&url, Body::None)).unwrap();
            assert_eq!(incoming.status, 200);
            for expected in ["ab", "cd"] {
                go.send(()).unwrap();
                assert_eq!(part(&mut incoming), expected, "{way:?} {head_of}");
            }
            assert_eq!(read(&mut incoming), (String::new(), None));
            serving.join().unwrap();
        }
    }
}

#[test]
fn a_response_is_passed_on_as_it_is_and_its_false_end_is_an_error() {
    let dropped = Some(HttpError::Dropped);
    let chunked = "Transfer-Encoding: chunked\r\n\r\n";
    let too_large = format!("X: {}\r\n\r\n", "a".repeat(MAX_HEAD));
    for way in WAYS {
        for (status, rest, expected, error) in [
            (200, "Content-Length: 3\r\n\r\nab", "ab", dropped.clone()),
            (200, "Content-Length: 2\r\n\r\nabc", "ab", None),
            (200, &format!("{chunked}2\r\nab\r\n5\r\nc"), "abc", dropped.clone()),
            (200, &format!("{chunked}2\r\nab\r\n"), "ab", dropped.clone()),
            (302, "Location: /elsewhere\r\nContent-Length: 1\r\n\r\na", "a", None),
            (200, "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x1e", "\x1f\x1e", None),
            (204, "\r\n", "", None),
            (500, "\r\nab", "ab", None),
        ] {
            let answer = format!("HTTP/1.1 {status} Some\r\n{rest}");
            let (url, serving) = serve(move |mut connection| {
                head(&mut connection);
                connection.write_all(answer.as_bytes()).unwrap();
            });
            let mut incoming = open(way, transfer(&url, Body::None)).unwrap();
            assert_eq!(incoming.status, status);
            assert_eq!(read(&mut incoming), (expected.to_owned(), error), "{way:?} {rest}");
            serving.join().unwrap();
        }
        for (rest, why) in
            [(&*too_large, "message head is too large"), ("no header\r\n\r\n", "invalid HTTP")]
        {
            let answer = format!("HTTP/1.1 200 OK\r\n{rest}");
            let (url, serving) = serve(move |mut connection| {
                head(&mut connection);
                let _ = connection.write_all(answer.as_bytes());
            });
            let error = open(way, transfer(&url, Body::None)).err();
            let is = matches!(&error, Some(HttpError::Other(text)) if text.contains(why));
            assert!(is, "{way:?} {why} {error:?}");
            serving.join().unwrap();
        }
        let (url, _serving) = serve(move |mut connection| {
            head(&mut connection);
            write!(connection, "HTTP/1.1 200 OK\r\n{chunked}2\r\nab\r\nno number\r\n").unwrap();
        });
        let mut incoming = open(way, transfer(&url, Body::None)).unwrap();
        assert_eq!(incoming.headers, [("transfer-encoding".to_owned(), "chunked".to_owned())]);
        let (text, error) = read(&mut incoming);
        assert_eq!(text, "ab");
        assert!(matches!(&error, Some(HttpError::Other(why)) if why.contains("size")), "{error:?}");
    }
}

#[test]
fn a_request_has_the_length_of_its_body_or_is_sent_in_chunks() {
    let given = |name: &str| (name.to_owned(), "7".to_owned());
    let headers = [given("X-Own"), given("Content-Length"), given("Transfer-Encoding")];
    let ab = || &b"ab"[..];
    for way in WAYS {
        for (method, body, line, sent) in [
            (Method::GET, Body::None, None, ""),
            (Method::DELETE, Body::None, None, ""),
            (Method::POST, Body::None, Some("content-length: 0"), ""),
            (Method::PUT, Body::Bytes(Vec::new()), Some("content-length: 0"), ""),
            (Method::POST, Body::Bytes(b"ab".to_vec()), Some("content-length: 2"), "ab"),
            (Method::GET, Body::Bytes(b"ab".to_vec()), Some("content-length: 2"), "ab"),
            (Method::PATCH, reader(ab(), Some(2)), Some("content-length: 2"), "ab"),
            (Method::POST, reader(ab(), Some(1)), Some("content-length: 1"), "a"),
            (Method::POST, reader(ab(), Some(0)), Some("content-length: 0"), ""),
            (
                Method::POST,
                reader(ab(), None),
                Some("transfer-encoding: chunked"),
                "2\r\nab\r\n0\r\n\r\n",
            ),
            (
                Method::GET,
                reader(io::empty(), None),
                Some("transfer-encoding: chunked"),
                "0\r\n\r\n",
            ),
        ] {
            let (url, serving) = serve(move |mut connection| {
                let head = head(&mut connection);
                let mut body = vec![0; sent.len()];
                connection.read_exact(&mut body).unwrap();
                connection.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
                let more = connection.read(&mut [0]).unwrap();
                (head, String::from_utf8(body).unwrap(), more)
            });
            let first = format!("{method} /a?b HTTP/1.1");
            let transfer = Transfer { method, headers: &headers, ..transfer(&url, body) };
            assert_eq!(open(way, transfer).unwrap().status, 204);
            let (head, body, more) = serving.join().unwrap();
            let mut lines: Vec<_> = head.trim_end().split("\r\n").collect();
            lines[1..].sort_unstable();
            let (host, agent) =
                (format!("host: {}", authority(&url)), format!("user-agent: {AGENT}"));
            let mut expected = vec![&*first, "accept: */*", &host, &agent, "x-own: 7"];
            expected.extend(line);
            expected[1..].sort_unstable();
            assert_eq!(lines, expected, "{way:?}");
            assert_eq!((body.as_str(), more), (sent, 0), "{way:?} {first}");
        }
    }
}

/// Counts what was read from it, and never ends.
struct Counted(Arc<AtomicUsize>);

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.fetch_add(buffer.len(), Ordering::SeqCst);
        Ok(buffer.len())
    }
}

/// More than all buffers of the system hold, in bytes.
const BUFFERS: usize = 32 << 20;

#[test]
fn a_body_is_not_read_further_ahead_than_buffers_hold_in_either_direction() {
    let total = 3 * BUFFERS;
    for way in WAYS {
        let (given, sent) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (is_read, is_sent) = (Arc::clone(&given), Arc::clone(&sent));
        let (url, serving) = serve(move |mut connection| {
            head(&mut connection);
            let mut buffer = vec![0; 1 << 16];
            let mut received = 0;
            while received < total {
                received += connection.read(&mut buffer).unwrap();
                assert!(is_read.load(Ordering::SeqCst) < received + BUFFERS, "{way:?}");
            }
            connection.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            while connection.write_all(&buffer).is_ok() {
                is_sent.fetch_add(buffer.len(), Ordering::SeqCst);
            }
        });
        let mut incoming = open(way, transfer(&url, reader(Counted(given), None))).unwrap();
        let mut buffer = vec![0; 1 << 16];
        let mut received = 0;
        while received < total {
            received += incoming.read(&mut buffer).unwrap();
            assert!(sent.load(Ordering::SeqCst) < received + BUFFERS, "{way:?}");
        }
        drop(incoming);
        serving.join().unwrap();
    }
}

#[test]
fn a_response_that_comes_before_the_end_of_the_request_is_returned_and_the_rest_is_not_sent() {
    for way in WAYS {
        for (length, first) in [(None, "2\r\nab\r\n"), (Some(9), "ab")] {
            let (go, gone) = mpsc::channel();
            let (url, serving) = serve(move |mut connection| {
                head(&mut connection);
                let mut body = vec![0; first.len()];
                connection.read_exact(&mut body).unwrap();
                let answer = "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\na";
                connection.write_all(answer.as_bytes()).unwrap();
                gone.recv().unwrap();
                connection.write_all(b"b").unwrap();
                let mut rest = Vec::new();
                connection.read_to_end(&mut rest).unwrap();
                (String::from_utf8(body).unwrap(), rest)
            });
            let (input, mut writer) = pipe(b"ab");
            let mut incoming = open(way, transfer(&url, reader(input, length))).unwrap();
            assert_eq!((incoming.status, part(&mut incoming)), (413, "a".into()));
            writer.write_all(b"cd").unwrap();
            go.send(()).unwrap();
            assert_eq!(read(&mut incoming), ("b".into(), None));
            drop(incoming);
            assert_eq!(serving.join().unwrap(), (first.to_owned(), Vec::new()), "{way:?}");
        }
    }
}

#[test]
fn a_response_of_a_server_that_closes_before_it_has_read_the_request_is_received() {
    for _ in 0..20 {
        let (url, serving) = serve(|mut connection| {
            head(&mut connection);
            // What is not read makes the system reset the connection.
            connection.peek(&mut [0]).unwrap();
            let answer = "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nabc";
            connection.write_all(answer.as_bytes()).unwrap();
        });
        let body = reader(io::repeat(0), None);
        let mut incoming = open(Way::Checked, transfer(&url, body)).unwrap();
        serving.join().unwrap();
        assert_eq!((incoming.status, read(&mut incoming)), (413, ("abc".into(), None)));
    }
}

/// Fails after two bytes.
struct Failing(bool);

impl Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match std::mem::replace(&mut self.0, true) {
            false => (&b"ab"[..]).read(buffer),
            true => Err(io::Error::other("no paper")),
        }
    }
}

#[test]
fn an_input_that_fails_or_is_too_short_is_an_error_and_the_request_has_no_end() {
    let short = "it ended 3 bytes before its length";
    for way in WAYS {
        for (body, why, received) in [
            (reader(Failing(false), None), "no paper", "2\r\nab\r\n"),
            (reader(Failing(false), Some(5)), "no paper", "ab"),
            (reader(&b"ab"[..], Some(5)), short, "ab"),
        ] {
            let (url, serving) = serve(|mut connection| {
                let mut request = String::new();
                connection.read_to_string(&mut request).unwrap();
                request
            });
            let error = open(way, transfer(&url, body)).err();
            assert_eq!(error, Some(HttpError::Input(why.into())), "{way:?}");
            // The client may close before it has sent what it read.
            let request = serving.join().unwrap();
            let sent = request.split_once("\r\n\r\n").map_or("", |(_, body)| body);
            assert!(received.starts_with(sent), "{way:?} {why} {sent}");
        }
    }
}

#[test]
fn an_input_is_not_read_before_there_is_a_connection() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = Url::parse(&format!("http://{closed}")).unwrap();
    for way in WAYS {
        let count = Arc::new(AtomicUsize::new(0));
        let body = reader(Counted(Arc::clone(&count)), None);
        assert_eq!(open(way, transfer(&url, body)).err(), Some(HttpError::Refused), "{way:?}");
        // The reader is gone, so that nothing reads from it later.
        assert_eq!((Arc::strong_count(&count), count.load(Ordering::SeqCst)), (1, 0), "{way:?}");
    }
}

#[test]
fn a_silent_server_is_given_up_at_the_timeout_and_a_silent_body_after_its_idle_time() {
    for way in WAYS {
        let (url, serving) = serve(|mut connection| {
            head(&mut connection);
            let _ = connection.read(&mut [0]);
        });
        let timeout = SHORT;
        let error = open(way, Transfer { timeout, ..transfer(&url, Body::None) }).err();
        assert_eq!(error, Some(HttpError::TimedOut(SHORT)), "{way:?}");
        serving.join().unwrap();
        let (url, serving) = serve(|mut connection| {
            head(&mut connection);
            connection.write_all(b"HTTP/1.1 200 OK\r\n\r\nab").unwrap();
            let _ = connection.read(&mut [0]);
        });
        let idle = Some(SHORT);
        let mut incoming = open(way, Transfer { idle, ..transfer(&url, Body::None) }).unwrap();
        let expected = ("ab".into(), Some(HttpError::TimedOut(SHORT)));
        assert_eq!(read(&mut incoming), expected, "{way:?}");
        drop(incoming);
        serving.join().unwrap();
    }
}
