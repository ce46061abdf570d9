//! Proxies: those of the environment are used, except for loopback; their errors name them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mesheryctl_tests::*;

use crate::network::connection_errors::{
    AGAIN, OFFLINE, check, fails, fetch, home, https, reaches, write,
};
use crate::sign_in::layer5::printed;

/// Fetches https://cloud.example, which is reachable only through a proxy, with this variable.
fn proxied<'h>(home: &'h Home, variable: &str, value: &str) -> Program<'h> {
    fetch(home, "https://cloud.example").env(variable, value)
}

#[test]
fn a_proxy_of_the_environment_is_used_with_its_credentials() {
    let home = home();
    let root = Authority::called("Root");
    let file = write(&home, "root.pem", root.pem());
    let (front, _cloud) = https(root.certificate());
    let proxy = Proxy::to(&front);
    let with = format!("http://ada:s%40crect@{}", proxy.authority());
    for (variable, value) in [
        ("HTTPS_PROXY", proxy.url()),
        ("https_proxy", proxy.authority()),
        ("ALL_PROXY", with),
        ("all_proxy", proxy.url()),
    ] {
        reaches(proxied(&home, variable, &value).args(["--ca-file", &file]));
    }
    let asked = proxy.request_heads();
    assert_eq!(asked.len(), 4, "{asked:?}");
    assert!(asked.iter().all(|it| it.starts_with("CONNECT cloud.example:443 HTTP/1.1\r\n")));
    assert!(!asked[0].contains("roxy-"), "{asked:?}");
    assert!(asked[2].contains("Basic YWRhOnNAY3JlY3Q="), "{asked:?}");
}

#[test]
fn each_proxy_error_names_the_variable_and_not_the_credentials() {
    let home = home();
    let without = "Bypass the proxy:  NO_PROXY=cloud.example mesheryctl system login";
    for (proxy, why, next) in [
        (Proxy::refusing(403), "refused to connect to it", without),
        (Proxy::refusing(502), "refused to connect to it", without),
        (
            Proxy::refusing(407),
            "requires authentication",
            "export HTTPS_PROXY=http://NAME:PASSWORD@127.",
        ),
        (Proxy::dropping(), "closed the connection without an answer", without),
    ] {
        let value = format!("http://ada:secret@{}", proxy.authority());
        let name = proxy.authority();
        let why = format!(
            "Cannot reach Mock: https://cloud.example/x is behind the proxy {name} (HTTPS_PROXY), which {why}."
        );
        fails(&home, proxied(&home, "HTTPS_PROXY", &value), 5, &why, &[next, OFFLINE]);
    }
    let closed = ClosedPort::start().endpoint();
    let why = "(HTTPS_PROXY), which is not answering.";
    fails(&home, proxied(&home, "HTTPS_PROXY", &closed), 5, why, &[without, OFFLINE]);
    let unknown = "http://proxy.invalid:3128";
    let why = "the proxy proxy.invalid:3128 (HTTPS_PROXY), which is not answering.";
    fails(&home, proxied(&home, "HTTPS_PROXY", unknown), 5, why, &[without, OFFLINE]);
    for bad in ["http://", "socks5://127.0.0.1:1", "not a proxy"] {
        let why = "https://cloud.example/x was not contacted: HTTPS_PROXY is not the URL of an http or https proxy";
        let run = proxied(&home, "HTTPS_PROXY", bad);
        fails(&home, run, 5, why, &["export HTTPS_PROXY=http://proxy", OFFLINE]);
    }
}

#[test]
fn no_proxy_is_respected_and_http_proxy_is_not_used_for_https() {
    let home = home();
    for (variable, value) in
        [("NO_PROXY", "cloud.example"), ("no_proxy", "other.example, .example"), ("NO_PROXY", "*")]
    {
        let proxy = Proxy::refusing(403);
        let run = proxied(&home, "HTTPS_PROXY", &proxy.url()).env(variable, value);
        fails(&home, run, 5, "https://cloud.example/x cannot be resolved", &[AGAIN, OFFLINE]);
        assert_eq!(proxy.connections(), 0, "{variable}={value}");
    }
    let proxy = Proxy::refusing(403);
    let run = proxied(&home, "HTTP_PROXY", &proxy.url()).env("http_proxy", proxy.url());
    fails(&home, run, 5, "https://cloud.example/x cannot be resolved", &[AGAIN, OFFLINE]);
    assert_eq!(proxy.connections(), 0);
}

fn through<'h>(mut run: Program<'h>, proxy: &Proxy) -> Program<'h> {
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        run = run.env(name, proxy.url()).env(name.to_lowercase(), proxy.url());
    }
    run
}

#[test]
fn loopback_in_any_spelling_never_uses_a_proxy() {
    let home = home();
    let proxy = Proxy::refusing(403);
    let server = MesheryServer::start();
    let port = Url::parse(&server.endpoint()).port;
    for host in [
        "localhost",
        "localhost.",
        "LOCALHOST",
        "LocalHost.",
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "2130706433",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
    ] {
        let before = server.requests().len();
        let run = check(&home, &format!("http://{host}:{port}"));
        let output = through(run, &proxy).run().exited(0);
        assert_eq!(server.requests().len(), before + 1, "{host}: {output}");
    }
    reaches(through(fetch(&home, &format!("http://127.1:{port}")), &proxy));
    let output = through(fetch(&home, "https://[::1]:1"), &proxy).run().exited(5);
    assert!(output.stderr.contains("[::1]:1/x refused the connection"), "{output}");
    assert_eq!(proxy.connections(), 0);
}

#[test]
fn plain_http_to_another_computer_is_refused_even_through_a_proxy() {
    let home = home();
    let proxy = Proxy::refusing(403);
    let run = fetch(&home, "https://cloud.example").env("HTTP_PROXY", proxy.url());
    let run = run.env("ALL_PROXY", proxy.url());
    let output = run.args(["--set", "steps=goto:http://cloud.example/x"]).run().exited(8);
    assert!(
        output.stderr.contains("may not use http://cloud.example: https is needed"),
        "{output}"
    );
    assert_eq!(proxy.connections(), 0);
}

#[test]
fn layer5_signs_in_through_a_proxy_with_a_private_ca() {
    let home = Home::new();
    let root = Authority::called("Example Corp Root CA");
    let file = write(&home, "root.pem", root.pem());
    let (front, cloud) = https(root.certificate());
    let cloud = cloud.issuing("opaque-token").email("you@example.org");
    let proxy = Proxy::to(&front);
    let login = home.mesheryctl().args(["system", "login", "-p", "Layer5", "--no-browser"]);
    let login = login.args(["--ca-file", &file]).env("HTTPS_PROXY", proxy.url());
    let running = login.env("MESHERYCTL_LAYER5_URL", "https://cloud.example").spawn();
    let mut visitor = Visitor::new();
    let first = visitor.visit(printed(&running.wait_for_stderr("Waiting for sign-in")));
    let to = first.response.header("location").unwrap().to_owned();
    assert!(to.starts_with("https://cloud.example/login?source="), "{to}");
    // The request of a browser, which the visitor cannot send over TLS.
    let to = Url::parse(&to.replace("https:", "http:"));
    let source = URL_SAFE_NO_PAD.decode(to.param("source").unwrap()).unwrap();
    visitor.visit(&format!("{}?token=opaque-token", String::from_utf8(source).unwrap()));
    let output = running.wait().exited(0);
    assert!(output.stderr.contains("Signed in to Layer5 as you@example.org"), "{output}");
    assert_eq!(cloud.wait_for_request("/api/identity/users/profile").method, "GET");
    assert_eq!(proxy.request_heads().len(), 1);
    assert!(home.auth_text().contains("opaque-token"));
}
