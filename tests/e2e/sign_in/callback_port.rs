//! The port of the callback that the person chooses: forwarded from another computer, in use, or invalid.

use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};

use mesheryctl_tests::*;

use crate::oidc::certified_provider::login as oidc_login;
use crate::sign_in::layer5::{login, printed, saved};

const SSH: (&str, &str) = ("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 2222");

#[test]
fn a_layer5_login_over_ssh_is_finished_by_a_browser_behind_a_forwarded_port() {
    for is_variable in [false, true] {
        let (home, cloud, port) = (Home::new(), Cloud::start(), free_port());
        let forbidden = Browser::forbidden(&home);
        let forwarder = Forwarder::start(port);
        let run = login(&home, &cloud).env(SSH.0, SSH.1).env("USER", "ada");
        let run = match is_variable {
            true => run.env("MESHERYCTL_CALLBACK_PORT", port.to_string()),
            false => run.args(["--callback-port", &port.to_string()]),
        };
        let running = run.spawn();
        let said = running.wait_for_stderr("Waiting for sign-in");
        assert!(
            said.starts_with(&format!(
                "This is an SSH session. On your own computer, run this first (with the name that you use \
                 for this computer, if it differs):\n  ssh -L {port}:localhost:{port} -p 2222 ada@192.0.2.2\n\
                 Then open this URL there, and sign in:\n  http://localhost:{port}/"
            )),
            "{said}"
        );
        let hops = Visitor::new().over(Localhost::Forwarding(port)).follow(printed(&said));
        let _ = running.wait().exited(0);
        assert_eq!(hops.last().unwrap().response.status, 200, "{hops:#?}");
        assert_eq!(forwarder.connections(), 3, "the start link, the callback and the last page");
        assert_eq!(home.auth_text(), saved(&cloud.token()));
        drop(forbidden);
    }
}

#[test]
fn an_openid_login_over_ssh_uses_the_browser_flow_through_a_forwarded_port() {
    let Some(provider) = IdentityProvider::start() else { return };
    let (home, port) = (Home::new(), free_port());
    let forwarder = Forwarder::start(port);
    let run = oidc_login(&home, provider.issuer()).env(SSH.0, SSH.1);
    let running = run.args(["--callback-port", &port.to_string()]).spawn();
    let said = running.wait_for_stderr("Waiting for sign-in");
    let mut visitor = Visitor::new().over(Localhost::Forwarding(port));
    let hops = visitor.follow(printed(&said));
    let hops = provider.sign_in(&mut visitor, &hops, "ada");
    let output = running.wait().exited(0);
    assert!(output.stderr.contains("Signed in to OpenID as ada@example.org"), "{output}");
    assert_eq!(hops.last().unwrap().response.status, 200, "{hops:#?}");
    assert_eq!(forwarder.connections(), 3, "the start link, the callback and the last page");
}

#[test]
fn the_chosen_port_is_used_in_both_address_families_on_a_desktop_too() {
    for family in [Localhost::V4, Localhost::V6] {
        let (home, cloud, port) = (Home::new(), Cloud::start(), free_port());
        let browser = Browser::waiting(&home);
        let running = login(&home, &cloud).args(["--callback-port", &port.to_string()]).spawn();
        let opened = browser.opened();
        assert_eq!(Url::parse(&opened).port, port);
        Visitor::new().over(family).follow(&opened);
        let _ = running.wait().exited(0);
        assert_eq!(home.auth_text(), saved(&cloud.token()));
    }
}

#[test]
fn without_a_browser_option_the_forwarding_is_shown_below_the_link() {
    let (home, cloud, port) = (Home::new(), Cloud::start(), free_port());
    let run = login(&home, &cloud).args(["--no-browser", "--callback-port", &port.to_string()]);
    let screen = run.clone().env(SSH.0, SSH.1).env("USER", "ada").on_terminal(24, 200);
    screen.wait_for("or press Ctrl-C to cancel.");
    let said = screen.contents();
    assert!(
        said.contains(&format!(
            "On another computer, run this first (with the name that you use for this computer, if it differs):\n\
             \x20 ssh -L {port}:localhost:{port} -p 2222 ada@192.0.2.2\n"
        )),
        "{said}"
    );
    screen.press([Key::CtrlC]);
    assert_eq!(screen.wait(), 130);
    let screen = run.env("CODESPACES", "true").on_terminal(24, 200);
    screen.wait_for("or press Ctrl-C to cancel.");
    screen.wait_for(&format!(
        "On another computer, first forward port {port} to port {port} of localhost here."
    ));
    screen.press([Key::CtrlC]);
    assert_eq!(screen.wait(), 130);
}

#[test]
fn a_port_in_use_in_either_address_family_ends_the_login_before_it_begins() {
    for address in [Ipv4Addr::LOCALHOST.into(), std::net::IpAddr::from(Ipv6Addr::LOCALHOST)] {
        let home = Home::new();
        home.write_auth("old bytes");
        let (cloud, port) = (Cloud::start(), free_port());
        let forbidden = Browser::forbidden(&home);
        let taken = TcpListener::bind((address, port)).unwrap();
        let before = home.snapshot();
        let run = login(&home, &cloud).args(["--callback-port", &port.to_string()]);
        let output = run.clone().run().exited(2);
        let says = format!("Port {port} of {address} is in use");
        assert!(output.stderr.contains(&says), "{output}");
        assert!(output.stderr.contains("choose another port with --callback-port"), "{output}");
        assert!(output.stderr.contains(&format!("lsof -nP -sTCP:LISTEN -iTCP:{port}")), "{output}");
        assert_unchanged(&before, &home.snapshot());
        let json = run.args(["-o", "json"]).run().exited(2);
        assert!(json.stdout.contains("callback_port_unusable"), "{json}");
        drop((taken, forbidden));
    }
}

#[test]
fn a_chosen_port_is_from_1024_to_65535_and_not_for_a_login_without_a_callback() {
    let (home, cloud) = (Home::new(), Cloud::start());
    for port in ["0", "1023", "65536", "x"] {
        let _ = login(&home, &cloud).args(["--callback-port", port]).run().exited(2);
        let run = login(&home, &cloud).env("MESHERYCTL_CALLBACK_PORT", port);
        let output = run.run().exited(2);
        let says =
            format!("MESHERYCTL_CALLBACK_PORT must be a port from 1024 to 65535, not {port}.");
        assert!(output.stderr.contains(&says), "{output}");
    }
    for other in [&["--device"][..], &["--with-token"], &["--token-file", "auth.json"]] {
        let run = login(&home, &cloud).args(["--callback-port", "8765"]).args(other);
        let output = run.run().exited(2);
        assert!(output.stderr.contains("cannot be used with"), "{output}");
    }
    // The variable is for the logins that have a callback; None has none.
    let port = free_port();
    let _taken = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    let none = home.mesheryctl().args(["system", "login", "-p", "None"]);
    let _ = none.env("MESHERYCTL_CALLBACK_PORT", port.to_string()).run().exited(0);
}

#[test]
fn in_ci_a_chosen_port_does_not_make_a_login_wait_for_a_person() {
    let (home, cloud, port) = (Home::new(), Cloud::start(), free_port().to_string());
    let output = login(&home, &cloud).env("CI", "true").args(["--callback-port", &port]).run();
    assert!(output.exited(2).stderr.contains("Cannot open a browser in CI."));
}

#[test]
fn check_shows_the_port_that_the_variable_chooses() {
    let home = Home::new();
    home.write_auth("{\"meshery-provider\":\"None\",\"token\":\"\"}\n");
    let check = home.mesheryctl().args(["system", "check"]).env(SSH.0, SSH.1);
    let output = check.env("MESHERYCTL_CALLBACK_PORT", "8765").run().exited(0);
    let says = "This is an SSH session. Sign-in prints a URL and listens on port 8765";
    assert!(output.stdout.contains(says), "{output}");
}
