//! What a server may answer, byte by byte, and what is received of it.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use reqwest::{Method, Url};

use super::*;
use crate::net::transfer::Body;
use crate::net::{AGENT, MAX_BODY, Recipient, Reply};

const TIMEOUT: Duration = Duration::from_secs(60);

/// Sends a request to a server that answers with these bytes and closes the connection. Returns the reply and what the
/// server received.
fn ask(
    answer: &[u8],
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&str>,
) -> (Result<Reply, HttpError>, String) {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    let url = Url::parse(&format!("http://{address}{path}")).unwrap();
    let headers: Vec<_> = headers.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect();
    let transfer = Transfer {
        method: if body.is_some() { Method::POST } else { Method::GET },
        url: &url,
        headers: &headers,
        body: body.map_or(Body::None, |it| Body::Bytes(it.into())),
        timeout: TIMEOUT,
        idle: None,
        recipient: Recipient::Server,
    };
    let failed = FailedRequest { url: &url, proxy: None, timeout: TIMEOUT, server_user: None };
    let connection = TcpStream::connect(address).unwrap();
    thread::scope(|scope| {
        let serving = scope.spawn(|| {
            let mut connection = server.accept().unwrap().0;
            let mut received = vec![0; 64 * 1024];
            let length = connection.read(&mut received).unwrap();
            // The client may have closed the connection.
            let _ = connection.write_all(answer);
            String::from_utf8(received[..length].to_vec()).unwrap()
        });
        let began = Instant::now();
        let limit = Limit::Until(began + TIMEOUT, TIMEOUT);
        let reply = open(connection, None, transfer, began, limit, &failed);
        (
            reply.and_then(Incoming::whole),
            serving.join().unwrap().replace(&address.to_string(), "HOST"),
        )
    })
}

#[test]
fn a_whole_response_of_at_most_one_mebibyte_is_received_after_at_most_16_informational_ones() {
    let ok = b"HTTP/1.1 200 OK\r\nX: \xff\r\nContent-Length: 2\r\n\r\nab".to_vec();
    let announced =
        |count| [b"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(count), ok.clone()].concat();
    let of_length =
        |length: usize| [b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b'a'; length]].concat();
    let text = |text: &str| text.as_bytes().to_vec();
    let why = "it sent more than 16 informational responses";
    for (answer, expected) in [
        (ok.clone(), Ok((200, 2))),
        (announced(16), Ok((200, 2))),
        (announced(17), Err(HttpError::Other(why.into()))),
        (text("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"), Ok((302, 0))),
        (
            text("HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"),
            Ok((500, 1)),
        ),
        (of_length(MAX_BODY), Ok((200, MAX_BODY))),
        (of_length(MAX_BODY + 1), Err(HttpError::TooLarge)),
        (
            text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\na"),
            Err(HttpError::Dropped),
        ),
        (text("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab"), Err(HttpError::Dropped)),
        (text("HTTP/1.1 200 O"), Err(HttpError::Dropped)),
        (Vec::new(), Err(HttpError::Dropped)),
        (text("220 mail\r\n"), Err(HttpError::Other("invalid HTTP version parsed".into()))),
        (
            [text("HTTP/1.1 200 OK\r\nX: "), vec![b'a'; MAX_HEAD]].concat(),
            Err(HttpError::Other("message head is too large".into())),
        ),
    ] {
        let (reply, _) = ask(&answer, "/", &[], None);
        let received = reply.as_ref().map(|it| (it.status, it.body.len()));
        let start = String::from_utf8_lossy(&answer[..answer.len().min(80)]).into_owned();
        assert_eq!(received, expected.as_ref().map(|it| *it), "{start}");
    }
    let (reply, _) = ask(&ok, "/", &[], None);
    assert_eq!(reply.unwrap().header("x"), Some("\u{fffd}"));
}

#[test]
fn a_request_names_its_host_its_sender_and_the_length_of_its_body() {
    let answer = b"HTTP/1.1 204 No Content\r\n\r\n";
    let own = format!("accept: */*\r\nuser-agent: {AGENT}\r\n");
    for (path, headers, body, expected) in [
        ("", &[][..], None, format!("GET / HTTP/1.1\r\nhost: HOST\r\n{own}\r\n")),
        ("/a%20b?c=d#e", &[], None, format!("GET /a%20b?c=d HTTP/1.1\r\nhost: HOST\r\n{own}\r\n")),
        (
            "/",
            &[("Cookie", "a=b"), ("Accept", "text/html")],
            Some("body"),
            format!(
                "POST / HTTP/1.1\r\ncookie: a=b\r\naccept: text/html\r\nhost: HOST\r\n\
                 user-agent: {AGENT}\r\ncontent-length: 4\r\n\r\nbody"
            ),
        ),
    ] {
        let (reply, received) = ask(answer, path, headers, body);
        assert_eq!((reply.unwrap().status, received), (204, expected));
    }
    let (reply, _) = ask(answer, "/", &[("No name", "x")], None);
    assert_eq!(reply.err(), Some(HttpError::Other("invalid HTTP header name".into())));
}
