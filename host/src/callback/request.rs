//! A request to the callback, parsed. Any local program and any web page can send one, so it is untrusted.

use reqwest::Url;

/// The parts of a request that the rules read.
#[expect(missing_debug_implementations, reason = "it holds secrets")]
#[derive(PartialEq, Eq)]
pub struct Request {
    pub method: String,
    pub path: String,
    /// Decoded, in order.
    pub query: Vec<(String, String)>,
    pub host: Option<String>,
    pub cookies: Vec<(String, String)>,
    pub origin: Option<String>,
    pub fetch_mode: Option<String>,
    pub fetch_dest: Option<String>,
    /// Whether the browser loads the page before the person asks for it.
    pub is_prefetch: bool,
}

#[expect(missing_debug_implementations, reason = "it holds secrets")]
pub enum Parsed {
    Complete(Request),
    Partial,
    Invalid,
}

const MAX_HEADERS: usize = 100;
/// The headers that browsers add to a prefetch, the newest first.
const PREFETCH_HEADERS: [&str; 3] = ["sec-purpose", "purpose", "x-moz"];

pub fn parse(bytes: &[u8]) -> Parsed {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(bytes) {
        Ok(httparse::Status::Partial) => Parsed::Partial,
        Ok(httparse::Status::Complete(_)) => {
            read(&request).map_or(Parsed::Invalid, Parsed::Complete)
        }
        Err(_) => Parsed::Invalid,
    }
}

/// The request as far as it has arrived: its target, which may be cut, and its whole headers.
pub fn beginning(bytes: &[u8]) -> Option<Request> {
    let text = match bytes.iter().rposition(|it| *it == b'\n') {
        Some(end) => [&bytes[..=end], b"\r\n"].concat(),
        None => {
            let mut spaces = bytes.iter().enumerate().filter(|(_, it)| **it == b' ');
            let end = spaces.nth(1).map_or(bytes.len(), |(at, _)| at);
            [&bytes[..end], b" HTTP/1.1\r\n\r\n"].concat()
        }
    };
    match parse(&text) {
        Parsed::Complete(request) => Some(request),
        _ => None,
    }
}

fn read(request: &httparse::Request<'_, '_>) -> Option<Request> {
    // Only the origin form: an absolute or authority form is for proxies.
    let target = request.path.filter(|it| it.starts_with('/') && !it.starts_with("//"))?;
    let url = Url::parse("http://localhost").ok()?.join(target).ok()?;
    Some(Request {
        method: request.method?.to_owned(),
        path: url.path().to_owned(),
        query: url.query_pairs().into_owned().collect(),
        host: single(request, "host")?,
        cookies: cookies(request),
        origin: single(request, "origin")?,
        fetch_mode: single(request, "sec-fetch-mode")?,
        fetch_dest: single(request, "sec-fetch-dest")?,
        is_prefetch: PREFETCH_HEADERS
            .iter()
            .any(|name| !matches!(single(request, name), Some(None))),
    })
}

/// The value of a header that may occur once. The outer `None` means that it occurs twice or is not UTF-8.
fn single(request: &httparse::Request<'_, '_>, name: &str) -> Option<Option<String>> {
    let mut found = request.headers.iter().filter(|it| it.name.eq_ignore_ascii_case(name));
    match (found.next(), found.next()) {
        (None, _) => Some(None),
        (Some(header), None) => {
            std::str::from_utf8(header.value).ok().map(|it| Some(it.trim().to_owned()))
        }
        (Some(_), Some(_)) => None,
    }
}

fn cookies(request: &httparse::Request<'_, '_>) -> Vec<(String, String)> {
    let lines = request.headers.iter().filter(|it| it.name.eq_ignore_ascii_case("cookie"));
    let lines = lines.filter_map(|it| std::str::from_utf8(it.value).ok());
    lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> Option<Request> {
        match parse(text.as_bytes()) {
            Parsed::Complete(request) => Some(request),
            _ => None,
        }
    }

    #[test]
    fn a_request_is_parsed_with_its_query_cookies_and_fetch_headers() {
        let request = whole(
            "GET /n/api/user/token?token=a%2Bb%3D&session_cookie= HTTP/1.1\r\nHost: localhost:1\r\n\
             Cookie: a=1; mesheryctl_1=s\r\nCookie: b=2\r\nSec-Fetch-Mode: navigate\r\n\r\n",
        )
        .unwrap();
        assert_eq!(request.path, "/n/api/user/token");
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(request.query, [pair("token", "a+b="), pair("session_cookie", "")]);
        assert_eq!(request.cookies, [pair("a", "1"), pair("mesheryctl_1", "s"), pair("b", "2")]);
        assert_eq!(request.fetch_mode.as_deref(), Some("navigate"));
    }

    #[test]
    fn a_malformed_request_is_invalid() {
        for text in [
            "\r\n\r\n\0",
            "GET http://evil.example/ HTTP/1.1\r\n\r\n",
            "GET //evil.example/ HTTP/1.1\r\n\r\n",
            "CONNECT a:1 HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            "\u{16}\u{3}\u{1}",
            "GET / HTTP/9\r\n\r\n",
        ] {
            assert!(matches!(parse(text.as_bytes()), Parsed::Invalid), "{text:?}");
        }
    }

    #[test]
    fn a_request_without_its_end_is_partial() {
        let text = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        for end in 0..text.len() {
            assert!(matches!(parse(&text.as_bytes()[..end]), Parsed::Partial), "{end}");
        }
    }
}
