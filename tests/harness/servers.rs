//! The Meshery Server, and endpoints without a server.

use std::io::{ErrorKind, Read as _};
use std::net::TcpStream;
use std::time::Duration;

use mesheryctl_tests::http_client::RequestBuilder;
use mesheryctl_tests::*;
use serde_json::{Value, json};

fn list(server: &MesheryServer) -> Value {
    let answer = get(&format!("{}/api/providers", server.endpoint())).send();
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").unwrap().starts_with("text/plain"), "{answer:?}");
    serde_json::from_str(&answer.body).unwrap()
}

fn ask(server: &MesheryServer, path: &str, cookies: &str) -> RequestBuilder {
    get(&format!("{}{path}", server.endpoint())).header("Cookie", cookies)
}

fn token(server: &MesheryServer, cookies: &str) -> Response {
    ask(server, "/api/token", cookies).send()
}

#[test]
fn providers_are_listed_in_the_spelling_of_each_version() {
    let server = MesheryServer::start().provider("Layer5", "https://cloud.layer5.io");
    let listed = list(&server);
    assert_eq!(listed["Layer5"]["provider_url"], "https://cloud.layer5.io");
    assert_eq!(listed["None"]["provider_name"], "None");
    assert_eq!(listed["None"].get("provider_url"), None);

    let server = server.version(ServerVersion::V1).nameless_provider();
    let listed = list(&server);
    assert_eq!(listed["Layer5"]["providerUrl"], "https://cloud.layer5.io");
    assert_eq!(listed["Local"]["providerType"], "local");
    assert_eq!(listed[""].get("providerName"), None);
}

#[test]
fn the_order_of_providers_changes_between_requests() {
    let server =
        MesheryServer::start().provider("Layer5", "http://a").provider("Meshery", "http://b");
    let orders = [(); 3].map(|()| {
        let body = get(&format!("{}/api/providers", server.endpoint())).send().body;
        ["\"None\":", "\"Layer5\":", "\"Meshery\":"].map(|name| body.find(name).unwrap())
    });
    assert!(orders[0] != orders[1] && orders[1] != orders[2] && orders[0] != orders[2]);
}

#[test]
fn none_is_always_accepted_and_names_are_case_sensitive() {
    let server = MesheryServer::start();
    let answer = token(&server, "token=anything; meshery-provider=None");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, "{\"meshery-provider\":\"None\",\"token\":\"\"}\n");
    for unknown in ["none", "Local", "Bogus", ""] {
        let answer = token(&server, &format!("meshery-provider={unknown}"));
        assert_eq!(answer.status, 302);
        assert!(answer.header("location").unwrap().starts_with("/provider?ref="), "{answer:?}");
    }
    let server = server.version(ServerVersion::V1);
    let answer = token(&server, "token=; meshery-provider=nONE");
    assert_eq!(answer.body, "{\"meshery-provider\":\"Local\",\"token\":\"\"}\n");
}

#[test]
fn an_accepted_token_is_returned_and_a_refreshable_one_replaced() {
    let server = MesheryServer::start().provider("Tata Consulting", "http://a");
    let server = server.accepts("good").refreshes("old", "new");
    for name in ["Tata Consulting", "\"Tata Consulting\""] {
        let answer = token(&server, &format!("token=good; meshery-provider={name}"));
        assert_eq!(answer.body, "{\"meshery-provider\":\"Tata Consulting\",\"token\":\"good\"}\n");
    }
    let answer = token(&server, "token=good; meshery-provider=Tata%20Consulting");
    assert_eq!(answer.status, 302);
    let answer = token(&server, "token=old; meshery-provider=Tata Consulting");
    assert_eq!(answer.body, "{\"meshery-provider\":\"Tata Consulting\",\"token\":\"new\"}\n");
    for path in ["/api/user", "/api/system/sync"] {
        let answer = ask(&server, path, "token=new; meshery-provider=Tata Consulting").send();
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    }
}

#[test]
fn an_invalid_token_redirects_to_the_login_page_and_clears_the_cookie() {
    let server = MesheryServer::start().provider("Layer5", "http://a");
    let answer = token(&server, "token=forged; meshery-provider=Layer5");
    assert_eq!(answer.status, 302);
    assert!(answer.header("location").unwrap().starts_with("/auth/login?"), "{answer:?}");
    assert!(answer.all("set-cookie")[0].starts_with("token=;"), "{answer:?}");
    assert!(answer.all("set-cookie")[0].contains("Max-Age=0"), "{answer:?}");
    let hops = Visitor::new().follow(&format!(
        "{}{}",
        server.endpoint(),
        answer.header("location").unwrap()
    ));
    assert!(hops[0].response.status == 200 && hops[0].response.body.contains("<html"), "{hops:?}");

    let cookies = "token=forged; meshery-provider=Layer5; meshery_auth_retries=3";
    assert_eq!(token(&server, cookies).status, 401);
}

#[test]
fn a_request_without_a_token_is_redirected_to_the_provider() {
    let server = MesheryServer::start().provider("Layer5", "http://cloud.test");
    for cookies in ["meshery-provider=Layer5", "token=; meshery-provider=Layer5"] {
        let location = token(&server, cookies).header("location").unwrap().to_owned();
        assert!(location.starts_with("http://cloud.test/login?source="), "{location}");
    }
    let server = server.version(ServerVersion::Y2021);
    let answer = token(&server, "token=; meshery-provider=Layer5");
    assert_eq!(answer.header("location"), Some("/user/login"));
    assert_eq!(ask(&server, "/api/system/version", "").send().status, 404);
    assert_eq!(ask(&server, "/api/server/version", "").send().status, 200);
}

#[test]
fn a_bearer_token_is_not_accepted() {
    let server = MesheryServer::start().provider("Layer5", "http://a").accepts("good");
    let ask = ask(&server, "/api/token", "meshery-provider=Layer5");
    assert_eq!(ask.header("Authorization", "Bearer good").send().status, 302);
}

#[test]
fn a_token_without_a_kid_closes_the_connection() {
    let bad = token::jwt_without_kid(&token::claims("you@example.org", None));
    let good = token::jwt(&token::claims("you@example.org", None));
    let server = MesheryServer::start().provider("Layer5", "http://a").accepts(&good).accepts(&bad);
    let cookies = |token: &str| format!("token={token}; meshery-provider=Layer5");
    assert_eq!(token(&server, &cookies(&good)).status, 200);
    for bad in [bad.clone(), token::oauth(&bad, None, None)] {
        let error = ask(&server, "/api/token", &cookies(&bad)).try_send().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    }
}

#[test]
fn only_get_is_allowed() {
    let server = MesheryServer::start();
    for method in ["HEAD", "POST"] {
        let ask = ask(&server, "/api/token", "meshery-provider=None").method(method);
        assert_eq!(ask.send().status, 405, "{method}");
    }
}

#[test]
fn every_request_is_recorded_as_received() {
    let server = MesheryServer::start();
    let _ = token(&server, "token=t; meshery-provider=None");
    let request = server.wait_for_request("/api/token");
    assert_eq!(request.method, "GET");
    assert_eq!(request.cookies(), [("token", "t"), ("meshery-provider", "None")]);
    assert_eq!(server.requests(), [request]);
}

#[test]
fn a_connection_without_a_request_is_counted() {
    let server = MesheryServer::start();
    assert_eq!(server.connections(), 0);
    drop(TcpStream::connect(server.endpoint().strip_prefix("http://").unwrap()).unwrap());
    assert_eq!((server.connections(), server.requests().len()), (1, 0));
    let _ = token(&server, "meshery-provider=None");
    assert_eq!((server.connections(), server.requests().len()), (2, 1));
}

#[test]
fn each_list_fault_has_its_response() {
    let list = |fault| {
        let server = MesheryServer::start().with_fault(fault);
        get(&format!("{}/api/providers", server.endpoint())).try_send()
    };
    let page = |fault| list(fault).unwrap();
    assert_eq!(page(ServerFault::ListEmpty).body, "{}\n");
    assert!(page(ServerFault::ListHtml).body.starts_with("<!DOCTYPE html>"));
    assert_eq!(page(ServerFault::ListArray).body, "[]\n");
    assert!(serde_json::from_str::<Value>(&page(ServerFault::ListTruncated).body).is_err());
    assert_eq!(page(ServerFault::List404).status, 404);
    assert_eq!(page(ServerFault::List500).status, 500);
    assert_eq!(page(ServerFault::ListRedirect).header("location"), Some("/provider"));
    assert!(page(ServerFault::ListHostileName).body.contains("\\u001b[2J"));
    assert_eq!(list(ServerFault::ListDropped).unwrap_err().kind(), ErrorKind::UnexpectedEof);
}

#[test]
fn each_token_fault_has_its_response() {
    let ask = |fault| {
        let server =
            MesheryServer::start().provider("Layer5", "http://a").accepts("t").with_fault(fault);
        self::ask(&server, "/api/token", "token=t; meshery-provider=Layer5").try_send()
    };
    let page = |fault| ask(fault).unwrap();
    let member = |fault| serde_json::from_str::<Value>(&page(fault).body).unwrap()["token"].clone();
    assert!(page(ServerFault::TokenHtml200).body.starts_with("<!DOCTYPE html>"));
    let faults = [
        ServerFault::Token401,
        ServerFault::Token403,
        ServerFault::Token404,
        ServerFault::Token500,
        ServerFault::Token503,
    ];
    assert_eq!(faults.map(|fault| page(fault).status), [401, 403, 404, 500, 503]);
    let location = |fault| page(fault).header("location").unwrap().to_owned();
    assert!(location(ServerFault::TokenRedirectLogin).starts_with("/auth/login?"));
    assert!(location(ServerFault::TokenRedirectProvider).starts_with("/provider?"));
    assert_eq!(location(ServerFault::TokenRedirectTo("http://x/login".into())), "http://x/login");
    assert_eq!(ask(ServerFault::TokenDropped).unwrap_err().kind(), ErrorKind::UnexpectedEof);
    assert_eq!(page(ServerFault::TokenNotJson).body, "fine, thank you\n");
    assert_eq!(page(ServerFault::TokenNoBody).body, "");
    assert!(page(ServerFault::TokenOtherProvider).body.contains("\"Somebody Else\""));
    assert_eq!(member(ServerFault::TokenEmpty), "");
    assert_eq!(member(ServerFault::TokenNull), Value::Null);
    assert_eq!(member(ServerFault::TokenNumber), 42);
    assert_eq!(member(ServerFault::TokenControl), "t\r\n\u{1b}[2J");
    assert_eq!(member(ServerFault::TokenHuge).as_str().unwrap().len(), 2 * 1024 * 1024);
    let missing: Value = serde_json::from_str(&page(ServerFault::TokenMissing).body).unwrap();
    assert_eq!(missing, json!({"meshery-provider": "Layer5"}));
}

#[test]
fn a_fault_can_be_set_and_cleared_while_the_server_runs() {
    let server = MesheryServer::start();
    server.set_fault(ServerFault::Token500);
    assert_eq!(token(&server, "meshery-provider=None").status, 500);
    server.clear_faults();
    assert_eq!(token(&server, "meshery-provider=None").status, 200);
}

#[test]
fn silent_and_endless_responses_end_when_the_server_is_dropped() {
    for fault in [ServerFault::ListSilent, ServerFault::ListEndless] {
        let server = MesheryServer::start().with_fault(fault.clone());
        let url = format!("{}/api/providers", server.endpoint());
        let mut stream = TcpStream::connect(url.split('/').nth(2).unwrap()).unwrap();
        std::io::Write::write_all(&mut stream, &get(&url).bytes()).unwrap();
        let _ = server.wait_for_request("/api/providers");
        if fault == ServerFault::ListEndless {
            stream.read_exact(&mut vec![0; 3 * 1024 * 1024]).unwrap();
        } else {
            stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
            assert_eq!(stream.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
        }
        drop(server);
        stream.set_read_timeout(None).unwrap();
        while stream.read(&mut [0; 4096]).is_ok_and(|count| count > 0) {}
    }
}

#[test]
fn malformed_http_is_a_bad_request() {
    let server = MesheryServer::start();
    for bad in [
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\nmore",
    ] {
        let mut wire = RawConnection::to(&server.endpoint(), Localhost::V4);
        wire.send(bad.as_bytes()).unwrap();
        let answer = String::from_utf8(wire.receive().unwrap()).unwrap();
        assert!(answer.starts_with("HTTP/1.1 400 "), "{bad:?}: {answer}");
    }
    assert_eq!(server.requests(), []);
}

#[test]
fn a_closed_port_refuses_connections() {
    let refusing = ClosedPort::start();
    let error = get(&refusing.endpoint()).try_send().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn a_black_hole_never_accepts_a_connection() {
    let unreachable = BlackHole::start();
    let address = unreachable.endpoint().strip_prefix("http://").unwrap().parse().unwrap();
    let error = TcpStream::connect_timeout(&address, Duration::from_millis(300)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}

#[test]
fn a_hundred_concurrent_connections_are_served() {
    let server = MesheryServer::start();
    std::thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| assert_eq!(token(&server, "meshery-provider=None").status, 200));
        }
    });
    assert_eq!(server.requests().len(), 100);
}
