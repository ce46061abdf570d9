//! The whole harness: a sign-in in which the test plays the part of the program.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mesheryctl_tests::*;

/// The callback of the program: start link, callback, clean page. Returns the token.
fn listen(listener: &TcpListener, port: u16, cloud: &str) -> String {
    let mut token = String::new();
    loop {
        let (mut stream, _) = listener.accept().unwrap();
        let mut bytes = vec![0; 64 * 1024];
        let count = stream.read(&mut bytes).unwrap();
        let request = String::from_utf8_lossy(&bytes[..count]).into_owned();
        let target = request.split(' ').nth(1).unwrap();
        let url = Url::parse(&format!("http://localhost:{port}{target}"));
        let has_cookie = request.contains("Cookie: mark=m");
        let source = URL_SAFE_NO_PAD.encode(format!("http://localhost:{port}/nonce"));
        let (answer, is_last) = match url.path() {
            "/start" => (
                format!(
                    "303 See Other\r\nSet-Cookie: mark=m; HttpOnly; SameSite=Lax; Path=/\r\nLocation: {cloud}/login?source={source}&provider_version=v0.3.14"
                ),
                false,
            ),
            path if url.param("token").is_some() && (path.starts_with("/nonce") || has_cookie) => {
                token = url.param("token").unwrap();
                ("303 See Other\r\nLocation: /done".to_owned(), false)
            }
            "/done" => ("200 OK\r\nX-Page: Signed in to Layer5".to_owned(), true),
            _ => ("403 Forbidden".to_owned(), false),
        };
        write!(stream, "HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n").unwrap();
        if is_last {
            return token;
        }
    }
}

fn sign_in(behavior: CloudBehavior) {
    let home = Home::new();
    let cloud = Cloud::start().behaving(behavior);
    let browser = Browser::waiting(&home);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let listening = thread::spawn({
        let cloud = cloud.url();
        move || listen(&listener, port, &cloud)
    });

    let text = "xdg-open \"$1\" >/dev/null 2>&1; read -r token; mkdir -p -m 700 .meshery; umask 077
        printf '{\"meshery-provider\":\"Layer5\",\"token\":\"%s\"}\\n' \"$token\" >.meshery/auth.json";
    let program = home.program(home.script("login", text));
    let screen = program.args([format!("http://localhost:{port}/start")]).on_terminal(10, 80);
    let hops = Visitor::new().enforcing_same_site().follow(&browser.opened());
    let token = listening.join().unwrap();
    // A line of a terminal holds at most 4,095 bytes.
    screen.press(vec![Key::Text(token), Key::Enter]);
    assert_eq!(screen.wait(), 0, "{screen:?}");

    let steps: Vec<_> = hops.iter().map(|hop| (hop.url.path(), hop.response.status)).collect();
    let callback = match behavior {
        CloudBehavior::Tata => "/nonce/api/user/token",
        CloudBehavior::LosesPath => "/",
        _ => "/nonce",
    };
    assert_eq!(steps, [("/start", 303), ("/login", 302), (callback, 303), ("/done", 200)]);
    assert_eq!(hops[3].response.header("x-page"), Some("Signed in to Layer5"));
    let saved = format!("{{\"meshery-provider\":\"Layer5\",\"token\":\"{}\"}}\n", cloud.token());
    assert_eq!(home.auth_text(), saved);
    assert_eq!(home.mode(home.auth_json()), 0o600);
    home.assert_no_process_is_left();
}

#[test]
fn a_complete_sign_in_works_with_layer5() {
    sign_in(CloudBehavior::Layer5);
}

#[test]
fn a_complete_sign_in_works_with_tata() {
    sign_in(CloudBehavior::Tata);
}

#[test]
fn a_complete_sign_in_works_without_the_callback_path() {
    sign_in(CloudBehavior::LosesPath);
}
