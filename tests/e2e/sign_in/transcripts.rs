//! Transcripts: whole screens of a login.

use mesheryctl_tests::*;

use crate::plugins::lifecycle::{install, install_trusted, sha256};
use crate::sign_in::layer5::printed;
use crate::terminal::prompt::{PROMPT, assert_restored};

const WAITING: &str =
    "Waiting for sign-in (5:00). Paste a token or URL, or press Ctrl-C to cancel.";

/// The screen with a fixed countdown.
fn page(screen: &Screen<'_>) -> String {
    let contents = screen.contents();
    match contents.split_once("Waiting for sign-in (").and_then(|(_, it)| it.split_once(")")) {
        Some((time, _)) => contents.replace(time, "5:00"),
        None => contents,
    }
}

fn layer5<'h>(home: &'h Home, cloud: &Cloud) -> Program<'h> {
    let run = home.mesheryctl().args(["system", "login", "-p", "Layer5"]);
    run.env("MESHERYCTL_LAYER5_URL", cloud.url())
}

/// What a login prints when it opens a browser.
fn opening(cloud: &Cloud, link: &str) -> String {
    let host = Url::parse(&cloud.url()).authority();
    format!("Opening {host} in your browser. If nothing opens, visit:\n  {link}\n")
}

/// A token with an account and an expiry.
pub fn in_a_month() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let then = i64::try_from(now.as_secs()).unwrap() + 30 * 24 * 3600 + 600;
    token::jwt(&token::claims("you@example.org", Some(then)))
}

#[test]
fn a_desktop_login_has_this_transcript() {
    let home = Home::new();
    let cloud = Cloud::start().issuing(in_a_month());
    let browser = Browser::waiting(&home);
    let screen = layer5(&home, &cloud).on_terminal(24, 80);
    screen.wait_for("or press Ctrl-C to cancel.");
    let opening = opening(&cloud, printed(&screen.contents()));
    assert_eq!(page(&screen), format!("{opening}{WAITING}"));
    Visitor::new().follow(&browser.opened());
    assert_eq!(screen.wait(), 0);
    assert_eq!(
        screen.contents(),
        format!(
            "{opening}✔ Signed in to Layer5 as you@example.org\n\
             \x20 Token saved to ~/.meshery/auth.json, readable only by you. Expires in 30 days."
        )
    );
    assert_restored(&screen);
}

#[test]
fn signing_in_again_replaces_the_old_token_without_a_question() {
    let home = Home::new();
    home.write_auth("{\"meshery-provider\":\"Layer5\",\"token\":\"old\"}\n");
    let cloud = Cloud::start();
    let browser = Browser::waiting(&home);
    let screen = layer5(&home, &cloud).on_terminal(24, 80);
    Visitor::new().follow(&browser.opened());
    assert_eq!(screen.wait(), 0);
    assert!(screen.contents().ends_with(
        "✔ Signed in to Layer5 as you@example.org\n  Token saved to ~/.meshery/auth.json, readable only by you."
    ));
    assert!(home.auth_text().contains(&cloud.token()));
}

#[test]
fn a_login_whose_browser_never_returns_can_be_finished_by_a_paste() {
    let home = Home::new();
    let cloud = Cloud::start().behaving(CloudBehavior::AlreadySignedIn);
    let browser = Browser::waiting(&home);
    let screen = layer5(&home, &cloud).on_terminal(24, 80);
    screen.wait_for("or press Ctrl-C to cancel.");
    Visitor::new().follow(&browser.opened());
    // The browser never returns; the person pastes a token.
    screen.press([Key::Paste(cloud.token()), Key::Enter]);
    assert_eq!(screen.wait(), 0, "{}", screen.contents());
    assert!(home.auth_text().contains(&cloud.token()));
}

#[test]
fn the_menu_lists_the_servers_providers_after_the_installed_ones() {
    let cloud = Cloud::start();
    let server = MesheryServer::start().version(ServerVersion::V1);
    let server = server.provider("Tata Consulting", "https://meshery.example.com");
    let server = server.provider("Layer5", cloud.url()).accepts(cloud.token());
    let home = Home::new();
    home.write_config(&config_for(&server.endpoint()));
    install(&home, "mock-provider");
    let run = home.mesheryctl().args(["system", "login"]);
    let screen = run.env("MESHERYCTL_LAYER5_URL", cloud.url()).on_terminal(24, 80);
    screen.wait_for("from your server");
    let here = Url::parse(&cloud.url()).authority();
    let rows = format!(
        "▸ Layer5  ({here})\n    None\n    Mock\n\
         \x20   Tata Consulting  (meshery.example.com, from your server)"
    );
    let prompt = PROMPT.replace("▸ Layer5\n    None", &rows);
    assert_eq!(screen.contents(), prompt);

    let browser = Browser::waiting(&home);
    screen.press([Key::Enter]);
    Visitor::new().follow(&browser.opened());
    assert_eq!(screen.wait(), 0);
    let accepted =
        format!("✔ Signed in to Layer5 as you@example.org, accepted by {}\n", server.endpoint());
    assert!(screen.contents().contains(&accepted), "{}", screen.contents());
}

#[test]
fn a_server_that_is_down_is_reported_below_the_success() {
    let server = ClosedPort::start();
    let home = Home::new();
    home.write_config(&config_for(&server.endpoint()));
    let cloud = Cloud::start();
    let browser = Browser::waiting(&home);
    let screen = layer5(&home, &cloud).on_terminal(24, 80);
    Visitor::new().follow(&browser.opened());
    assert_eq!(screen.wait(), 0);
    let (_, last) =
        screen.contents().split_once("✔ ").map(|(a, b)| (a.len(), b.to_owned())).unwrap();
    assert_eq!(
        last,
        format!(
            "Signed in to Layer5 as you@example.org\n\
             \x20 Token saved to ~/.meshery/auth.json, readable only by you.\n\
             \x20 {} is not answering. Layer5 accepted the token.",
            server.endpoint()
        )
    );
}

#[test]
fn ctrl_c_and_a_timeout_while_waiting_print_one_line() {
    for (timeout, code, last) in [
        ("5m", 130, "Cancelled. Nothing was changed."),
        (
            "1s",
            6,
            "✗ Timed out after 1 second. Nothing was changed.\n\
             \x20 Try again:  mesheryctl system login --provider layer5 --timeout 1s",
        ),
    ] {
        let home = Home::new();
        let cloud = Cloud::start();
        let browser = Browser::waiting(&home);
        let screen = layer5(&home, &cloud).args(["--timeout", timeout]).on_terminal(24, 80);
        let _ = browser.opened();
        screen.wait_for("Opening 127.0.0.1:");
        let link = printed(&screen.contents()).to_owned();
        if code == 130 {
            screen.wait_for("or press Ctrl-C to cancel.");
            screen.press([Key::CtrlC]);
        }
        assert_eq!(screen.wait(), code);
        assert_eq!(screen.contents(), format!("{}{last}", opening(&cloud, &link)));
        assert_restored(&screen);
        assert_eq!(home.auth_bytes(), None);
    }
}

#[test]
fn a_changed_plugin_and_a_crashing_plugin_are_one_error_line_with_a_hint() {
    let home = Home::new();
    let file = install_trusted(&home, "mock-provider", "mock");
    let login = |steps: &str| {
        let run = home.mesheryctl().args(["system", "login", "-p", "mock", "--set", steps]);
        let screen = run.on_terminal(24, 160);
        assert_eq!(screen.wait(), 8);
        screen.contents()
    };
    assert_eq!(
        login("steps=abort"),
        "✗ The plugin Mock stopped unexpectedly while signing in (signal 6). Report it to its publisher \
         (https://docs.meshery.io). Nothing was changed."
    );
    let old = sha256(&home, &file);
    let mut bytes = std::fs::read(&file).unwrap();
    bytes.push(0);
    std::fs::write(&file, bytes).unwrap();
    let new = sha256(&home, &file);
    let short = |it: &str| format!("{}…{}", &it[..4], &it[60..]);
    assert_eq!(
        login("steps=abort"),
        format!(
            "✗ The plugin Mock changed since you trusted it (SHA-256 {} is now {}). Nothing was \
             changed.\n\
             \x20 If you updated it:  mesheryctl plugin trust mock",
            short(&old),
            short(&new)
        )
    );
}

#[test]
fn an_unreachable_provider_is_reported_with_two_alternatives() {
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    let refusing = ClosedPort::start();
    let url = format!("url={}", refusing.endpoint());
    let run = home.mesheryctl().args(["system", "login", "-p", "mock", "--set", &url]);
    let screen = run.args(["--set", "steps=fetch:/"]).on_terminal(24, 130);
    assert_eq!(screen.wait(), 5);
    let endpoint = refusing.endpoint();
    assert_eq!(
        screen.contents(),
        format!(
            "✗ Cannot reach Mock: {endpoint} refused the connection. Nothing was changed.\n\
             \x20 Try again:     mesheryctl system login --provider mock --set 'url={endpoint}' --set 'steps=fetch:/'\n\
             \x20 Work offline:  mesheryctl system login --provider None"
        )
    );
}

#[test]
fn every_row_of_docs_situations_names_an_existing_test() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = std::fs::read_to_string(folder.join("../docs/situations.md")).unwrap();
    let rows: Vec<&str> = docs
        .lines()
        .filter(|it| it.starts_with("| ") && !it.starts_with("| situation |"))
        .collect();
    assert!(rows.len() > 10, "{docs}");
    for row in rows {
        let test = row.trim_end_matches(" |").rsplit("| ").next().unwrap().trim_matches('`');
        let (module, name) = test.rsplit_once("::").unwrap_or_else(|| panic!("no test in: {row}"));
        let file =
            std::fs::read_to_string(folder.join(format!("e2e/{}.rs", module.replace("::", "/"))))
                .unwrap();
        assert!(file.contains(&format!("#[test]\nfn {name}()")), "{test} is not there");
    }
}
