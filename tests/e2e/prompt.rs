//! The prompt and the transcripts of a desktop terminal, compared as screens.

use mesheryctl_tests::*;

use crate::layer5::printed;

const GUIDE: &str = "\
Use the arrow keys to navigate: ↓ ↑ → ←
? Select a Provider:
  ▸ Layer5
    None";

fn login<'h>(home: &'h Home, rows: u16, cols: u16) -> Screen<'h> {
    home.mesheryctl().args(["system", "login"]).on_terminal(rows, cols)
}

/// A server that lists this many providers, beside the installed two.
fn server_of(count: usize) -> MesheryServer {
    let names = (0..count).map(|index| format!("Provider {index:02}"));
    names.fold(MesheryServer::start(), |server, name| {
        let url = format!("https://{}.example.org", name.replace(' ', "-").to_lowercase());
        server.provider(&name, url)
    })
}

#[test]
fn the_prompt_is_the_one_of_the_guide() {
    let home = Home::new();
    let screen = login(&home, 24, 80);
    screen.wait_for("None");
    assert_eq!(screen.contents(), GUIDE);
    assert!(screen.style_of("Use the").dim);
    assert!(screen.style_of("▸").bold && screen.style_of("Layer5").underline);
    assert!(!screen.style_of("None").underline);
    screen.press([Key::Escape]);
    assert_eq!(screen.wait(), 130);
}

#[test]
fn none_is_chosen_with_one_key_and_the_menu_folds_to_one_line() {
    let home = Home::new();
    let screen = login(&home, 24, 80);
    screen.wait_for("None");
    screen.press([Key::Down]);
    screen.wait_for("▸ None");
    screen.press([Key::Enter]);
    assert_eq!(screen.wait(), 0);
    assert_eq!(
        screen.contents(),
        "✔ None\n✔ Using None: no account needed. Your work stays local and is not kept.\n\
         \x20 Wrote ~/.meshery/auth.json"
    );
    assert!(screen.cursor_visible());
    assert_eq!(screen.mode(), Mode::NORMAL);
    assert_eq!(home.auth_bytes().unwrap().len(), 39);
}

#[test]
fn layer5_from_the_prompt_to_the_saved_token_reads_as_one_calm_page() {
    let home = Home::new();
    let token = token::jwt(&token::claims("you@example.org", None));
    let cloud = Cloud::start().gives(token);
    let browser = Browser::waiting(&home);
    let run = home.mesheryctl().args(["system", "login"]).env("MESHERYCTL_LAYER5_URL", cloud.url());
    let screen = run.on_terminal(24, 80);
    let here = Url::parse(&cloud.url()).authority();
    screen.wait_for(&format!("▸ Layer5  ({here})"));
    screen.press([Key::Enter]);
    screen.wait_for("Waiting for sign-in (5:00 left). Ctrl-C cancels.");
    let link = printed(&screen.contents()).to_owned();
    let folded = format!("✔ Layer5\nOpening your browser. If nothing opens, visit:\n  {link}\n");
    assert!(screen.contents().starts_with(&folded), "{}", screen.contents());
    // A typed key shows nowhere.
    screen.press([Key::text("xyzzy")]);
    Visitor::new().follow(&browser.opened());
    assert_eq!(screen.wait(), 0);
    assert_eq!(
        screen.contents(),
        format!(
            "{folded}✔ Signed in to Layer5 as you@example.org\n\
             \x20 Token saved to ~/.meshery/auth.json, readable only by you."
        )
    );
    assert!(screen.cursor_visible());
    assert_eq!(screen.mode(), Mode::NORMAL);
}

#[test]
fn a_cancelled_prompt_restores_the_terminal_and_leaves_auth_json_untouched() {
    for (key, code) in [(Key::CtrlC, 130), (Key::Escape, 130), (Key::text("q"), 130)] {
        let home = Home::new();
        home.write_auth("old bytes");
        let before = home.snapshot();
        let screen = login(&home, 24, 80);
        screen.wait_for("None");
        screen.press([key]);
        assert_eq!(screen.wait(), code);
        assert_eq!(screen.contents(), "Cancelled. Nothing was changed.");
        assert!(screen.cursor_visible());
        assert_eq!(screen.mode(), Mode::NORMAL);
        assert_unchanged(&before, &home.snapshot());
    }
}

#[test]
fn a_signal_at_the_prompt_restores_the_terminal_and_exits_with_its_code() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let home = Home::new();
        home.write_auth("old bytes");
        let before = home.snapshot();
        let screen = login(&home, 24, 80);
        screen.wait_for("None");
        screen.signal(signal);
        assert_eq!(screen.wait(), code);
        assert_eq!(screen.contents(), "Cancelled. Nothing was changed.", "{code}");
        assert!(screen.cursor_visible());
        assert_eq!(screen.mode(), Mode::NORMAL);
        assert_unchanged(&before, &home.snapshot());
    }
}

#[test]
fn a_closed_terminal_ends_the_prompt_and_the_wait() {
    let home = Home::new();
    home.write_auth("old bytes");
    let before = home.snapshot();
    let mut screen = login(&home, 24, 80);
    screen.wait_for("None");
    screen.hang_up();
    assert_eq!(screen.wait(), 129);

    let cloud = Cloud::start();
    let run = home.mesheryctl().args(["system", "login", "-p", "Layer5", "--no-browser"]);
    let mut screen = run.env("MESHERYCTL_LAYER5_URL", cloud.url()).on_terminal(24, 80);
    screen.wait_for("Waiting for sign-in");
    screen.hang_up();
    assert_eq!(screen.wait(), 129);
    assert_unchanged(&before, &home.snapshot());
}

#[test]
fn ctrl_c_while_waiting_erases_the_waiting_line() {
    let home = Home::new();
    let cloud = Cloud::start();
    let run = home.mesheryctl().args(["system", "login", "-p", "Layer5", "--no-browser"]);
    let screen = run.env("MESHERYCTL_LAYER5_URL", cloud.url()).on_terminal(24, 80);
    screen.wait_for("Waiting for sign-in");
    screen.press([Key::CtrlC]);
    assert_eq!(screen.wait(), 130);
    assert!(
        screen.contents().ends_with("\nCancelled. Nothing was changed."),
        "{}",
        screen.contents()
    );
    assert!(!screen.contents().contains("Waiting"));
    assert_eq!(screen.mode(), Mode::NORMAL);
}

#[test]
fn a_list_longer_than_the_screen_pages_and_its_last_row_can_be_chosen() {
    let home = Home::new();
    let server = server_of(30);
    home.write_config(&config_for(&server.endpoint()));
    let screen = login(&home, 10, 80);
    screen.wait_for("▸ Layer5");
    assert!(!screen.contents().contains("Provider 29"), "{}", screen.contents());
    screen.press([Key::Up]);
    screen.wait_for("▸ Provider 29  (provider-29.example.org, from your server)");
    assert!(screen.contents().starts_with("Use the arrow keys"), "{}", screen.contents());
    assert!(screen.contents().lines().count() <= 10);
    screen.press([Key::CtrlC]);
    assert_eq!(screen.wait(), 130);
    assert_eq!(screen.contents(), "Cancelled. Nothing was changed.");
}

#[test]
fn wide_names_hold_on_a_narrow_screen() {
    let home = Home::new();
    let server = MesheryServer::start()
        .provider("日本語プロバイダーのとても長い名前です", "https://wide.example.org");
    home.write_config(&config_for(&server.endpoint()));
    let screen = login(&home, 24, 20);
    screen.wait_for("日本");
    let rows = screen.contents().lines().count();
    screen.press([Key::Down, Key::Down]);
    screen.wait_for("▸ 日本");
    assert_eq!(screen.contents().lines().count(), rows, "nothing wraps: {}", screen.contents());
    screen.press([Key::Up]);
    screen.wait_for("▸ None");
    screen.press([Key::Enter]);
    assert_eq!(screen.wait(), 0);
    assert!(screen.contents().starts_with("✔ None\n"), "{}", screen.contents());
}

#[test]
fn a_resize_keeps_the_chosen_row() {
    let home = Home::new();
    let screen = login(&home, 24, 80);
    screen.wait_for("None");
    screen.press([Key::Down]);
    screen.wait_for("▸ None");
    screen.resize(12, 40);
    screen.wait_for("▸ None");
    screen.press([Key::Enter]);
    assert_eq!(screen.wait(), 0);
    assert_eq!(home.auth_bytes().unwrap().len(), 39);
}

#[test]
fn without_utf8_and_colour_the_prompt_is_plain_and_means_the_same() {
    let home = Home::new();
    let run = home.mesheryctl().args(["system", "login"]).env("LANG", "C").env("NO_COLOR", "1");
    let screen = run.on_terminal(24, 80);
    screen.wait_for("> Layer5");
    assert!(!screen.style_of("Layer5").underline);
    screen.press([Key::Down, Key::Enter]);
    assert_eq!(screen.wait(), 0);
    assert!(screen.contents().starts_with("ok: None\nok: Using None"), "{}", screen.contents());
}

#[test]
fn a_screen_too_small_or_dumb_gets_numbers() {
    for (rows, term) in [(4, "xterm"), (24, "dumb")] {
        let home = Home::new();
        let run = home.mesheryctl().args(["system", "login"]).env("TERM", term);
        let screen = run.on_terminal(rows, 80);
        screen.wait_for("Select a Provider [1]:");
        screen.press([Key::text("2"), Key::Enter]);
        assert_eq!(screen.wait(), 0);
        assert_eq!(home.auth_bytes().unwrap().len(), 39);
    }
}

#[test]
fn a_redirected_stdin_or_stderr_is_no_terminal() {
    for redirect in ["< /dev/null", "2> /dev/null"] {
        let home = Home::new();
        let screen =
            home.mesheryctl().args(["system", "login"]).redirected(redirect).on_terminal(24, 80);
        assert_eq!(screen.wait(), 2, "{redirect}");
        assert!(!screen.contents().contains("Select a Provider"));
        assert_eq!(home.auth_bytes(), None);
    }
}
