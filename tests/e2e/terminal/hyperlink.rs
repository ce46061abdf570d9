//! Hyperlinks: the printed URL is one on a terminal that shows them, and plain text everywhere else.

use mesheryctl_tests::*;

use crate::sign_in::layer5::printed;

fn linked(url: &str) -> String {
    format!("\x1b]8;;{url}\x1b\\{url}\x1b]8;;\x1b\\")
}

fn login<'h>(home: &'h Home, cloud: &Cloud) -> Program<'h> {
    let run = home.mesheryctl().args(["system", "login", "-p", "Layer5", "--no-browser"]);
    run.env("MESHERYCTL_LAYER5_URL", cloud.url())
}

#[test]
fn the_printed_url_is_a_hyperlink_whose_text_is_the_whole_url() {
    let home = Home::new();
    let cloud = Cloud::start();
    for (variable, value) in [("TERM", "xterm-kitty"), ("VTE_VERSION", "7600")] {
        let screen = login(&home, &cloud).env(variable, value).env("NO_COLOR", "1");
        let screen = screen.on_terminal(24, 80);
        screen.wait_for("press Ctrl-C to cancel.");
        let link = printed(&screen.contents()).to_owned();
        assert!(link.starts_with("http://localhost:"), "{link}");
        let raw = String::from_utf8(screen.raw()).unwrap();
        assert!(raw.contains(&format!("\n  {}\r\n", linked(&link))), "{raw:?}");
        screen.press([Key::CtrlC]);
        assert_eq!(screen.wait(), 130);
    }
    let screen = login(&home, &cloud).env("TERM", "xterm-kitty").env("SSH_TTY", "x");
    let screen = screen.on_terminal(24, 300);
    screen.wait_for("press Ctrl-C to cancel.");
    assert_eq!(String::from_utf8(screen.raw()).unwrap().matches("\x1b]8;;http").count(), 2);
    screen.press([Key::CtrlC]);
    assert_eq!(screen.wait(), 130);
}

#[test]
fn without_a_terminal_that_shows_hyperlinks_there_is_none() {
    let home = Home::new();
    let cloud = Cloud::start();
    for (variable, value) in [
        ("TERM", "xterm-256color"),
        ("TERM", "dumb"),
        ("CI", "true"),
        ("ACCESSIBLE", "1"),
        ("TMUX", "/tmp/tmux-0/default,1,0"),
    ] {
        let run = login(&home, &cloud).env("TERM", "xterm-kitty").env(variable, value);
        let screen = run.on_terminal(24, 80);
        screen.wait_for("Ctrl-C to cancel.");
        assert!(!screen.raw().windows(3).any(|it| it == b"\x1b]8"), "{variable}={value}");
        screen.press([Key::CtrlC]);
        assert_eq!(screen.wait(), 130);
    }
    let run = login(&home, &cloud).env("TERM", "xterm-kitty").env("FORCE_HYPERLINK", "1");
    let running = run.spawn();
    let said = running.wait_for_stderr("Ctrl-C to cancel.");
    assert!(!said.contains('\x1b'), "{said:?}");
}
