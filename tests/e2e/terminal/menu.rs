//! The menu: keys, pages, sizes, names, colors, and the screen afterwards.

use std::time::{Duration, Instant};

use mesheryctl_tests::*;

use crate::terminal::prompt::{PROMPT, assert_restored, login};

pub const HINT: &str = "Use the arrow keys to navigate: ↓ ↑ → ←";
/// In a menu of ten rows or more.
pub const FILTER_HINT: &str = "Use the arrow keys to navigate: ↓ ↑ → ← or type to filter";
pub const LABEL: &str = "? Select a Provider:";
/// The prompt with the second row selected.
pub const NONE: &str = "    Layer5\n  ▸ None";

pub fn lines(lines: &[&str]) -> String {
    lines.join("\n")
}

/// A server with these providers at `p0.example`, `p1.example` and so on, and a home with it in the context.
pub fn listing(names: &[&str]) -> (MesheryServer, Home) {
    let server = names.iter().enumerate().fold(MesheryServer::start(), |server, (index, name)| {
        server.provider(name, format!("https://p{index}.example"))
    });
    let home = Home::new();
    home.write_config(&config_for(&server.endpoint()));
    (server, home)
}

/// Waits for a complete menu, after which the cursor is on its first line: a resize before that would
/// corrupt the screen, as in any terminal.
#[track_caller]
pub fn wait_for_menu(screen: &Screen<'_>, contents: &str) {
    screen.wait_for_contents(contents);
    let top = contents.lines().position(|line| line.starts_with("Use the arrow keys")).unwrap();
    screen.wait_until(|screen| usize::from(screen.cursor_position().0) == top);
}

/// Asserts that None was chosen.
#[track_caller]
pub fn assert_chose_none(home: &Home, screen: &Screen<'_>) {
    assert_eq!(screen.wait(), 0, "{screen:?}");
    assert_eq!(home.auth_text(), "{\"meshery-provider\":\"None\",\"token\":\"\"}\n");
    assert_restored(screen);
}

#[test]
fn the_menu_has_these_colors() {
    let home = Home::new();
    let screen = login(&home, 24, 80);
    screen.wait_for_contents(PROMPT);
    assert_eq!(screen.style_of("? Select").color, vt100::Color::Idx(4));
    assert_eq!(screen.style_of("Select").color, vt100::Color::Default);
    assert!(screen.style_of("←").dim && !screen.style_of("?").dim);
    assert!(!screen.style_of("▸").underline && !screen.style_of("Layer5").bold);
    let raw = String::from_utf8(screen.raw()).unwrap();
    assert!(raw.contains("← "), "the guide has a blank there");
    screen.press([Key::Down]);
    screen.wait_for(NONE);
    assert!(!screen.style_of("Layer5").underline && screen.style_of("None").underline);
    screen.press([Key::Enter]);
    assert_chose_none(&home, &screen);
    assert_eq!(screen.style_of("✔ None").color, vt100::Color::Idx(2));
    assert_eq!(screen.style_of("None").color, vt100::Color::Default);
    assert!(!screen.raw().contains(&b'\x07'), "no bell");
}

#[test]
fn the_detail_of_a_row_is_not_underlined_and_disappears_after_the_choice() {
    let (_server, home) = listing(&["Tata Consulting"]);
    let screen = login(&home, 24, 80);
    let row = "    Tata Consulting  (p0.example, from your server)";
    screen.wait_for_contents(&lines(&[PROMPT, row]));
    screen.press([Key::Up]);
    screen.wait_for("▸ Tata Consulting  (p0.example, from your server)");
    assert!(screen.style_of("Tata").underline && !screen.style_of("(p0").underline);
    screen.press([Key::Enter]);
    screen.wait_for("Waiting for sign-in");
    assert!(screen.contents().starts_with("✔ Tata Consulting\nOpen"), "{screen:?}");
    screen.press([Key::CtrlC]);
    assert_eq!(screen.wait(), 130);
}

#[test]
fn the_arrow_keys_wrap_around() {
    let home = Home::new();
    let screen = login(&home, 24, 80);
    screen.wait_for_contents(PROMPT);
    let none = lines(&[HINT, LABEL, NONE]);
    for (key, shown) in
        [(Key::Up, &*none), (Key::Down, PROMPT), (Key::Down, &none), (Key::Down, PROMPT)]
    {
        screen.press([key]);
        screen.wait_for_contents(shown);
    }
    screen.press([Key::Up, Key::Space]);
    assert_chose_none(&home, &screen);
}

#[test]
fn ctrl_n_and_ctrl_p_move_in_every_menu() {
    let names = ["A", "B", "C", "D", "E", "F", "G", "H"];
    for names in [&names[..1], &names] {
        let (_server, home) = listing(names);
        let screen = login(&home, 24, 80);
        screen.wait_for("▸ Layer5");
        for (key, shown) in [("\x0e", "▸ None"), ("\x0e", "▸ A"), ("\x10", "▸ None")] {
            screen.press([Key::text(key)]);
            screen.wait_for(shown);
        }
        screen.press([Key::Enter]);
        assert_chose_none(&home, &screen);
    }
}

#[test]
fn a_long_menu_is_filtered_by_typing() {
    let names = ["Ajax", "Tata Consulting", "Tata Steel", "Quay", "Jkq", "F", "G", "H"];
    let (_server, home) = listing(&names);
    let screen = login(&home, 24, 80);
    screen.wait_for("    H  (p7.example");
    let filtered = |typed: &str, rows: &[&str]| {
        let label = format!("{LABEL} {typed}");
        screen.wait_for_contents(&lines(&[&[FILTER_HINT, label.trim_end()], rows].concat()));
    };
    let (consulting, steel) = (
        "Tata Consulting  (p1.example, from your server)",
        "Tata Steel  (p2.example, from your server)",
    );
    screen.press([Key::text("T")]);
    screen.wait_for(&format!("{LABEL} T\n"));
    screen.press([Key::text("at")]);
    filtered("Tat", &[&format!("  ▸ {consulting}"), &format!("    {steel}")]);
    screen.press([Key::Up]);
    filtered("Tat", &[&format!("    {consulting}"), &format!("  ▸ {steel}")]);
    screen.press([Key::text("x")]);
    filtered("Tatx", &["    No match"]);
    screen.press([Key::Enter, Key::Down, Key::Backspace]);
    filtered("Tat", &[&format!("  ▸ {consulting}"), &format!("    {steel}")]);
    // A letter that is a key of a short menu.
    screen.press([Key::Escape]);
    screen.wait_for(&format!("{LABEL}\n    Layer5\n"));
    screen.press([Key::text("jkq")]);
    filtered("jkq", &["  ▸ Jkq  (p4.example, from your server)"]);
    screen.press([Key::text("\x15")]);
    screen.wait_for(&format!("{LABEL}\n    Layer5\n"));
    screen.press([Key::text("none")]);
    filtered("none", &["  ▸ None"]);
    screen.press([Key::Enter]);
    assert_chose_none(&home, &screen);
}

#[test]
fn keys_typed_before_the_menu_is_drawn_are_used() {
    let home = Home::new();
    let screen = login(&home, 24, 80);
    screen.press([Key::Down, Key::Enter]);
    assert_chose_none(&home, &screen);
}

#[test]
fn keys_without_a_function_change_nothing() {
    let home = Home::new();
    let screen = login(&home, 24, 80);
    screen.wait_for_contents(PROMPT);
    let edges = [Key::PageUp, Key::PageDown, Key::Home, Key::End, Key::Left, Key::Right];
    let controls = [Key::CtrlBackslash, Key::Backspace];
    screen.press([edges.to_vec(), controls.to_vec()].concat());
    // Ctrl-S, which would stop the output, F5, a two-byte character, and other text.
    screen.press([Key::text("\x13\x1b[15~ü0:Y")]);
    screen.press([Key::Down]);
    screen.wait_for_contents(&lines(&[HINT, LABEL, NONE]));
    screen.press([Key::Enter]);
    assert_chose_none(&home, &screen);
}

#[test]
fn an_arrow_key_split_after_its_escape_byte_moves_and_does_not_cancel() {
    for rest in ["[B", "[A"] {
        while !is_moved_slowly(rest) {}
    }
}

/// Moves to None by a key sent in two parts. False if a busy machine made the pause between them longer
/// than the limit for one key.
fn is_moved_slowly(rest: &str) -> bool {
    let home = Home::new();
    let screen = login(&home, 24, 80);
    screen.wait_for_contents(PROMPT);
    let started = Instant::now();
    screen.press([Key::Escape]);
    // Without a pause the parts would be read together.
    std::thread::sleep(Duration::from_millis(10));
    screen.press([Key::text(rest)]);
    if started.elapsed() > Duration::from_millis(30) {
        return false;
    }
    screen.wait_for_contents(&lines(&[HINT, LABEL, NONE]));
    screen.press([Key::Enter]);
    assert_chose_none(&home, &screen);
    true
}

#[test]
fn a_list_longer_than_the_screen_has_pages() {
    let (_server, home) = listing(&["A", "B", "C", "D", "E"]);
    let screen = login(&home, 6, 80);
    let page = |number: u8, rows: &[&str]| {
        let label = format!("{LABEL} [Page {number}/3]");
        screen.wait_for_contents(&lines(&[&[HINT, &label], rows].concat()));
    };
    let a = "A  (p0.example, from your server)";
    page(1, &["  ▸ Layer5", "    None", &format!("    {a}")]);
    screen.press([Key::Right]);
    page(
        2,
        &[
            "  ▸ B  (p1.example, from your server)",
            "    C  (p2.example, from your server)",
            "    D  (p3.example, from your server)",
        ],
    );
    screen.press([Key::Right]);
    page(3, &["  ▸ E  (p4.example, from your server)"]);
    screen.press([Key::Down]);
    page(1, &["  ▸ Layer5", "    None", &format!("    {a}")]);
    screen.press([Key::Left]);
    page(3, &["  ▸ E  (p4.example, from your server)"]);
    screen.press([Key::Down, Key::Down, Key::Down]);
    page(1, &["    Layer5", "    None", &format!("  ▸ {a}")]);
    screen.press([Key::Up, Key::Enter]);
    assert_chose_none(&home, &screen);
    assert!(screen.contents().starts_with("✔ None\n"), "{screen:?}");
}

#[test]
fn a_menu_of_a_thousand_rows_works_on_the_smallest_screen() {
    let names: Vec<String> = (3..=1000).map(|number| format!("Nr {number:04}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (_server, home) = listing(&names);
    let screen = login(&home, 5, 20);
    let hint = "Use the arrow keys…";
    screen.wait_for_contents(&lines(&[hint, "? [Page 1/500]", "  ▸ Layer5", "    None"]));
    screen.press([Key::Up]);
    let last = ["    Nr 0999  (p996…", "  ▸ Nr 1000  (p997…"];
    screen.wait_for_contents(&lines(&[hint, "? [Page 500/500]", last[0], last[1]]));
    screen.press([Key::Down, Key::Down, Key::Enter]);
    assert_chose_none(&home, &screen);
}

#[test]
fn names_with_wide_and_combining_characters_fit_a_narrow_screen() {
    let names = [
        "Cafe\u{301} Cafe\u{301} Cafe\u{301} Cafe\u{301}",
        "プロバイダー・ジャパン",
        "👩\u{200d}👩\u{200d}👧",
        "😀😀😀😀😀😀😀😀😀",
    ];
    let (_server, home) = listing(&names);
    let screen = login(&home, 24, 20);
    let menu = |rows: [&str; 2]| {
        lines(&[
            "Use the arrow keys…",
            "? Select a Provi…:",
            "    Layer5",
            "    None",
            // A mark counts a column: some terminals draw it in one.
            "    Cafe\u{301} Cafe\u{301} Ca…",
            rows[0],
            rows[1],
            "    😀😀😀😀😀😀😀…",
        ])
    };
    screen.wait_for("None");
    screen.press([Key::Down, Key::Down, Key::Down, Key::Down]);
    screen.wait_for_contents(&menu(["    プロバイダー・…", "  ▸ 👩👩👧  (p2.ex…"]));
    screen.press([Key::Up]);
    screen.wait_for_contents(&menu(["  ▸ プロバイダー・…", "    👩👩👧  (p2.ex…"]));
    screen.press([Key::Enter]);
    screen.wait_for("✔ プロバイダー・ジ…\nOpening p1.example");
    screen.wait_for("Waiting (");
    screen.press([Key::CtrlC]);
    assert_eq!(screen.wait(), 130);
}

#[test]
fn a_resize_redraws_the_menu_with_the_selected_row() {
    let (_server, home) = listing(&["A provider with a long name"]);
    let screen = login(&home, 24, 80);
    let wide = "▸ A provider with a long name  (p0.example, from your server)";
    screen.wait_for("A provider");
    screen.press([Key::Up]);
    let whole = lines(&[HINT, LABEL, "    Layer5", "    None", &format!("  {wide}")]);
    wait_for_menu(&screen, &whole);
    screen.resize(24, 30);
    let narrow = ["    Layer5", "    None", "  ▸ A provider with a long n…"];
    let narrow = [&["Use the arrow keys to naviga…", LABEL], &narrow[..]].concat();
    wait_for_menu(&screen, &lines(&narrow));
    screen.resize(5, 41);
    let label = format!("{LABEL} [Page 2/2]");
    wait_for_menu(&screen, &lines(&[HINT, &label, "  ▸ A provider with a long name  (p0.ex…"]));
    screen.resize(30, 100);
    wait_for_menu(&screen, &whole);
    screen.press([Key::Up, Key::Enter]);
    assert_chose_none(&home, &screen);
    assert!(screen.contents().starts_with("✔ None\n"), "{screen:?}");
}

#[test]
fn keys_and_resizes_in_any_order_keep_the_menu_usable() {
    let (_server, home) = listing(&["A", "B", "C", "D", "E", "F", "G", "H"]);
    let screen = login(&home, 24, 80);
    screen.wait_for("H  (p7.example");
    for round in 0..200 {
        screen.press([Key::Down]);
        screen.resize(5 + round * 7 % 20, 20 + round * 13 % 70);
        screen.press([Key::Right]);
    }
    screen.resize(24, 80);
    // A frame that was drawn before a resize may remain above.
    screen.wait_until(|screen| {
        let shown: Vec<String> = screen.rows(0, 80).map(|row| row.trim_end().to_owned()).collect();
        let last = shown.iter().rposition(|row| !row.is_empty()).unwrap_or(0);
        let menu = last.checked_sub(11).map(|top| &shown[top..=last]);
        menu.is_some_and(|menu| {
            menu[0] == FILTER_HINT && menu[11].contains(" H  (p7.example, from your server)")
        })
    });
    screen.press([Key::CtrlC]);
    assert_eq!(screen.wait(), 130);
    assert_restored(&screen);
}

#[test]
fn the_lines_above_the_menu_stay_and_the_next_output_is_directly_below() {
    let ends = [
        (vec![Key::Down, Key::Enter], "3\n✔ None\n✔ Using None. "),
        (vec![Key::CtrlC], "2\n3\nCancelled. Nothing was changed.\n4"),
        (vec![Key::Escape], "2\n3\nCancelled. Nothing was changed.\n4"),
    ];
    for (keys, left) in ends {
        let home = Home::new();
        let program = binary();
        let script = format!("echo 1; echo 2; echo 3; {} system login; echo 4", program.display());
        let screen = home.program("/bin/sh").args(["-c", &script]).on_terminal(7, 80);
        // The menu does not fit below, so the first line scrolls out.
        wait_for_menu(&screen, &lines(&["2", "3", PROMPT]));
        screen.resize(7, 39);
        let cut = PROMPT.replace("→ ←", "→…");
        wait_for_menu(&screen, &lines(&["2", "3", &cut]));
        screen.press([Key::Down, Key::Up]);
        screen.press(keys);
        assert_eq!(screen.wait(), 0);
        let contents = screen.contents();
        assert!(contents.starts_with(left), "{screen:?}");
        assert!(contents.ends_with("\n4"), "{screen:?}");
    }
}

#[test]
fn without_color_the_menu_has_the_same_characters() {
    let home = Home::new();
    let run = home.mesheryctl().args(["system", "login"]).env("NO_COLOR", "1");
    let screen = run.on_terminal(24, 80);
    screen.wait_for_contents(PROMPT);
    screen.press([Key::Down, Key::Enter]);
    assert_chose_none(&home, &screen);
    assert!(screen.contents().starts_with("✔ None\n✔ Using None. "), "{screen:?}");
    let raw = String::from_utf8(screen.raw()).unwrap();
    let ends_in = |sequence: &str| sequence.chars().find(char::is_ascii_alphabetic);
    let styled = raw.split("\x1b[").skip(1).any(|sequence| ends_in(sequence) == Some('m'));
    assert!(!styled, "{raw:?}");
}

#[test]
fn without_utf8_the_menu_is_ascii_and_works_the_same() {
    let (_server, home) = listing(&["Zürich"]);
    let run = home.mesheryctl().args(["system", "login"]).env("LANG", "C");
    let screen = run.on_terminal(24, 80);
    screen.wait_for_contents(&lines(&[
        "Use the arrow keys to navigate: down up right left",
        LABEL,
        "  > Layer5",
        "    None",
        "    Z?rich  (p0.example, from your server)",
    ]));
    screen.press([Key::Down, Key::Enter]);
    assert_chose_none(&home, &screen);
    assert!(screen.contents().starts_with("ok: None\nok: Using None. "), "{screen:?}");
    assert!(screen.raw().is_ascii());
}
