//! Visitors, the HTTP client and URLs.

use std::io::{Read as _, Write as _};
use std::net::{Ipv6Addr, TcpListener};
use std::thread;

use mesheryctl_tests::url::{decode, encode, pairs};
use mesheryctl_tests::visitor::Cookie;
use mesheryctl_tests::*;

fn cookie(path: &str, same_site: Option<&str>) -> Cookie {
    Cookie {
        host: "localhost".into(),
        path: path.into(),
        name: "start".into(),
        value: "secret".into(),
        http_only: true,
        same_site: same_site.map(str::to_owned),
    }
}

fn sent_to(visitor: &Visitor, url: &str) -> String {
    String::from_utf8(visitor.request(&Url::parse(url)).bytes()).unwrap()
}

#[test]
fn a_cookie_is_sent_to_every_port_of_its_host_and_below_its_path() {
    let mut visitor = Visitor::new();
    visitor.cookies = vec![cookie("/nonce", None)];
    for (url, sent) in [
        ("http://localhost:1/nonce", true),
        ("http://localhost:2/nonce/api/user/token?token=t", true),
        ("http://localhost:1/nonce2", false),
        ("http://localhost:1/", false),
        ("http://127.0.0.1:1/nonce", false),
    ] {
        assert_eq!(sent_to(&visitor, url).contains("Cookie: start=secret\r\n"), sent, "{url}");
    }
}

#[test]
fn same_site_is_enforced_on_request() {
    let sends = |same_site, mut visitor: Visitor| {
        visitor.cookies = vec![cookie("/", same_site)];
        sent_to(&visitor, "http://localhost:1/").contains("Cookie")
    };
    let evil = "http://evil.test";
    let honest = || Visitor::new().enforcing_same_site();
    assert!(sends(Some("strict"), honest()));
    assert!(!sends(Some("strict"), honest().sent_by(evil)));
    assert!(sends(Some("lax"), honest().sent_by(evil)));
    assert!(!sends(Some("lax"), honest().in_iframe_of(evil)));
    assert!(!sends(None, honest().by_script_of(evil)));
    assert!(sends(Some("none"), honest().by_script_of(evil)));
    assert!(sends(Some("strict"), Visitor::new().by_script_of(evil)));
}

#[test]
fn fetch_metadata_headers_describe_the_cause_of_a_request() {
    let says =
        |visitor: &Visitor, line: &str| sent_to(visitor, "http://localhost:1/").contains(line);
    let navigation = Visitor::new();
    assert!(says(&navigation, "Sec-Fetch-Mode: navigate\r\n"));
    assert!(says(&navigation, "Sec-Fetch-Dest: document\r\n"));
    assert!(says(&navigation, "Sec-Fetch-Site: none\r\n"));
    let frame = Visitor::new().in_iframe_of("http://evil.test");
    assert!(
        says(&frame, "Sec-Fetch-Dest: iframe\r\n")
            && says(&frame, "Sec-Fetch-Site: cross-site\r\n")
    );
    assert!(says(&Visitor::new().by_script_of("http://evil.test"), "Sec-Fetch-Mode: no-cors\r\n"));
}

/// Answers each connection in turn with one of these; returns the requests.
fn answering(answers: Vec<String>) -> (u16, thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = thread::spawn(move || {
        let asked = answers.into_iter().map(|answer| {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            let count = stream.read(&mut request).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8_lossy(&request[..count]).into_owned()
        });
        asked.collect()
    });
    (port, thread)
}

#[test]
fn redirects_are_followed_with_cookies_set_and_removed() {
    let redirect = |to: &str, cookie: &str| {
        format!(
            "HTTP/1.1 303 See Other\r\nLocation: {to}\r\nSet-Cookie: {cookie}\r\nContent-Length: 0\r\n\r\n"
        )
    };
    let (port, thread) = answering(vec![
        redirect("/b", "start=s; Path=/; HttpOnly; SameSite=Lax"),
        redirect("/c?x=1", "start=; Path=/; Max-Age=0"),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nend\r\n0\r\n\r\n".into(),
    ]);
    let mut visitor = Visitor::new().over(Localhost::V6);
    let hops = visitor.follow(&format!("http://localhost:{port}/a"));
    let urls: Vec<_> = hops.iter().map(|hop| hop.url.target.as_str()).collect();
    assert_eq!(urls, ["/a", "/b", "/c?x=1"]);
    assert_eq!(hops[2].response.body, "end");
    assert_eq!(visitor.cookies, []);
    let asked = thread.join().unwrap();
    let with_cookie: Vec<_> =
        asked.iter().map(|asked| asked.contains("Cookie: start=s\r\n")).collect();
    assert_eq!(with_cookie, [false, true, false]);
    assert!(asked[0].contains(&format!("\r\nHost: localhost:{port}\r\n")), "{}", asked[0]);
}

#[test]
fn a_test_controls_every_byte_of_a_request() {
    let server = MesheryServer::start();
    let url = format!("{}/api/system/version", server.endpoint());
    let ask = get(&url).method("POST").host("evil.test").header("Origin", "http://evil.test");
    let _ = ask.body("a=b").send();
    let request = server.wait_for_request("/api/system/version");
    assert_eq!(request.header("host"), Some("evil.test"));
    assert_eq!(request.header("origin"), Some("http://evil.test"));
    assert_eq!((request.method.as_str(), &request.body[..]), ("POST", &b"a=b"[..]));

    let mut wire = RawConnection::to(&url, Localhost::V4);
    let bytes = get(&url).bytes();
    for piece in bytes.chunks(7) {
        wire.send(piece).unwrap();
    }
    assert!(wire.receive().unwrap().starts_with(b"HTTP/1.1 200"));
    assert_eq!(get(&url).host("").send().status, 400);
}

#[test]
fn urls_and_queries_are_parsed_and_formatted() {
    let url = Url::parse("http://[::1]:80/a/b?x=1&x=2&token=a%2B%2Fb+c#fragment");
    assert_eq!((url.host.as_str(), url.port, url.path()), ("::1", 80, "/a/b"));
    assert_eq!(url.param("token").as_deref(), Some("a+/b c"));
    assert_eq!(url.query().len(), 3);
    assert_eq!(url.origin(), "http://[::1]:80");
    assert_eq!(Url::parse("http://localhost?x").to_string(), "http://localhost:80/?x");
    assert_eq!(decode(&encode("a+/=é \u{1b}")), "a+/=é \u{1b}");
    assert_eq!(decode("%zz%4"), "%zz%4");
    assert_eq!(
        pairs("a&b=&=c"),
        [("a", ""), ("b", ""), ("", "c")].map(|(a, b)| (a.into(), b.into()))
    );
}

#[test]
#[should_panic(expected = "a test should stay on loopback, not connect to 192.0.2.1")]
fn a_test_never_leaves_loopback() {
    let _ = get("http://192.0.2.1/").send();
}
