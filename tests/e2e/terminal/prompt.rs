//! The prompt on a desktop terminal, compared as screens.

use mesheryctl_tests::*;

use crate::sign_in::layer5::printed;

pub const PROMPT: &str = "\
Use the arrow keys to navigate: ↓ ↑ → ←
? Select a Provider:
  ▸ Layer5
    None";

/// `system login` without a provider.
pub fn login<'h>(home: &'h Home, rows: u16, cols: u16) -> Screen<'h> {
    home.mesheryctl().args(["system", "login"]).on_terminal(rows, cols)
}

/// Asserts that the terminal is restored.
#[track_caller]
pub fn assert_restored(screen: &Screen<'_>) {
    assert!(screen.cursor_visible(), "{screen:?}");
    assert_eq!(screen.mode(), Mode::NORMAL, "{screen:?}");
}

#[test]
fn the_prompt_has_this_text() {
    let home = Home::new();
    let screen = login(&home, 24, 80);
    screen.wait_for("None");
    assert_eq!(screen.contents(), PROMPT);
    assert!(screen.style_of("Use the").dim);
    assert!(screen.style_of("▸").bold && screen.style_of("Layer5").underline);
    assert!(!screen.style_of("None").underline);
    screen.press([Key::Escape]);
    assert_eq!(screen.wait(), 130);
}

#[test]
fn none_is_chosen_with_one_key_and_the_menu_becomes_one_line() {
    let home = Home::new();
    let screen = login(&home, 24, 80);
    screen.wait_for("None");
    screen.press([Key::Down]);
    screen.wait_for("▸ None");
    screen.press([Key::Enter]);
    assert_eq!(screen.wait(), 0);
    assert_eq!(
        screen.contents(),
        "✔ None\n✔ Using None. Your work stays on this computer and is not saved.\n\
         \x20 Wrote ~/.meshery/auth.json"
    );
    assert_restored(&screen);
    assert_eq!(home.auth_bytes().unwrap().len(), 39);
}

#[test]
fn a_layer5_login_from_prompt_to_saved_token_has_this_transcript() {
    let home = Home::new();
    let token = token::jwt(&token::claims("you@example.org", None));
    let cloud = Cloud::start().issuing(token);
    let browser = Browser::waiting(&home);
    let run = home.mesheryctl().args(["system", "login"]).env("MESHERYCTL_LAYER5_URL", cloud.url());
    let screen = run.on_terminal(24, 80);
    let here = Url::parse(&cloud.url()).authority();
    screen.wait_for(&format!("▸ Layer5  ({here})"));
    screen.press([Key::Enter]);
    screen.wait_for("). Paste a token or URL, or press Ctrl-C to cancel.");
    let link = printed(&screen.contents()).to_owned();
    let folded =
        format!("✔ Layer5\nOpening {here} in your browser. If nothing opens, visit:\n  {link}\n");
    assert!(screen.contents().starts_with(&folded), "{}", screen.contents());
    // Typed keys are not shown.
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
    assert_restored(&screen);
}

#[test]
fn cancelling_the_prompt_restores_the_terminal_and_does_not_change_auth_json() {
    for key in [Key::CtrlC, Key::CtrlD, Key::Escape, Key::text("q")] {
        let home = Home::new();
        home.write_auth("old bytes");
        let before = home.snapshot();
        let screen = login(&home, 24, 80);
        screen.wait_for("None");
        screen.press([key]);
        assert_eq!(screen.wait(), 130);
        assert_eq!(screen.contents(), "Cancelled. Nothing was changed.");
        assert_restored(&screen);
        assert_unchanged(&before, &home.snapshot());
    }
}

#[test]
fn a_redirected_stdin_or_stderr_is_not_a_terminal() {
    for redirect in ["< /dev/null", "2> /dev/null"] {
        let home = Home::new();
        let screen =
            home.mesheryctl().args(["system", "login"]).redirected(redirect).on_terminal(24, 80);
        assert_eq!(screen.wait(), 2, "{redirect}");
        assert!(!screen.contents().contains("Select a Provider"));
        assert_eq!(home.auth_bytes(), None);
    }
}
