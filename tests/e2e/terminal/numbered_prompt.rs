//! The numbered prompt, for terminals where a menu cannot be drawn or is of no use.

use mesheryctl_tests::*;

use crate::terminal::menu::{HINT, LABEL, NONE, assert_chose_none, lines, listing, wait_for_menu};
use crate::terminal::prompt::{PROMPT, assert_restored, login};

const QUESTION: &str = "1) Layer5\n2) None\nSelect a Provider [1]:";
const FINAL_MESSAGE: &str = "Cancelled. Nothing was changed.";

fn dumb(home: &Home) -> Screen<'_> {
    let screen =
        home.mesheryctl().args(["system", "login"]).env("TERM", "dumb").on_terminal(24, 80);
    screen.wait_for_contents(QUESTION);
    screen
}

#[test]
fn a_dumb_terminal_gets_the_numbered_prompt_without_escape_sequences() {
    let home = Home::new();
    let screen = dumb(&home);
    screen.press([Key::text("2"), Key::Enter]);
    assert_chose_none(&home, &screen);
    assert_eq!(
        screen.contents(),
        format!(
            "{QUESTION} 2\n✔ None\n✔ Using None. Your work stays on this computer and is not saved.\n  Wrote ~/.meshery/auth.json"
        )
    );
    assert!(!screen.raw().contains(&b'\x1b'), "{screen:?}");
}

#[test]
fn enter_selects_the_default_row_and_the_wait_does_not_move_the_cursor() {
    let home = Home::new();
    let screen = dumb(&home);
    screen.press([Key::Enter]);
    screen.wait_for("✔ Layer5\n");
    screen.wait_for("Waiting for sign-in");
    screen.press([Key::CtrlC]);
    assert_eq!(screen.wait(), 130);
    assert!(
        screen.contents().ends_with(&format!("or press Ctrl-C to cancel.\n{FINAL_MESSAGE}")),
        "{screen:?}"
    );
    assert!(!screen.raw().contains(&b'\x1b'), "{screen:?}");
    assert_restored(&screen);
}

#[test]
fn an_invalid_number_is_asked_again() {
    let home = Home::new();
    let screen = dumb(&home);
    let mut expected = QUESTION.to_owned();
    for wrong in ["0", "3", "Non", "-1", "999", "1 2"] {
        screen.press([Key::text(wrong), Key::Enter]);
        expected +=
            &format!(" {wrong}\nType a number from 1 to 2, or a name.\nSelect a Provider [1]:");
        screen.wait_for_contents(&expected);
    }
    screen.press([Key::text(" 2 "), Key::Enter]);
    assert_chose_none(&home, &screen);
    assert!(screen.contents().starts_with(&format!("{expected}  2\n✔ None\n")), "{screen:?}");
}

#[test]
fn a_name_answers_the_numbered_prompt_as_a_number_does() {
    // Typed key by key, and sent at once, as by a script.
    for keys in [vec!["n", "oNE", "\r"], vec!["none\r"]] {
        let home = Home::new();
        let run = home.mesheryctl().args(["system", "login"]).env("ACCESSIBLE", "1");
        let screen = run.on_terminal(24, 80);
        screen.wait_for_contents(QUESTION);
        let mut typed = QUESTION.to_owned() + " ";
        for key in keys {
            screen.press([Key::text(key)]);
            typed += key.trim_end();
            screen.wait_for(&typed);
        }
        screen.wait_for(&format!("{typed}\n✔ None\n"));
        assert_chose_none(&home, &screen);
    }
}

#[test]
fn a_line_can_be_corrected_before_enter() {
    let home = Home::new();
    let screen = dumb(&home);
    for (typed, shown) in [
        ("日1x", " 日1x"),
        ("\x7f\x7f", " 日"),
        ("\x7f", ""),
        ("12", " 12"),
        ("\x15", ""),
        ("2", " 2"),
    ] {
        screen.press([Key::text(typed)]);
        screen.wait_for_contents(&format!("{QUESTION}{shown}"));
    }
    screen.press([Key::Enter]);
    assert_chose_none(&home, &screen);
}

#[test]
fn cancelling_the_numbered_prompt_changes_nothing() {
    for key in [Key::CtrlC, Key::CtrlD] {
        let home = Home::new();
        home.write_auth("old bytes");
        let before = home.snapshot();
        let screen = dumb(&home);
        screen.press([key]);
        assert_eq!(screen.wait(), 130);
        assert_eq!(screen.contents(), format!("{QUESTION}\n{FINAL_MESSAGE}"));
        assert_restored(&screen);
        assert_unchanged(&before, &home.snapshot());
    }
}

#[test]
fn a_screen_reader_gets_the_numbered_prompt_and_one_line_for_the_wait() {
    let (_server, home) = listing(&["Tata Consulting"]);
    let run = home.mesheryctl().args(["system", "login"]).env("ACCESSIBLE", "1");
    let screen = run.env("NO_COLOR", "1").on_terminal(24, 80);
    screen.wait_for_contents(
        "1) Layer5\n2) None\n3) Tata Consulting  (p0.example, from your server)\n\
         Select a Provider [1]:",
    );
    screen.press([Key::text("3"), Key::Enter]);
    screen.wait_for("[1]: 3\n✔ Tata Consulting\nOpening p0.example in your browser.");
    screen.wait_for("Waiting for sign-in");
    screen.press([Key::CtrlC]);
    assert_eq!(screen.wait(), 130);
    let raw = String::from_utf8(screen.raw()).unwrap();
    assert_eq!(raw.matches("Waiting").count(), 1, "{raw:?}");
    // The only escape sequence may be the one that shows the cursor at the end.
    assert!(!raw.replace("\x1b[?25h", "").contains('\x1b'), "{raw:?}");
    assert_restored(&screen);
}

#[test]
fn a_terminal_without_term_gets_the_numbered_prompt() {
    let home = Home::new();
    let run = home.mesheryctl().args(["system", "login"]).env_remove("TERM");
    let screen = run.on_terminal(24, 80);
    screen.wait_for_contents(QUESTION);
    screen.press([Key::text("2"), Key::Enter]);
    assert_chose_none(&home, &screen);
}

#[test]
fn a_very_small_screen_gets_the_numbered_prompt() {
    for (rows, cols) in [(4, 80), (2, 80), (1, 80), (24, 19), (1, 8)] {
        let home = Home::new();
        let screen = login(&home, rows, cols);
        // The end of the prompt fits every screen.
        screen.wait_for("1]:");
        screen.press([Key::text("2"), Key::Enter]);
        assert_chose_none(&home, &screen);
        assert!(!screen.raw().windows(2).any(|it| it == b"\x1b[A"), "{screen:?}");
    }
}

#[test]
fn a_screen_that_becomes_too_small_gets_the_numbered_prompt_with_the_selected_row() {
    for (rows, cols) in [(4, 80), (24, 19)] {
        let home = Home::new();
        let screen = login(&home, 24, 80);
        wait_for_menu(&screen, PROMPT);
        screen.press([Key::Down]);
        wait_for_menu(&screen, &lines(&[HINT, LABEL, NONE]));
        screen.resize(rows, cols);
        screen.wait_for("2]:");
        assert!(!screen.contents().contains("arrow keys"), "the menu is gone: {screen:?}");
        screen.press([Key::Enter]);
        assert_chose_none(&home, &screen);
    }
}

#[test]
fn a_resize_at_any_moment_after_a_key_keeps_the_prompt_usable() {
    for moment in 0..30 {
        let home = Home::new();
        let screen = login(&home, 24, 80);
        screen.wait_for("▸ Layer5");
        screen.press([Key::Down]);
        (0..moment * 100).for_each(|_| std::hint::spin_loop());
        screen.resize(2, 80);
        screen.wait_for("Select a Provider [");
        screen.press([Key::text("2"), Key::Enter]);
        assert_chose_none(&home, &screen);
    }
}

#[test]
fn a_terminal_left_in_raw_mode_can_answer_and_cancel() {
    for (keys, code) in [("2\r", 0), ("2\n", 0), ("2\x03", 130), ("\x04", 130)] {
        let home = Home::new();
        let script = format!("stty raw; TERM=dumb exec {} system login", binary().display());
        let screen = home.program("/bin/sh").args(["-c", &script]).on_terminal(24, 80);
        screen.wait_for("Select a Provider [1]:");
        screen.press([Key::text(keys)]);
        assert_eq!(screen.wait(), code, "{keys:?}");
        assert_eq!(home.auth_bytes().is_some(), code == 0, "{keys:?}");
    }
}
