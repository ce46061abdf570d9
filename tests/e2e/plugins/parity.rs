//! Parity: the same provider as a built-in, in this process, and as a plugin in a worker.

use mesheryctl_core::flows::no_account::NoAccount;
use mesheryctl_core::provider::{Action, Provider, Request, Settings, SignIn};
use mesheryctl_core::session::Session;
use mesheryctl_core::token::Token;
use mesheryctl_tests::*;

use crate::plugins::lifecycle::{install_as, install_trusted, sha256};

/// One form of a provider: its name in auth.json, its id, and its package if it is a plugin.
struct Variant {
    name: &'static str,
    id: &'static str,
    plugin: Option<&'static str>,
}

const REMOTE: [Variant; 2] = [
    Variant { name: "Layer5", id: "layer5", plugin: None },
    Variant { name: "Remote", id: "remote", plugin: Some("remote-provider") },
];

fn login<'h>(home: &'h Home, variant: &Variant, cloud: &Cloud, args: &[&str]) -> Running<'h> {
    if let Some(package) = variant.plugin {
        install_trusted(home, package, variant.id);
    }
    let set = format!("url={}", cloud.url());
    home.mesheryctl().args(["system", "login", "-p", variant.id, "--set", &set]).args(args).spawn()
}

/// The output without ports, secrets and names, which differ.
fn comparable(output: &Output, variant: &Variant, home: &Home, cloud: &Cloud) -> String {
    let lines = output.stderr.lines().filter(|line| !line.contains("http://localhost:"));
    let text = lines.collect::<Vec<_>>().join("\n");
    let text = text
        .replace(&format!("{}: ", variant.name), "")
        .replace(variant.name, "NAME")
        .replace(variant.id, "ID");
    let text = text.replace(&cloud.url(), "CLOUD");
    let text = text.replace(&Url::parse(&cloud.url()).authority(), "CLOUD");
    text.replace(&home.path().display().to_string(), "HOME")
        .replace(&cloud.url(), "CLOUD")
        .replace(&Url::parse(&cloud.url()).authority(), "CLOUD")
}

#[test]
fn only_the_built_in_none_may_return_an_empty_token() {
    struct NoSession;
    impl Session for NoSession {}
    let request = Request::new(Action::Login, Settings::default());
    assert_eq!(NoAccount.login(&request, &mut NoSession), Ok(SignIn::with_token(Token::empty())));
    let home = Home::new();
    let _ = home.mesheryctl().args(["system", "login", "-p", "none"]).run().exited(0);
    let none = "{\"meshery-provider\":\"None\",\"token\":\"\"}\n";
    assert_eq!(home.auth_text(), none);
    // The same code in a plugin, whose manifest states an account.
    install_trusted(&home, "none-provider", "nothing");
    let output = home.mesheryctl().args(["system", "login", "-p", "nothing"]).run().exited(1);
    let said = "Nothing returned an empty token. Nothing was saved.";
    assert!(output.stderr.contains(said), "{output}");
    assert_eq!(home.auth_text(), none);
}

#[test]
fn the_remote_provider_signs_in_equally_built_in_and_in_a_worker() {
    let signed_in = REMOTE.map(|variant| {
        let home = Home::new();
        let cloud = Cloud::start().issuing("the-token").email("you@example.org");
        let browser = Browser::waiting(&home);
        let running = login(&home, &variant, &cloud, &[]);
        let hops = Visitor::new().follow(&browser.opened());
        let output = running.wait().exited(0);
        let expected =
            format!("{{\"meshery-provider\":\"{}\",\"token\":\"the-token\"}}\n", variant.name);
        assert_eq!(home.auth_text(), expected);
        let asked: Vec<String> =
            cloud.requests().iter().map(|it| format!("{} {}", it.method, it.path)).collect();
        let statuses: Vec<u16> = hops.iter().map(|hop| hop.response.status).collect();
        home.assert_no_process_is_left();
        (comparable(&output, &variant, &home, &cloud), asked, statuses)
    });
    assert_eq!(signed_in[0], signed_in[1]);
}

#[test]
fn denial_timeout_and_cancellation_are_equal_built_in_and_in_a_worker() {
    for (way_of_cloud, args, code) in [
        (CloudBehavior::Denies, &[][..], 4),
        (CloudBehavior::AlreadySignedIn, &["--timeout", "1s"][..], 6),
    ] {
        let ends = REMOTE.map(|variant| {
            let home = Home::new();
            home.write_auth("old bytes");
            let cloud = Cloud::start().behaving(way_of_cloud);
            let browser = Browser::waiting(&home);
            let running = login(&home, &variant, &cloud, args);
            Visitor::new().follow(&browser.opened());
            let output = running.wait().exited(code);
            assert_eq!(home.auth_text(), "old bytes");
            home.assert_no_process_is_left();
            comparable(&output, &variant, &home, &cloud)
        });
        assert_eq!(ends[0], ends[1]);
    }
}

/// The rustc of Debian's package.
const OTHER_RUST: &str = "/usr/bin/rustc";

#[test]
fn a_plugin_built_by_another_rust_version_signs_in() {
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
    let output = run.run().exited(0);
    assert!(
        output.stderr.starts_with("Mock: now gave true\nMock: random gave 11 characters\n"),
        "{output}"
    );
}
