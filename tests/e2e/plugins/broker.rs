//! The broker: forbidden asks of a plugin are refused, and the error names the plugin.

use mesheryctl_tests::faulty::{PluginFault, install_faulty};
use mesheryctl_tests::*;
use serde_json::{Value, json};

use crate::plugins::lifecycle::{install_trusted, trust};

/// A home with the faulty plugin trusted, which sends the asks of its setting.
fn home() -> Home {
    let home = Home::new();
    home.write_auth("old bytes");
    let file = install_faulty(&home, PluginFault::Asks, "");
    trust(&home, &file, "faulty");
    home
}

/// A login in which the plugin sends these asks and returns the last answer.
fn asking<'h>(home: &'h Home, asks: &[Value]) -> Program<'h> {
    let asks: Vec<String> = asks.iter().map(ToString::to_string).collect();
    let set = format!("asks={}", asks.join(" then "));
    home.mesheryctl().args(["system", "login", "-p", "faulty", "--set", &set])
}

/// Asserts this error line.
fn refused(home: &Home, program: Program<'_>, says: &str) {
    let before = home.snapshot();
    let output = program.run().exited(8);
    let line = output.stderr.lines().next().unwrap_or_default();
    assert!(
        line.contains(says) && line.contains("Faulty"),
        "{says:?} is what it should say: {output}"
    );
    assert!(line.contains("Nothing was changed."), "{output}");
    assert!(output.stderr.lines().skip(1).all(|it| it.starts_with("  ")), "{output}");
    assert_unchanged(&before, &home.snapshot());
    home.assert_no_process_is_left();
}

#[test]
fn each_ask_for_a_forbidden_url_is_refused_and_names_the_plugin() {
    let fetch = |url: &str| json!({"ask": "fetch", "method": "GET", "url": url});
    let with = |name: &str, value: &str| json!({"ask": "fetch", "method": "GET", "url": "https://good.example/", "headers": [[name, value]]});
    let callback = json!({"ask": "callback", "kind": "marked"});
    let visit = |url: &str| json!({"ask": "visit", "url": url});
    let code = |url: &str| json!({"ask": "show_code", "url": url, "code": "A", "expires_in": 60});
    let elsewhere =
        "Faulty may not connect to evil.example: \"hosts\" of its provider.json does not name it.";
    let long = format!("https://good.example/?{}", "x".repeat(8 * 1024));
    let insecure = "https is needed, or http on this computer.";
    let reserved = "is a link-local or metadata address";
    let layer5 = "Faulty may not connect to cloud.layer5.io: it belongs to Layer5.";
    let home = home();
    for (asks, says) in [
        (vec![fetch("https://evil.example/")], elsewhere),
        (vec![code("https://evil.example/")], elsewhere),
        (vec![callback.clone(), visit("https://evil.example/")], elsewhere),
        (vec![fetch("https://evil.example\\@good.example/")], elsewhere),
        (vec![fetch("https://good.example@evil.example/")], "a URL with a user name"),
        (vec![fetch("https://good.example%2eevil.example/")], "good.example.evil.example: "),
        (vec![fetch("https://good.example./")], "Faulty may not connect to good.example.: "),
        (vec![fetch("https://g\u{43e}od.example/")], "Faulty may not connect to xn--"),
        (vec![fetch("http://good.example/")], insecure),
        (vec![fetch("file:///etc/passwd")], insecure),
        (vec![fetch("/etc/passwd")], "Faulty used the relative URL \"/etc/passwd\"; a URL must"),
        (vec![fetch("https://good.example\u{1b}[2J/")], "a text that is not a URL"),
        (vec![fetch("https://169.254.169.254/latest/meta-data/")], reserved),
        (vec![fetch("https://0xa9fea9fe/")], reserved),
        (vec![fetch("https://[::ffff:169.254.169.254]/")], reserved),
        (vec![fetch("https://100.100.100.200/")], reserved),
        (vec![fetch("https://0.0.0.0:8443/")], "0.0.0.0 is an address of this computer"),
        (vec![fetch("https://[::ffff:0.0.0.0]/")], "is an address of this computer"),
        (vec![fetch("https://cloud.layer5.io/api/identity/users/profile")], layer5),
        (vec![code("https://cloud.layer5.io/")], layer5),
        (vec![callback.clone(), visit("https://cloud.layer5.io/login?source=")], layer5),
        (vec![with("Host", "evil.example")], "Faulty: The header Host may not be sent."),
        (vec![with("A\r\nHost", "b")], "Faulty: The header A Host may not be sent."),
        (vec![with("A", "b\r\nHost: evil.example")], "Faulty: The header A may not be sent."),
        (vec![with("Content-Length", "0")], "Faulty: The header Content-Length may not be sent."),
        (vec![with("Proxy-Authorization", "b")], "The header Proxy-Authorization may not be sent."),
        (
            vec![json!({"ask": "fetch", "method": "PUT", "url": "https://good.example/"})],
            "Faulty: Only GET and POST are supported.",
        ),
        (
            vec![json!({"ask": "fetch", "method": "GET /\r\nX:", "url": "https://good.example/"})],
            "Faulty: Only GET and POST are supported.",
        ),
        (
            vec![json!({"ask": "random", "bytes": 4_000_000_000_u32})],
            "Faulty: The provider asked for more than 1,024 random bytes.",
        ),
        (vec![visit("https://good.example/")], "Faulty: A visit needs a new callback first."),
        (vec![callback, visit(&long)], "Faulty: The URL to visit is longer than 8 KiB."),
    ] {
        refused(&home, asking(&home, &asks), says);
    }
}

#[test]
fn a_name_that_leads_to_a_metadata_service_or_this_computer_is_refused_unless_another_address_is_allowed()
 {
    if !MachineKind::is_available() {
        return;
    }
    let home = home();
    let address = "https://192.0.2.7:8443/";
    let asks = [json!({"ask": "fetch", "method": "GET", "url": address})];
    let says = "192.0.2.7 is an address of this computer, which is reached by localhost or";
    refused(&home, asking(&home, &asks).on(MachineKind::MetadataHosts), says);
    for name in ["metadata", "metadata6", "loopback", "loopback6", "unspecified", "own"] {
        let url = format!("https://{name}.example/latest/meta-data/");
        let asks = [json!({"ask": "fetch", "method": "GET", "url": url})];
        let says = format!(
            "{url} leads to a link-local or metadata address or to this computer, which is not allowed."
        );
        refused(&home, asking(&home, &asks).on(MachineKind::MetadataHosts), &says);
    }
    // The connection attempt is what counts.
    for name in ["mixed", "good"] {
        let url = format!("https://{name}.example/");
        let asks = [json!({"ask": "fetch", "method": "GET", "url": url})];
        let output = asking(&home, &asks).on(MachineKind::MetadataHosts).run().exited(5);
        assert!(
            output.stderr.contains("cannot be reached from this computer's network"),
            "{output}"
        );
    }
}

#[test]
fn the_host_and_port_of_a_setting_may_be_on_this_computer() {
    if !MachineKind::is_available() {
        return;
    }
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    for url in ["https://own.example:8443", "https://192.0.2.7:8443"] {
        let login = home.mesheryctl().args(["system", "login", "-p", "mock"]);
        let login = login.args(["--set", "steps=fetch:/x", "--set", &format!("url={url}")]);
        // No server listens there.
        let output = login.on(MachineKind::MetadataHosts).run().exited(5);
        assert!(output.stderr.contains(" refused the connection"), "{output}");
    }
}

#[test]
fn a_redirect_is_returned_to_the_plugin_and_not_followed() {
    let (cloud, other) = (Cloud::start(), Cloud::start());
    let source = base64_of(&format!("{}/elsewhere", other.url()));
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    let run = home.mesheryctl().args(["system", "login", "-p", "mock"]);
    let url = format!("url={}", cloud.url());
    let steps = format!("steps=fetch:/login?source={source},goto:{}/elsewhere", other.url());
    let output = run.args(["--set", &url, "--set", &steps]).run().exited(8);
    assert!(output.stderr.contains("Mock: fetch gave 302"), "{output}");
    // Another port of this computer belongs to another program and was not trusted.
    let place = other.url().replace("http://", "");
    assert!(output.stderr.contains(&format!("Mock may not connect to {place}: ")), "{output}");
    assert_eq!((cloud.requests().len(), other.requests().len()), (1, 0));
}

fn base64_of(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}

#[test]
fn choices_that_differ_after_forty_characters_are_told_apart() {
    let home = home();
    let item = |end: &str| format!("arn:aws:iam::1234567890:role/engineering-{end}");
    let (read, admin) = (item("read"), item("admin"));
    let ask = json!({"ask": "choose", "prompt": "Which role", "items": [read, admin]});
    let screen = asking(&home, &[ask]).on_terminal(24, 100);
    screen.wait_for(&admin);
    assert!(screen.contents().contains(&read), "{}", screen.contents());
    screen.press([Key::CtrlC]);
    assert_eq!(screen.wait(), 130);
}

#[test]
fn the_chosen_item_of_a_plugin_stands_behind_its_name() {
    let home = home();
    let item = "Signed in to Layer5 as root";
    let ask = json!({"ask": "choose", "prompt": "Which", "items": [item]});
    for accessible in ["0", "1"] {
        let screen = asking(&home, std::slice::from_ref(&ask));
        let screen = screen.env("ACCESSIBLE", accessible).on_terminal(24, 100);
        screen.wait_for(item);
        screen.press([Key::Enter]);
        assert_eq!(screen.wait(), 8);
        let shown = screen.contents();
        assert!(shown.contains(&format!("✔ Faulty: {item}\n")), "{shown}");
        assert!(!shown.contains(&format!("✔ {item}")), "{shown}");
    }
}

#[test]
fn every_screen_line_of_a_plugins_text_starts_with_its_name() {
    let home = home();
    let blank = "\u{2800}".repeat(50);
    for (text, lines) in [
        (format!("{blank}Password:"), vec!["Faulty: Password:"]),
        (
            "a\r\n\u{85}\u{2028}✔ Signed in to Layer5".into(),
            vec!["Faulty: a ✔ Signed in to Layer5"],
        ),
        (
            format!("{} Trust it? [y/N]", "x".repeat(28)),
            vec!["Faulty: xxxxxxxxxxxxxxxxxxxxxxxxxxxx", "Faulty: Trust it? [y/N]"],
        ),
        (
            format!("{}Password:", "x".repeat(32)),
            vec!["Faulty: xxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "Faulty: xxxPassword:"],
        ),
    ] {
        let screen = asking(&home, &[json!({"ask": "tell", "text": text})]).on_terminal(60, 40);
        assert_eq!(screen.wait(), 8);
        let shown = screen.contents();
        let told: Vec<&str> = shown.lines().take(lines.len()).collect();
        assert_eq!(told, lines, "{shown}");
        assert!(
            shown.lines().nth(lines.len()).unwrap().starts_with("✗ The plugin Faulty"),
            "{shown}"
        );
    }
    let prompt = format!("{} Password of Layer5", "x".repeat(28));
    let screen = asking(&home, &[json!({"ask": "ask", "prompt": prompt})]).on_terminal(24, 40);
    screen.wait_for("…:");
    assert_eq!(screen.contents().trim_end(), "Faulty: xxxxxxxxxxxxxxxxxxxxxxxxxxxx…:");
    screen.press([Key::CtrlC]);
    assert_eq!(screen.wait(), 130);
}

#[test]
fn a_pasted_layer5_token_is_not_passed_to_a_plugin() {
    let of_layer5 = "{\"meshery-provider\":\"Layer5\",\"token\":\"canary\"}";
    let home = home();
    let ask = [json!({"ask": "ask", "prompt": "Your auth.json of Layer5", "secret": true})];
    let screen = asking(&home, &ask).on_terminal(24, 100);
    screen.wait_for("Faulty: Your auth.json of Layer5:");
    screen.press([Key::text(of_layer5), Key::Enter]);
    assert_eq!(screen.wait(), 8, "{}", screen.contents());
    let why = "✗ That was a token of Layer5; it was not passed to Faulty. Nothing was changed.";
    assert!(screen.contents().contains(why), "{}", screen.contents());

    let visit = [
        json!({"ask": "callback", "kind": "marked"}),
        json!({"ask": "visit", "url": "https://good.example/"}),
    ];
    let screen = asking(&home, &visit).args(["--no-browser"]).on_terminal(24, 100);
    screen.wait_for("or press Ctrl-C to cancel.");
    screen.wait_for_mode(Mode { echo: false, lines: false, signals: true });
    screen.press([Key::Paste(of_layer5.into()), Key::Enter]);
    screen.wait_for("That was a token of Layer5, not of Faulty. Ignored; still waiting.");
    screen.press([Key::CtrlC]);
    assert_eq!(screen.wait(), 130);
    assert!(!String::from_utf8_lossy(&screen.raw()).contains("canary"));
    assert_eq!(home.auth_text(), "old bytes");
}

#[test]
fn a_token_of_layer5_that_the_browser_brings_to_a_plugin_is_not_passed_to_it() {
    for (issuer, exit) in [("https://hydra.layer5.io/", 8), ("https://id.acme.example/", 0)] {
        let home = Home::new();
        install_trusted(&home, "mock-provider", "mock");
        let run = home.mesheryctl().args(["system", "login", "-p", "mock", "--no-browser"]);
        let steps = ["--set", "steps=callback,visit:/login", "--set", "url=http://localhost:1"];
        let running = run.args(steps).args(["--no-verify"]).spawn();
        let said = running.wait_for_stderr("Waiting for sign-in");
        let (_, callback) = said.split_once("callback gave ").unwrap();
        let callback = callback.split_whitespace().next().unwrap();
        let mut claims = token::claims("ada@example.org", None);
        claims["iss"] = issuer.into();
        let token = token::jwt(&claims);
        Visitor::new().visit(&format!("{callback}?token={token}"));
        let output = running.wait().exited(exit);
        let refused =
            "Mock: The browser brought a token of Layer5, which this provider must not get.";
        assert_eq!(output.stderr.contains(refused), exit == 8, "{output}");
        assert_eq!(home.auth_bytes().is_some(), exit == 0, "{output}");
        assert!(!output.stderr.contains(&token));
    }
}
