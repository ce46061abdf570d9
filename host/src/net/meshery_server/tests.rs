//! Tests with a scripted server on loopback: the requests that it receives, and the verdicts on its responses.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use super::*;

/// The requests that were received, each with its headers.
type Requests = Arc<Mutex<Vec<String>>>;

/// Serves these responses by path, and 404 for other paths.
fn serve(answers: &[(&'static str, &str)]) -> (String, Requests) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let requests = Requests::default();
    let (seen, answers) = (Arc::clone(&requests), owned(answers));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let lines = stream.by_ref().lines().map_while(Result::ok);
            let request: Vec<String> = lines.take_while(|it| !it.is_empty()).collect();
            // The probe sends nothing.
            let Some(path) = request.first().and_then(|it| it.split(' ').nth(1)) else { continue };
            let answer = answers.iter().find(|(it, _)| it == path).map(|(_, answer)| answer);
            let answer = answer.map_or("404 Not Found\r\n\r\n", String::as_str);
            seen.lock().unwrap().push(request.join("\n"));
            let _ = write!(stream.get_mut(), "HTTP/1.1 {answer}");
        }
    });
    (address, requests)
}

fn owned(answers: &[(&'static str, &str)]) -> Vec<(String, String)> {
    answers.iter().map(|(path, answer)| ((*path).to_owned(), (*answer).to_owned())).collect()
}

fn ok(body: &str) -> String {
    let length = body.len();
    format!("200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}")
}

const WITHIN: Duration = Duration::from_secs(10);

fn token() -> Token {
    Token::parse("a-token-of-some-length").unwrap()
}

#[test]
fn a_server_is_asked_for_its_providers_once_and_then_for_each_token() {
    let file = r#"{"meshery-provider":"Layer5","token":"new"}"#;
    let list = ok(r#"{"k": {"providerName": "Layer5", "providerUrl": "https://a.example"}}"#);
    let (address, requests) = serve(&[("/api/providers", &list), ("/api/token", &ok(file))]);
    let http = Http::trusting(None, None).unwrap();
    let server = Server::at(&address, &http);
    assert_eq!(server.name().to_string(), address);
    let url = Url::parse("https://a.example/login").unwrap();
    for _ in 0..2 {
        let (name, verdict) = server.check(&url, &token(), WITHIN);
        assert_eq!(name, Some(Name::new("Layer5")));
        assert!(matches!(verdict, Verdict::Accepted(file) if file.token == token()));
    }
    let other = Url::parse("https://b.example").unwrap();
    let unlisted = Verdict::Unknown("does not list this provider".into());
    assert_eq!(server.check(&other, &token(), WITHIN), (None, unlisted));
    let requests = requests.lock().unwrap();
    let paths: Vec<_> = requests.iter().map(|it| it.lines().next().unwrap()).collect();
    let (list, shown) = ("GET /api/providers HTTP/1.1", "GET /api/token HTTP/1.1");
    assert_eq!(paths, [list, shown, shown]);
    assert!(!requests[0].contains("a-token"));
    let cookie = "cookie: token=a-token-of-some-length; meshery-provider=Layer5";
    assert!(requests[1].lines().any(|it| it == cookie), "{}", requests[1]);
    assert!(server.next(&Command::default()).is_none());
}

#[test]
fn a_redirect_of_the_server_to_its_login_leads_to_no_request_to_the_listed_address() {
    let (provider, requests) = serve(&[("/api/identity/users/profile", &ok("{}"))]);
    let list = ok(&format!(r#"{{"Layer5": {{"providerUrl": "{provider}"}}}}"#));
    let login =
        "302 Found\r\nLocation: /auth/login\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    let (address, _) = serve(&[("/api/providers", &list), ("/api/token", login)]);
    let http = Http::trusting(None, None).unwrap();
    let server = Server::at(&address, &http);
    let url = Url::parse(&provider).unwrap();
    let verdict = server.check(&url, &token(), WITHIN);
    assert_eq!(verdict, (Some(Name::new("Layer5")), Verdict::RejectedOrDown));
    assert_eq!(requests.lock().unwrap().len(), 0);
}

#[test]
fn a_server_that_cannot_be_asked_gives_the_reason() {
    let http = Http::trusting(None, None).unwrap();
    let url = Url::parse("https://a.example").unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (named, why) in [
        ("http://meshery.example", "is neither https nor on this computer"),
        ("meshery.example", "begins with neither https:// nor http://"),
        ("localhost:9081", "begins with neither https:// nor http://"),
        (
            "https://user:secret@meshery.example",
            "has a user name in its URL, which is not supported",
        ),
        (&format!("http://{closed}"), "is not answering"),
    ] {
        let server = Server::at(named, &http);
        assert_eq!(server.listed().unwrap_err(), why, "{named}");
        let verdict = Verdict::Unknown(why.to_owned());
        assert_eq!(server.check(&url, &token(), WITHIN), (None, verdict), "{named}");
        assert!(!server.name().to_string().contains("secret"));
    }
}

#[test]
fn an_endpoint_is_shown_as_the_url_that_is_requested_and_without_a_password() {
    for (endpoint, seen) in [
        ("http://localhost:9081", "http://localhost:9081"),
        ("https://user:secret@a.example/b", "https://a.example/b"),
        ("https://user:se@cret@a.example", "https://a.example"),
        ("https://user@a.example", "https://a.example"),
        ("a.example", "a.example"),
        ("no@url", "no@url"),
        ("http://LOCALHOST:9081/", "http://localhost:9081"),
        // What stands before the `@` is a host, and not a user.
        ("https://evil.example/@good:9081", "https://evil.example/@good:9081"),
        (r"https://evil.example\@good", "https://evil.example/@good"),
    ] {
        assert_eq!(shown(endpoint).to_string(), seen, "{endpoint}");
    }
}

#[test]
fn a_server_that_is_not_contacted_has_a_reason() {
    let http = Http::trusting(None, None).unwrap();
    for (named, why) in [
        ("http://user@localhost:1", "has a user name in its URL, which is not supported"),
        ("https://a;b", "has a host name with characters that are not allowed"),
        ("http://example.org", "is neither https nor on this computer"),
        ("localhost:9081", "begins with neither https:// nor http://"),
    ] {
        let server = Server::at(named, &http);
        assert_eq!(server.listed().unwrap_err(), why, "{named}");
        assert_eq!(server.next(&Command::from("mesheryctl")), None);
        assert!(!server.is_usable(), "{named}");
    }
    let server = Server::at("http://localhost:9081/", &http);
    assert!(server.is_usable());
    let command = server.request().unwrap().to_string();
    assert_eq!(command, "curl -v http://localhost:9081/api/providers");
    assert_eq!(Server::at("https://a;b", &http).request(), None);
}
