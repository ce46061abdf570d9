//! Pasting while a login waits: the first valid input wins, and pasted text is not shown.

use mesheryctl_tests::*;

use crate::sign_in::layer5::printed;

fn login<'h>(home: &'h Home, cloud: &Cloud) -> Screen<'h> {
    let run = home.mesheryctl().args(["system", "login", "-p", "Layer5", "--no-browser"]);
    let screen = run.env("MESHERYCTL_LAYER5_URL", cloud.url()).on_terminal(24, 100);
    screen.wait_for("or press Ctrl-C to cancel.");
    screen.wait_for_mode(Mode { echo: false, lines: false, signals: true });
    screen
}

fn saved(token: &str) -> String {
    format!("{{\"meshery-provider\":\"Layer5\",\"token\":\"{token}\"}}\n")
}

/// The callback URL on which a browser ends that cannot reach this computer.
fn callback_url(screen: &Screen<'_>, cloud: &Cloud) -> String {
    let mut visitor = Visitor::new();
    let start = visitor.visit(printed(&screen.contents()));
    let cloud_login = visitor.visit(start.response.header("location").unwrap());
    let address = cloud_login.response.header("location").unwrap().to_owned();
    assert!(address.contains(&cloud.token()));
    address
}

#[test]
fn a_pasted_token_auth_json_or_callback_url_signs_in() {
    type Pasted = fn(&Screen<'_>, &Cloud) -> String;
    let cases: [(&str, Pasted); 5] = [
        ("token", |_, cloud| cloud.token()),
        ("auth.json", |_, cloud| saved(&cloud.token()).trim().to_owned()),
        ("laid out", |_, cloud| {
            format!(
                "{{\n  \"meshery-provider\": \"Meshery\",\n  \"token\": \"{}\"\n}}\n",
                cloud.token()
            )
        }),
        ("address", callback_url),
        ("address without its scheme", |screen, cloud| {
            callback_url(screen, cloud).trim_start_matches("http://").to_owned()
        }),
    ];
    for (kind, pasted) in cases {
        let home = Home::new();
        let cloud = Cloud::start();
        let screen = login(&home, &cloud);
        let text = pasted(&screen, &cloud);
        screen.press([Key::Paste(text), Key::Enter]);
        assert_eq!(screen.wait(), 0, "{kind}: {}", screen.contents());
        assert_eq!(home.auth_text(), saved(&cloud.token()), "{kind}");
        assert!(
            !String::from_utf8_lossy(&screen.raw()).contains(&cloud.token()),
            "{kind} is not shown"
        );
        assert_eq!(screen.mode(), Mode::NORMAL);
        assert!(screen.cursor_visible());
        assert!(!screen.contents().contains("Waiting for sign-in"), "{}", screen.contents());
    }
}

#[test]
fn a_token_up_to_64_kib_is_read_completely_typed_or_pasted() {
    for key in [Key::Paste as fn(String) -> Key, Key::Text] {
        let home = Home::new();
        let token = "x".repeat(64 * 1024);
        let cloud = Cloud::start().accepts(&token);
        let screen = login(&home, &cloud);
        screen.press([key(token.clone()), Key::Enter]);
        assert_eq!(screen.wait(), 0, "{}", screen.contents());
        assert_eq!(home.auth_text(), saved(&token));
    }
}

#[test]
fn an_invalid_paste_is_described_and_the_wait_continues() {
    let home = Home::new();
    home.write_auth("old bytes");
    let cloud = Cloud::start();
    let screen = login(&home, &cloud);
    let port = Url::parse(printed(&screen.contents())).port;
    for (text, why) in [
        (
            "2 canaries; 1 cage",
            "That contains a character that is not allowed in a token, such as a space.",
        ),
        ("correct-horse-battery-canary", "That looked like words."),
        ("$CANARY", "That looked like a variable that was not replaced by its value."),
        ("null", "That was a word for no value, such as null."),
        ("***", "That looked like a token that was masked with asterisks."),
        (
            "{\"meshery-provider\":\"Layer5\",\"token\":\"canary\"}",
            "That was an auth.json whose \"token\" is too short for a token.",
        ),
        ("canary", "That was too short for a token."),
        ("<html>canary</html>", "That looked like a web page."),
        ("eyJhbGciOiJSUzI1NiJ9.eyJjYW5hcnki", "That looked like a truncated token."),
        ("{\"meshery-provider\":\"Layer5\",", "That looked like a truncated auth.json."),
        (
            "{\"meshery-provider\":\"Acme\",\"token\":\"canary\"}",
            "That was a token of Acme, not of Layer5.",
        ),
        (
            "https://cloud.layer5.io/?token=canary",
            "That was the URL of another page; paste the one that begins with http://localhost.",
        ),
        ("http://localhost:1/?token=canary", "That was the URL of another login."),
        (
            &format!("http://localhost:{port}/x?canary=1"),
            "That was a URL without a sign-in result.",
        ),
    ] {
        screen.press([Key::Paste(text.to_owned()), Key::Enter]);
        screen.wait_for(why);
    }
    assert!(!String::from_utf8_lossy(&screen.raw()).contains("canar"));
    assert_eq!(home.auth_text(), "old bytes");
    screen.press([Key::Paste(cloud.token()), Key::Enter]);
    assert_eq!(screen.wait(), 0);
    assert_eq!(home.auth_text(), saved(&cloud.token()));
}

#[test]
fn an_address_without_its_scheme_is_read_as_an_address() {
    let (home, cloud) = (Home::new(), Cloud::start());
    let screen = login(&home, &cloud);
    for (text, why) in [
        (
            "cloud.layer5.io/security/tokens",
            "That was the URL of another page; paste the one that begins with http://localhost.",
        ),
        ("localhost:1/?token=canary", "That was the URL of another login."),
    ] {
        screen.press([Key::Paste(text.to_owned()), Key::Enter]);
        screen.wait_for(why);
    }
    screen.press([Key::CtrlC]);
    assert_eq!(screen.wait(), 130);
    assert_eq!(home.auth_bytes(), None);
}

#[test]
fn no_word_of_an_unbracketed_paste_of_text_is_read_as_a_token() {
    let home = Home::new();
    let cloud = Cloud::start();
    let screen = login(&home, &cloud);
    screen.press([Key::text("<html>\rcanary\rcanary\r")]);
    screen.wait_for("That looked like a web page. Ignored; still waiting.");
    screen.press([Key::Paste(cloud.token()), Key::Enter]);
    assert_eq!(screen.wait(), 0, "{}", screen.contents());
    assert_eq!(home.auth_text(), saved(&cloud.token()));
}

#[test]
fn ctrl_backslash_and_ctrl_s_are_ignored_while_waiting() {
    let home = Home::new();
    let cloud = Cloud::start();
    let screen = login(&home, &cloud);
    screen.press([Key::text("\u{1c}\u{13}"), Key::Paste(cloud.token()), Key::Enter]);
    assert_eq!(screen.wait(), 0, "{}", screen.contents());
    assert_eq!(home.auth_text(), saved(&cloud.token()));
}

#[test]
fn typed_input_can_be_corrected_before_enter() {
    let home = Home::new();
    let cloud = Cloud::start().accepts("the-right-token-1-t");
    let screen = login(&home, &cloud);
    let typed = Key::text("wrong\u{15}the-right-token-1-x");
    screen.press([typed, Key::Backspace, Key::text("t"), Key::Enter]);
    assert_eq!(screen.wait(), 0, "{}", screen.contents());
    assert_eq!(home.auth_text(), saved("the-right-token-1-t"));
}

#[test]
fn a_callback_before_enter_wins_over_an_unfinished_paste() {
    let home = Home::new();
    let cloud = Cloud::start();
    let screen = login(&home, &cloud);
    screen.press([Key::text("half-a-canary")]);
    Visitor::new().follow(printed(&screen.contents()));
    assert_eq!(screen.wait(), 0);
    assert_eq!(home.auth_text(), saved(&cloud.token()));
    assert!(!String::from_utf8_lossy(&screen.raw()).contains("canary"));
    assert_eq!(screen.mode(), Mode::NORMAL);
}

#[test]
fn ctrl_c_during_a_paste_cancels_and_shows_none_of_it() {
    let home = Home::new();
    let cloud = Cloud::start();
    let screen = login(&home, &cloud);
    screen.press([Key::text("canary"), Key::CtrlC]);
    assert_eq!(screen.wait(), 130);
    assert!(!String::from_utf8_lossy(&screen.raw()).contains("canary"));
    assert_eq!(home.auth_bytes(), None);
    assert_eq!(screen.mode(), Mode::NORMAL);
}

#[test]
fn without_a_terminal_there_is_no_paste_prompt() {
    let home = Home::new();
    let cloud = Cloud::start();
    let run = home.mesheryctl().args(["system", "login", "-p", "Layer5", "--no-browser"]);
    let running = run.env("MESHERYCTL_LAYER5_URL", cloud.url()).spawn();
    let said = running.wait_for_stderr("Waiting for sign-in (5:00). Press Ctrl-C to cancel.\n");
    Visitor::new().follow(printed(&said));
    let output = running.wait().exited(0);
    assert!(!output.stderr.to_lowercase().contains("paste"), "{output}");
}

#[test]
fn after_twenty_seconds_without_a_callback_one_line_explains_pasting_once() {
    let home = Home::new();
    let cloud = Cloud::start();
    let screen = login(&home, &cloud);
    // In steps, since one wait of the harness is not long enough.
    screen.wait_for("(4:50)");
    assert!(!screen.contents().contains("Still waiting."));
    screen.wait_for("(4:41)");
    screen.wait_for(
        "Still waiting. If the browser cannot connect, paste the final URL from its address bar here.",
    );
    screen.wait_for("(4:37)");
    assert_eq!(screen.contents().matches("Still waiting.").count(), 1, "{}", screen.contents());
    screen.press([Key::Paste(callback_url(&screen, &cloud)), Key::Enter]);
    assert_eq!(screen.wait(), 0);
    assert_eq!(home.auth_text(), saved(&cloud.token()));
}
