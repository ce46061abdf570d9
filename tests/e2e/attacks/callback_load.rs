//! The callback under load and malformed requests: no crash, no wrong token, and the browser signs in.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use mesheryctl_tests::*;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::attacks::callback_rules::wait;
use crate::plugins::lifecycle::install_trusted;
use crate::sign_in::layer5::printed;

const CROWD: usize = 1000;

/// Raises the limit of open files: a thousand connections exceed the default of many systems.
fn raise_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).unwrap();
}

/// Opens connections that each send these bytes and stay open.
fn hold_connections(url: &str, bytes: &[u8]) -> Vec<RawConnection> {
    raise_file_limit();
    let one = |_| {
        let mut connection = RawConnection::to(url, Localhost::V4);
        let _ = connection.send(bytes);
        connection
    };
    (0..CROWD).map(one).collect()
}

#[test]
fn a_thousand_idle_connections_do_not_block_the_browser() {
    let huge = [b"GET / HTTP/1.1\r\nX: ".as_slice(), &[b'x'; 64 * 1024]].concat();
    let alive = b"GET /x HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n".repeat(20);
    for bytes in [&b""[..], b"G", b"GET / HTTP/1.1\r\nHost: ", &huge, &alive] {
        let home = Home::new();
        let cloud = Cloud::start();
        let waiting = wait(&home, &cloud);
        let address = waiting.at("/");
        let held = hold_connections(&address, bytes);
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !over.load(Ordering::SeqCst) {
                    // After the login there is no server.
                    let Ok(()) = get(&address).try_send().map(drop) else { return };
                }
            });
            waiting.still_signs_in(&home, &cloud);
            over.store(true, Ordering::SeqCst);
        });
        drop(held);
    }
}

#[test]
fn a_thousand_earlier_connections_do_not_block_the_result_page() {
    for crowd_first in [true, false] {
        let home = Home::new();
        install_trusted(&home, "mock-provider", "mock");
        let cloud = Cloud::start();
        let set = ["steps=callback,visit:/login,ask:Go".to_owned(), format!("url={}", cloud.url())];
        let run = home.mesheryctl().args(["system", "login", "-p", "mock", "--no-browser"]);
        let screen = run.args(["--set", &set[0], "--set", &set[1]]).on_terminal(24, 100);
        screen.wait_for("Waiting for sign-in");
        let shown = screen.contents();
        let link = printed(&shown);
        let told = shown.lines().find_map(|it| it.strip_prefix("Mock: callback gave ")).unwrap();
        let mut browser = Visitor::new();
        let _ = browser.visit(link);
        let answer = browser.visit(&format!("{told}?token=right")).response;
        assert_eq!(answer.status, 303);
        let done = Url::parse(told).join(answer.header("location").unwrap());
        // The callback is not served while the plugin waits for another ask.
        screen.wait_for("Mock: Go:");
        let held = if crowd_first { hold_connections(told, b"GET /") } else { Vec::new() };
        let mut tab = RawConnection::to(&done.to_string(), Localhost::V4);
        tab.send(&browser.request(&done).bytes()).unwrap();
        let late = if crowd_first { Vec::new() } else { hold_connections(told, b"GET /") };
        screen.press([Key::Enter]);
        let page = String::from_utf8(tab.receive().unwrap()).unwrap();
        assert!(page.starts_with("HTTP/1.1 200 ") && page.contains("Signed in to Mock."), "{page}");
        assert_eq!(screen.wait(), 0, "{screen:?}");
        drop((held, late));
    }
}

/// A pseudo-random sequence that is the same in every run (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit
    }

    fn bytes(&mut self, longest: usize) -> Vec<u8> {
        (0..self.below(longest)).map(|_| self.below(256) as u8).collect()
    }

    /// Changes, removes, repeats and inserts bytes.
    fn mutated(&mut self, request: &[u8]) -> Vec<u8> {
        let mut request = request.to_vec();
        for _ in 0..=self.below(6) {
            let at = self.below(request.len());
            match self.below(4) {
                0 => request[at] = self.below(256) as u8,
                1 => drop(request.remove(at)),
                2 => request.insert(at, b"\0\r\n :?%&=;\x7f\xff"[at % 12]),
                _ => drop(request.splice(at..at, request[at..].to_vec()).count()),
            }
        }
        request
    }
}

/// Sends these bytes; the response must be a refusal or empty.
#[track_caller]
fn assert_refused(url: &str, bytes: &[u8]) {
    let mut connection = RawConnection::to(url, Localhost::V4);
    let _ = connection.send(bytes);
    let _ = connection.close_sending();
    let said = connection.receive().unwrap_or_default();
    let shown = String::from_utf8_lossy(bytes);
    let said = String::from_utf8_lossy(&said);
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{said} to {shown:?}");
}

#[test]
fn thousands_of_malformed_requests_are_refused_and_set_no_token() {
    let home = Home::new();
    let cloud = Cloud::start();
    let waiting = wait(&home, &cloud);
    let address = waiting.at("/");
    let mut random = Random(0x006d_6573_6865_7279);
    for _ in 0..500 {
        assert_refused(&address, &random.bytes(2000));
    }
    // With the nonce but without a token, which no mutation can create.
    let good = get(&format!("{}?state=a%20b&x=%ff", waiting.nonce));
    let good = good.header("Cookie", "a=b; c=d").header("Sec-Fetch-Mode", "navigate").bytes();
    for _ in 0..2500 {
        assert_refused(&address, &random.mutated(&good));
    }
    let whole = get(&format!("{}?token=EVIL", waiting.nonce)).bytes();
    for end in 0..whole.len() {
        assert_refused(&address, &whole[..end]);
    }
    waiting.still_signs_in(&home, &cloud);
}

#[test]
fn every_malformed_request_with_the_nonce_is_refused() {
    let home = Home::new();
    let cloud = Cloud::start();
    let waiting = wait(&home, &cloud);
    let address = waiting.nonce.to_string();
    let (port, path) = (waiting.nonce.port, waiting.nonce.path().to_owned());
    let host = format!("Host: localhost:{port}\r\n");
    let line = format!("GET {path}?token=EVIL HTTP/1.1\r\n");
    let mut many = String::new();
    for index in 0..101 {
        write!(many, "X-{index}: y\r\n").unwrap();
    }
    let mut tricks = vec![
        ("no host", format!("{line}\r\n")),
        ("two hosts", format!("{line}{host}{host}\r\n")),
        ("absolute form", format!("GET {address}?token=EVIL HTTP/1.1\r\n{host}\r\n")),
        ("two slashes", format!("GET /{path}?token=EVIL HTTP/1.1\r\n{host}\r\n")),
        ("authority form", format!("CONNECT localhost:{port} HTTP/1.1\r\n{host}\r\n")),
        ("HTTP/0.9", format!("GET {path}?token=EVIL\r\n")),
        ("HTTP/2", format!("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{line}{host}\r\n")),
        ("HTTP/3", format!("GET {path}?token=EVIL HTTP/3\r\n{host}\r\n")),
        ("TLS", format!("\x16\x03\x01\x02\0\x01\0\x01\u{fc}{line}{host}\r\n")),
        ("NUL in the target", format!("GET {path}?token=EV\0IL HTTP/1.1\r\n{host}\r\n")),
        ("NUL in a header", format!("{line}{host}X: \0\r\n\r\n")),
        ("bare CR", format!("{line}{host}X: a\rb\r\n\r\n")),
        ("folded header", format!("{line}Host:\r\n localhost:{port}\r\n\r\n")),
        ("blank before the colon", format!("{line}Host : localhost:{port}\r\n\r\n")),
        ("101 headers", format!("{line}{host}{many}\r\n")),
        ("two origins", format!("{line}{host}Origin: a\r\nOrigin: b\r\n\r\n")),
        ("a form", format!("POST {path}?token=EVIL HTTP/1.1\r\n{host}Content-Length: 0\r\n\r\n")),
        // Of two pipelined requests only the first is read.
        ("pipelined", format!("GET /x HTTP/1.1\r\n{host}\r\n{line}{host}\r\n")),
        (
            "smuggled in a chunk",
            format!(
                "GET /x HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n5f\r\n{line}{host}"
            ),
        ),
        (
            "1 MiB of target",
            format!("GET {path}?token={} HTTP/1.1\r\n{host}\r\n", "E".repeat(1 << 20)),
        ),
        ("1 MiB of header", format!("{line}{host}X: {}\r\n\r\n", "E".repeat(1 << 20))),
        (
            "many parameters",
            format!("GET {path}?{}token=EVIL&token=EVIL HTTP/1.1\r\n{host}\r\n", "a&".repeat(9000)),
        ),
    ];
    for name in [
        "evil.example",
        "evil.example:PORT",
        "localhost",
        "localhost:1",
        "localhost:PORT:PORT",
        "localhost:0PORT",
        "user@localhost:PORT",
        "localhost:PORT@evil.example",
        "localhost.:PORT",
        "localhost.evil.example:PORT",
        "127.0.0.2:PORT",
        "127.1:PORT",
        "0.0.0.0:PORT",
        "[::]:PORT",
        "[::ffff:127.0.0.1]:PORT",
        "localhost:PORT/",
        "localhost:PORT, evil.example",
        "*:PORT",
    ] {
        let name = name.replace("PORT", &port.to_string());
        tricks.push(("another host", format!("{line}Host: {name}\r\n\r\n")));
    }
    let ours = format!("http://localhost:{port}");
    for origin in ["https://evil.example", "null", "http://localhost:1", "", &ours] {
        tricks.push(("a script's origin", format!("{line}{host}Origin: {origin}\r\n\r\n")));
    }
    for (trick, bytes) in tricks {
        assert_refused(&address, bytes.as_bytes());
        let running = waiting.running.stderr();
        assert!(!running.contains("EVIL") && !running.contains("Signed in"), "{trick}: {running}");
    }
    waiting.still_signs_in(&home, &cloud);
}

#[test]
fn a_request_in_two_pieces_is_answered_during_a_flood_of_idle_connections() {
    let home = Home::new();
    let cloud = Cloud::start();
    let waiting = wait(&home, &cloud);
    let request = Visitor::new().request(&Url::parse(&waiting.start)).bytes();
    let secret = "GET /".len() + Url::parse(&waiting.start).path().len() - 1;
    // A flood that sends as much as it can without a secret, so that only requests with one are told apart from it.
    let crowds: [(&[u8], [usize; 5]); 2] = [
        (b"", [1, 4, 5, secret, request.len() - 1]),
        (b"GET /", [secret, secret + 1, secret + 9, secret + 12, request.len() - 1]),
    ];
    for (bytes, ends) in crowds {
        for end in ends {
            let mut slow = RawConnection::to(&waiting.start, Localhost::V4);
            slow.send(&request[..end]).unwrap();
            let crowd = hold_connections(&waiting.start, bytes);
            // Connections are accepted in order, so that the crowd is there when this one is answered.
            assert_eq!(get(&waiting.at("/")).send().status, 404);
            slow.send(&request[end..]).unwrap();
            let answer = String::from_utf8(slow.receive().unwrap()).unwrap();
            assert!(answer.starts_with("HTTP/1.1 302 "), "{bytes:?} {end}: {answer}");
            drop(crowd);
        }
    }
    waiting.still_signs_in(&home, &cloud);
}
