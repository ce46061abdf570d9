//! Rules of the callback: only the browser of this login can complete it.

use mesheryctl_tests::*;

use crate::sign_in::layer5::printed;

/// A waiting login, its start link, and the callback URL that the provider received.
pub struct Waiting<'h> {
    pub running: Running<'h>,
    pub start: String,
    pub nonce: Url,
    visitor: Visitor,
}

pub fn wait<'h>(home: &'h Home, cloud: &Cloud) -> Waiting<'h> {
    let login = home.mesheryctl().args(["system", "login", "-p", "Layer5", "--no-browser"]);
    let running = login.env("MESHERYCTL_LAYER5_URL", cloud.url()).spawn();
    let start = printed(&running.wait_for_stderr("Waiting for sign-in")).to_owned();
    let mut visitor = Visitor::new();
    let first = visitor.visit(&start);
    let to = Url::parse(first.response.header("location").unwrap());
    let source = base64_url(&to.param("source").unwrap());
    Waiting { running, start, nonce: Url::parse(&source), visitor }
}

pub fn base64_url(text: &str) -> String {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap();
    String::from_utf8(bytes).unwrap()
}

impl Waiting<'_> {
    /// The URL of this target at the callback.
    pub fn at(&self, target: &str) -> String {
        format!("{}{target}", self.nonce.origin())
    }

    /// The true browser still signs in with the true token.
    pub fn still_signs_in(mut self, home: &Home, cloud: &Cloud) {
        self.visitor.follow(&self.start);
        let _ = self.running.wait().exited(0);
        assert!(home.auth_text().contains(&cloud.token()), "{}", home.auth_text());
    }
}

#[test]
fn a_callback_without_nonce_and_cookie_is_refused_with_a_page() {
    let home = Home::new();
    let cloud = Cloud::start();
    let waiting = wait(&home, &cloud);
    for target in
        ["/?token=EVIL", "/api/user/token?token=EVIL", "/callback?token=EVIL", "/x/../?token=EVIL"]
    {
        let answer = get(&waiting.at(target)).send();
        assert_eq!(answer.status, 404, "{target}");
        assert!(answer.body.contains("This sign-in link has expired or was already used."));
    }
    let guess = format!("{}x?token=EVIL", waiting.nonce);
    assert_eq!(get(&guess).send().status, 404, "a longer nonce is another");
    let forged = get(&waiting.at("/?token=EVIL"))
        .header("cookie", &format!("mesheryctl_{}=guess", waiting.nonce.port));
    assert_eq!(forged.send().status, 404);
    waiting.still_signs_in(&home, &cloud);
}

#[test]
fn frames_scripts_and_forms_of_another_site_are_refused_even_with_nonce_and_cookie() {
    let home = Home::new();
    let cloud = Cloud::start();
    let waiting = wait(&home, &cloud);
    let forged = format!("{}?token=EVIL", waiting.nonce);
    let framed = waiting.visitor.clone().in_iframe_of("http://evil.example").visit(&forged);
    let scripted = waiting.visitor.clone().by_script_of("http://evil.example").visit(&forged);
    assert_eq!((framed.response.status, scripted.response.status), (403, 403));
    for start in [&waiting.start, &forged] {
        let framed = waiting.visitor.clone().in_iframe_of("http://evil.example").visit(start);
        assert_eq!(framed.response.status, 403);
        assert_eq!(framed.response.header("x-frame-options"), Some("DENY"));
    }
    for method in ["POST", "HEAD", "PUT", "OPTIONS"] {
        assert_eq!(get(&forged).method(method).send().status, 405, "{method}");
    }
    waiting.still_signs_in(&home, &cloud);
}

#[test]
fn a_request_with_another_host_name_is_refused() {
    let home = Home::new();
    let cloud = Cloud::start();
    let waiting = wait(&home, &cloud);
    let forged = format!("{}?token=EVIL", waiting.nonce);
    let port = waiting.nonce.port;
    for host in [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        "localhost".into(),
        format!("localhost.evil.example:{port}"),
    ] {
        assert_eq!(get(&forged).host(&host).send().status, 421, "{host}");
    }
    waiting.still_signs_in(&home, &cloud);
}

#[test]
fn a_repeated_parameter_is_refused_and_the_wait_continues() {
    let home = Home::new();
    let cloud = Cloud::start();
    let waiting = wait(&home, &cloud);
    let twice = format!("{}?token=EVIL&token=EVIL2", waiting.nonce);
    assert_eq!(get(&twice).send().status, 400);
    waiting.still_signs_in(&home, &cloud);
}

#[test]
fn the_first_of_two_callbacks_counts_and_the_second_is_refused() {
    let home = Home::new();
    let cloud = Cloud::start();
    let waiting = wait(&home, &cloud);
    // The program is stopped, so that both requests arrive before either is read.
    waiting.running.kill(Signal::STOP);
    let mut wires = ["FIRST", "SECOND"].map(|token| {
        let answer = format!("{}?token={token}", waiting.nonce);
        let mut wire = RawConnection::to(&answer, Localhost::V4);
        wire.send(&get(&answer).bytes()).unwrap();
        wire
    });
    waiting.running.kill(Signal::CONT);
    let answers = wires.each_mut().map(|wire| String::from_utf8(wire.receive().unwrap()).unwrap());
    assert!(answers[0].starts_with("HTTP/1.1 303 "), "{}", answers[0]);
    assert!(answers[1].starts_with("HTTP/1.1 410 "), "{}", answers[1]);
    let _ = waiting.running.wait().exited(0);
    assert!(home.auth_text().contains("\"FIRST\""));
}

#[test]
fn a_callback_after_the_login_gets_no_connection() {
    let home = Home::new();
    let cloud = Cloud::start();
    let waiting = wait(&home, &cloud);
    let token = format!("{}?token=LATE", waiting.nonce);
    waiting.running.kill(Signal::INT);
    let _ = waiting.running.wait().exited(130);
    assert!(get(&token).try_send().is_err());
    assert_eq!(home.auth_bytes(), None);
}

#[test]
fn the_opened_link_works_once_and_the_printed_link_until_the_end() {
    let home = Home::new();
    let cloud = Cloud::start();
    let browser = Browser::waiting(&home);
    let login = home.mesheryctl().args(["system", "login", "-p", "Layer5"]);
    let running = login.env("MESHERYCTL_LAYER5_URL", cloud.url()).spawn();
    let launched = browser.opened();
    let said = running.wait_for_stderr("Waiting for sign-in");
    let printed = printed(&said);
    assert_ne!(launched, printed);
    assert_eq!(get(&launched).send().status, 302);
    assert_eq!(get(&launched).send().status, 404);
    for _ in 0..3 {
        assert_eq!(get(printed).send().status, 302);
    }
    Visitor::new().follow(printed);
    let _ = running.wait().exited(0);
}

#[test]
fn the_secrets_of_the_callback_are_distinct_and_not_in_the_start_link() {
    let home = Home::new();
    let cloud = Cloud::start();
    let waiting = wait(&home, &cloud);
    let cookie = &waiting.visitor.cookies[0];
    let shown = format!("{cookie:?}");
    assert!(shown.contains("HttpOnly") || shown.contains("http_only: true"), "{shown}");
    let start = Url::parse(&waiting.start);
    assert_ne!(start.path(), waiting.nonce.path());
    assert!(!shown.contains(start.path().trim_start_matches('/')));
    assert!(!shown.contains(waiting.nonce.path().trim_start_matches('/')));
    waiting.still_signs_in(&home, &cloud);
}

#[test]
fn the_callback_listens_only_on_loopback() {
    let home = Home::new();
    let cloud = Cloud::start();
    let waiting = wait(&home, &cloud);
    let port = format!(":{:04X}", waiting.nonce.port);
    let mut addresses = Vec::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        for line in std::fs::read_to_string(table).unwrap().lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            if fields[1].ends_with(&port) && fields[3] == "0A" {
                addresses.push(fields[1].trim_end_matches(&port).to_owned());
            }
        }
    }
    assert_eq!(addresses, ["0100007F", "00000000000000000000000001000000"]);
    waiting.still_signs_in(&home, &cloud);
}

#[test]
fn malformed_partial_and_slow_requests_do_not_block_the_browser() {
    let home = Home::new();
    let cloud = Cloud::start();
    let waiting = wait(&home, &cloud);
    let address = waiting.nonce.to_string();
    let mut held = Vec::new();
    for _ in 0..300 {
        let mut wire = RawConnection::to(&address, Localhost::V4);
        let _ = wire.send(b"GET /");
        held.push(wire);
    }
    let huge = vec![b'A'; 1024 * 1024];
    for bytes in
        [&b"\x16\x03\x01\x00"[..], b"\r\n\r\n", b"GET http://evil/ HTTP/1.1\r\n\r\n", &huge]
    {
        let mut wire = RawConnection::to(&address, Localhost::V6);
        let _ = wire.send(bytes);
        held.push(wire);
    }
    waiting.still_signs_in(&home, &cloud);
    drop(held);
}

/// A script for a network namespace with four ephemeral ports, three of which are in use on `::1`.
const CROWDED: &str = r#"#!/bin/sh
exec /usr/bin/unshare -n /bin/sh -c '
ip link set lo up && echo "40000 40003" > /proc/sys/net/ipv4/ip_local_port_range || exit 99
exec /usr/bin/perl -MSocket -e "
  for my \$port (40000, 40001, 40003) {
    socket(my \$s, AF_INET6, SOCK_STREAM, 0) or die;
    bind(\$s, pack_sockaddr_in6(\$port, Socket::inet_pton(AF_INET6, q(::1)))) or die;
    listen(\$s, 1) or die; push @held, \$s;
  }
  system(@ARGV); exit(\$? >> 8);
" -- "$@"' sh "#;

#[test]
fn a_port_in_use_on_the_other_address_family_is_not_used() {
    let tools = ["/usr/bin/unshare", "/usr/bin/perl", "/usr/sbin/ip"];
    if !rustix::process::geteuid().is_root()
        || tools.iter().any(|it| !std::path::Path::new(it).exists())
    {
        assert!(std::env::var_os("CI").is_none(), "as root: apt-get install iproute2 perl-base");
        return;
    }
    let home = Home::new();
    let script = format!("{CROWDED}{} \"$@\"\n", binary().display());
    let crowded = home.program(home.script("crowded", &script));
    let login = ["system", "login", "-p", "Layer5", "--no-browser", "--timeout", "1s"];
    let output = crowded.args(login).run().exited(6);
    assert!(output.stderr.contains("http://localhost:40002/"), "{output}");
}

/// Runs a login whose second bind, the first one to `::1`, fails with this error. Returns the families and ports that
/// were bound for the callback, and the port that was printed.
fn bound_after(error: &str) -> (Vec<(String, String)>, String) {
    let home = Home::new();
    let login = ["system", "login", "-p", "Layer5", "--no-browser", "--timeout", "1s"];
    let inject = format!("inject=bind:error={error}:when=2");
    let options = ["-e", "trace=bind,getsockname", "-e", &inject];
    let output = Trace::of(home.mesheryctl().args(login), &options).run().exited(6);
    let port = Url::parse(printed(&output.stderr)).port.to_string();
    let trace = Trace::read(&home);
    let (mut bound, mut names) = (Vec::new(), trace.calls.iter().peekable());
    while let Some(call) = names.next() {
        if call.name == "bind" && call.succeeded() {
            let name = names.peek().filter(|it| it.name == "getsockname").copied().unwrap_or(call);
            let family = if call.args.contains("AF_INET6") { "::1" } else { "127.0.0.1" };
            let port = name.args.split("htons(").nth(1).and_then(|it| it.split(')').next());
            bound.push((family.to_owned(), port.unwrap_or_default().to_owned()));
        }
    }
    (bound, port)
}

#[test]
fn only_a_missing_address_or_family_leaves_the_callback_on_ipv4_alone() {
    if !Trace::is_available() {
        return;
    }
    for (error, is_alone) in [
        ("EADDRNOTAVAIL", true),
        ("EAFNOSUPPORT", true),
        ("EACCES", false),
        ("EPERM", false),
        ("EADDRINUSE", false),
        ("ENOMEM", false),
    ] {
        let (bound, port) = bound_after(error);
        let on_ipv6 = bound.contains(&("::1".to_owned(), port.clone()));
        let on_ipv4 = bound.contains(&("127.0.0.1".to_owned(), port.clone()));
        assert_eq!((on_ipv4, on_ipv6), (true, !is_alone), "{error}: {port} of {bound:?}");
    }
}
