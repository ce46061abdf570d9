//! Parity: the same provider as a built-in, in this process, and behind the door in a worker.

use mesheryctl_core::flows::no_account::NoAccount;
use mesheryctl_core::provider::{Action, Provider, Request, Settings, SignIn};
use mesheryctl_core::session::Session;
use mesheryctl_core::token::Token;
use mesheryctl_tests::*;

use crate::plugins::{install_as, install_trusted, sha256};

/// A way to have a provider act: its name in auth.json, and the login that runs it.
struct Way_ {
    name: &'static str,
    id: &'static str,
    plugin: Option<&'static str>,
}

const REMOTE: [Way_; 2] = [
    Way_ { name: "Layer5", id: "layer5", plugin: None },
    Way_ { name: "Remote", id: "remote", plugin: Some("remote-provider") },
];

fn login<'h>(home: &'h Home, way: &Way_, cloud: &Cloud, args: &[&str]) -> Running<'h> {
    if let Some(package) = way.plugin {
        install_trusted(home, package, way.id);
    }
    let set = format!("url={}", cloud.url());
    home.mesheryctl().args(["system", "login", "-p", way.id, "--set", &set]).args(args).spawn()
}

/// What was said, without what differs by nature: ports, secrets, names.
fn said(ended: &Finished, way: &Way_, home: &Home) -> String {
    let lines = ended.stderr.lines().filter(|line| !line.contains("http://localhost:"));
    let text = lines.collect::<Vec<_>>().join("\n");
    let text = text
        .replace(&format!("{}: ", way.name), "")
        .replace(way.name, "NAME")
        .replace(way.id, "ID");
    text.replace(&home.path().display().to_string(), "HOME")
}

#[test]
fn none_yields_the_same_token_as_a_built_in_in_process_and_in_a_worker() {
    struct Nobody;
    impl Session for Nobody {}
    let request = Request::new(Action::Login, Settings::default());
    assert_eq!(NoAccount.login(&request, &mut Nobody), Ok(SignIn::with_token(Token::empty())));
    for (id, name, plugin) in
        [("none", "None", None), ("nothing", "Nothing", Some("none-provider"))]
    {
        let home = Home::new();
        if let Some(package) = plugin {
            install_trusted(&home, package, id);
        }
        let _ = home.mesheryctl().args(["system", "login", "-p", id]).run().exited(0);
        assert_eq!(
            home.auth_text(),
            format!("{{\"meshery-provider\":\"{name}\",\"token\":\"\"}}\n")
        );
    }
}

#[test]
fn the_remote_provider_signs_in_alike_built_in_and_in_a_worker() {
    let signed_in = REMOTE.map(|way| {
        let home = Home::new();
        let cloud = Cloud::start().gives("the-token").email("you@example.org");
        let browser = Browser::waiting(&home);
        let running = login(&home, &way, &cloud, &[]);
        let hops = Visitor::new().follow(&browser.opened());
        let ended = running.wait().exited(0);
        let expected =
            format!("{{\"meshery-provider\":\"{}\",\"token\":\"the-token\"}}\n", way.name);
        assert_eq!(home.auth_text(), expected);
        let asked: Vec<String> =
            cloud.requests().iter().map(|it| format!("{} {}", it.method, it.path)).collect();
        let statuses: Vec<u16> = hops.iter().map(|hop| hop.answer.status).collect();
        home.assert_no_process_is_left();
        (said(&ended, &way, &home), asked, statuses)
    });
    assert_eq!(signed_in[0], signed_in[1]);
}

#[test]
fn refusal_timeout_and_cancelling_end_alike_built_in_and_in_a_worker() {
    for (way_of_cloud, args, code) in
        [(Way::Denies, &[][..], 4), (Way::AlreadySignedIn, &["--timeout", "1s"][..], 6)]
    {
        let ends = REMOTE.map(|way| {
            let home = Home::new();
            home.write_auth("old bytes");
            let cloud = Cloud::start().way(way_of_cloud);
            let browser = Browser::waiting(&home);
            let running = login(&home, &way, &cloud, args);
            Visitor::new().follow(&browser.opened());
            let ended = running.wait().exited(code);
            assert_eq!(home.auth_text(), "old bytes");
            home.assert_no_process_is_left();
            said(&ended, &way, &home).replace(&cloud.url(), "CLOUD")
        });
        assert_eq!(ends[0], ends[1]);
    }
}

/// Debian's second Rust, by its path.
const OTHER_RUST: &str = "/usr/bin/rustc";

#[test]
fn a_plugin_built_by_another_rust_signs_in() {
    if !std::path::Path::new(OTHER_RUST).exists() {
        assert!(std::env::var_os("CI").is_none(), "apt-get install rustc-web");
        return;
    }
    let library = built_library_by(OTHER_RUST, "mock-provider");
    let home = Home::new();
    let file = install_as(&home, &library, "mock-provider");
    let hash = sha256(&home, &file);
    let _ = home.mesheryctl().args(["plugin", "trust", "mock", "--sha256", &hash]).run().exited(0);
    let run =
        home.mesheryctl().args(["system", "login", "-p", "mock", "--set", "steps=now,random:8"]);
    let ended = run.run().exited(0);
    assert!(
        ended.stderr.starts_with("Mock: now gave true\nMock: random gave 11 characters\n"),
        "{ended}"
    );
}
