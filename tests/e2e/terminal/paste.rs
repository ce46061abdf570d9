//! A paste at any moment is one thing: it presses no key, and nothing of it reaches the shell.

use std::fs::{self, File};

use mesheryctl_tests::*;
use rustix::process::{Pid, kill_process};

use crate::plugins::lifecycle::install_trusted;
use crate::process::signals::LoginState::{Check, Choice, Menu, Question, Trust, Wait};
use crate::process::signals::{assert_clean_end, exit_code};
use crate::terminal::menu::{HINT, LABEL, NONE, assert_chose_none, lines, listing};
use crate::terminal::prompt::{PROMPT, assert_restored};

fn offer(cloud: &Cloud) -> String {
    let host = Url::parse(&cloud.url()).authority();
    format!("That looks like a token for Layer5 ({host}). Use it? [Y/n]")
}

fn login<'h>(home: &'h Home, cloud: &Cloud) -> Program<'h> {
    let run = home.mesheryctl().args(["system", "login"]);
    run.env("MESHERYCTL_LAYER5_URL", cloud.url())
}

/// The same text from a terminal that marks pastes and from one that does not.
fn pastes(text: &str) -> [Key; 2] {
    [Key::Paste(text.to_owned()), Key::text(text)]
}

fn raw(screen: &Screen<'_>) -> String {
    String::from_utf8(screen.raw()).unwrap()
}

#[test]
fn a_token_pasted_at_the_menu_is_offered_and_signs_in_without_a_browser() {
    let home = Home::new();
    let cloud = Cloud::start();
    let forbidden = Browser::forbidden(&home);
    let file = format!(
        "{{\n  \"meshery-provider\": \"Meshery\",\n  \"token\": \"{}\"\n}}\n",
        cloud.token()
    );
    for text in [format!("{}\r", cloud.token()), file] {
        for key in pastes(&text) {
            let screen = login(&home, &cloud).on_terminal(24, 80);
            screen.wait_for("    None");
            screen.press([key]);
            screen.wait_for(&offer(&cloud));
            screen.press([Key::Enter]);
            assert_eq!(screen.wait(), 0, "{screen:?}");
            assert!(screen.contents().contains("✔ Signed in to Layer5"), "{screen:?}");
            assert!(home.auth_text().contains(&cloud.token()));
            assert!(!raw(&screen).contains(&cloud.token()));
            assert_restored(&screen);
            fs::remove_file(home.meshery().join("auth.json")).unwrap();
        }
    }
    drop(forbidden);
}

#[test]
fn a_paste_at_the_menu_presses_no_key_and_overwrites_nothing() {
    let home = Home::new();
    home.write_auth("old bytes");
    let cloud = Cloud::start();
    for (text, why) in [
        ("jqjqjq\r", "was too short for a token"),
        ("jqjq\u{3}q\x1b[B\r canary", "contains a character that is not allowed in a token"),
        (
            "{\"meshery-provider\":\"Acme\",\"token\":\"canary\"}\r",
            "was a token of Acme, which is not in this list",
        ),
        ("{\"meshery-provider\":\"None\",\"token\":\"\"}", "was an auth.json without a token"),
        ("http://localhost:1/x?token=canary", "was a URL, and no login is waiting for one yet"),
    ] {
        for key in pastes(text) {
            let screen = home.mesheryctl().args(["system", "login"]).on_terminal(24, 120);
            screen.wait_for_contents(PROMPT);
            screen.press([Key::Down]);
            screen.wait_for(NONE);
            screen.press([key]);
            screen.wait_for(&format!("That {why}"));
            screen.wait_for(&format!("Ignored.\n{}", lines(&[HINT, LABEL, NONE])));
            screen.press([Key::Up]);
            screen.wait_for("▸ Layer5");
            screen.press([Key::CtrlC]);
            assert_eq!(screen.wait(), 130, "{screen:?}");
            assert!(!raw(&screen).contains("canary"), "{screen:?}");
            assert_restored(&screen);
        }
    }
    assert_eq!(home.auth_text(), "old bytes");
    drop(cloud);
}

#[test]
fn a_declined_offer_returns_to_the_menu_and_a_paste_does_not_answer_it() {
    let home = Home::new();
    let cloud = Cloud::start();
    let screen = login(&home, &cloud).on_terminal(24, 80);
    screen.wait_for("    None");
    screen.press([Key::Paste(cloud.token())]);
    screen.wait_for(&offer(&cloud));
    screen.press([Key::Paste("y\r".into())]);
    screen.wait_for("A paste does not answer this question. Ignored.\n");
    screen.press([Key::text("n"), Key::Enter]);
    screen.wait_for("    None");
    screen.press([Key::Down]);
    screen.wait_for("▸ None");
    screen.press([Key::Enter]);
    assert_chose_none(&home, &screen);
}

#[test]
fn a_token_pasted_at_the_numbered_prompt_is_offered_and_not_shown() {
    for key in 0..2 {
        let home = Home::new();
        let cloud = Cloud::start();
        let screen = login(&home, &cloud).env("ACCESSIBLE", "1").on_terminal(24, 80);
        screen.wait_for("[1]:");
        screen.press([pastes(&format!("{}\r", cloud.token()))[key].clone()]);
        screen.wait_for(&offer(&cloud));
        screen.press([Key::Enter]);
        assert_eq!(screen.wait(), 0, "{screen:?}");
        assert!(home.auth_text().contains(&cloud.token()));
        assert!(!raw(&screen).contains(&cloud.token()));
    }
}

#[test]
fn a_paste_in_the_menu_of_a_plugin_is_ignored() {
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    let run = home.mesheryctl().args(["system", "login", "-p", "mock"]);
    let screen = run.args(["--set", "steps=choose:red|green"]).on_terminal(24, 80);
    screen.wait_for("    green");
    screen.press([Key::Paste("j\rqqq".into())]);
    screen.wait_for("A paste does not answer this question. Ignored.\n");
    screen.wait_for("▸ red");
    screen.press([Key::Down, Key::Enter]);
    assert_eq!(screen.wait(), 0, "{screen:?}");
    assert!(screen.contents().contains("Mock: choose gave 1"), "{screen:?}");
}

#[test]
fn the_token_pasted_at_the_menu_is_not_passed_to_a_provider_that_takes_none() {
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    let screen = home.mesheryctl().args(["system", "login"]).on_terminal(24, 80);
    screen.wait_for("    Mock");
    screen.press([Key::Up]);
    screen.wait_for("▸ Mock");
    screen.press([Key::Paste("canary-0123456789".into())]);
    screen.wait_for("That looks like a token for Mock. Use it? [Y/n]");
    screen.press([Key::Enter]);
    screen.wait_for("Mock takes no pasted token. Ignored.");
    assert_eq!(screen.wait(), 0, "{screen:?}");
    assert!(!home.auth_text().contains("canary"));
}

#[test]
fn the_terminal_marks_pastes_from_the_first_question_to_every_end() {
    for state in [Menu, Wait, Check, Trust, Question, Choice] {
        let code = exit_code(state, |screen| {
            screen.wait_until(vt100::Screen::bracketed_paste);
            screen.signal(Signal::TERM);
            assert_clean_end(state, screen);
        });
        assert_eq!(code, 143, "{state:?}");
    }
    let home = Home::new();
    let screen = home.mesheryctl().args(["system", "login"]).on_terminal(24, 80);
    screen.wait_until(vt100::Screen::bracketed_paste);
    screen.press([Key::Down, Key::Enter]);
    assert_chose_none(&home, &screen);
    let marks: Vec<_> = raw(&screen).matches("\x1b[?2004").map(str::len).collect();
    assert_eq!(marks.len(), 2, "on once and off once: {screen:?}");
    assert!(!screen.bracketed_paste());
}

#[test]
fn marks_that_the_shell_ended_are_set_again_when_the_program_continues() {
    for args in [&["system", "login"][..], &["system", "login", "-p", "Layer5", "--no-browser"]] {
        let home = Home::new();
        let cloud = Cloud::start();
        let run = home.mesheryctl().args(args).env("MESHERYCTL_LAYER5_URL", cloud.url());
        let screen = run.on_terminal(24, 80);
        screen.wait_until(vt100::Screen::bracketed_paste);
        // Not by Ctrl-Z: the program cannot end the marks before it stops, so the shell does.
        screen.signal(Signal::STOP);
        screen.wait_for_stop(1);
        let terminal = format!("/proc/{}/fd/2", screen.pid());
        fs::write(terminal, "\x1b[?2004l").unwrap();
        screen.wait_until(|it| !it.bracketed_paste());
        screen.resume();
        screen.wait_until(vt100::Screen::bracketed_paste);
        screen.press([Key::CtrlC]);
        assert_eq!(screen.wait(), 130);
    }
}

/// A shell at its prompt, in which the program is called `meshery-cli`.
fn shell<'h>(home: &'h Home, cloud: &Cloud) -> Screen<'h> {
    let run = home.program("/bin/bash").args(["--norc", "--noprofile", "-i"]);
    let run = run.env("PS1", "ready> ").env("MESHERYCTL_LAYER5_URL", cloud.url());
    let screen = run.env("HISTFILE", "").on_terminal(40, 120);
    screen.wait_for("ready>");
    screen
}

fn enter(screen: &Screen<'_>, line: &str) {
    // Typed, since the shell marks a paste.
    screen.press([Key::text(line), Key::Enter]);
}

/// Asserts that the shell is at its prompt and ran nothing but what was typed.
#[track_caller]
fn assert_shell_ran_nothing(screen: &Screen<'_>) {
    enter(screen, "echo en''d");
    screen.wait_for("\nend\n");
    assert!(!raw(screen).contains("pasted-line"), "{screen:?}");
    assert!(!raw(screen).contains("canary"), "{screen:?}");
    enter(screen, "exit");
    assert_eq!(screen.wait(), 0, "{screen:?}");
}

/// Text of which the shell would run a line.
const RUNS: &str = "canary\recho past''ed-line\rcanary\r";

/// The lock that a login takes to save a token.
fn lock(home: &Home) -> File {
    home.write_auth("");
    let lock = File::create(home.meshery().join("auth.json.lock")).unwrap();
    lock.lock().unwrap();
    lock
}

#[test]
fn nothing_of_a_paste_at_the_menu_reaches_the_shell() {
    for key in pastes(RUNS) {
        for end in [Key::Escape, Key::CtrlC, Key::CtrlD] {
            let home = Home::new();
            let cloud = Cloud::start();
            let screen = shell(&home, &cloud);
            enter(&screen, &format!("{} system login", binary().display()));
            screen.wait_for("    None");
            screen.press([key.clone()]);
            screen.wait_for("Ignored.");
            screen.wait_for("    None");
            screen.press([end]);
            screen.wait_for("Cancelled. Nothing was changed.\nready>");
            assert_shell_ran_nothing(&screen);
        }
    }
}

/// Starts a login with None, which waits for the lock of another process.
fn choose_none(screen: &Screen<'_>) {
    enter(screen, &format!("{} system login", binary().display()));
    screen.wait_for("    None");
    screen.press([Key::Down]);
    screen.wait_for("▸ None");
    screen.press([Key::Enter]);
    screen.wait_for("Waiting for another mesheryctl…");
}

#[test]
fn nothing_of_a_paste_between_questions_reaches_the_shell() {
    for key in pastes(RUNS) {
        let home = Home::new();
        let cloud = Cloud::start();
        let lock = lock(&home);
        let screen = shell(&home, &cloud);
        choose_none(&screen);
        screen.press([key]);
        drop(lock);
        screen.wait_for("auth.json\nready>");
        assert_shell_ran_nothing(&screen);
    }
}

#[test]
fn the_rest_of_a_paste_during_which_the_program_ends_does_not_reach_the_shell() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let home = Home::new();
        let cloud = Cloud::start();
        let screen = shell(&home, &cloud);
        enter(&screen, &format!("{} system login", binary().display()));
        screen.wait_for("    None");
        let is_login = |it: &String| it.contains("system login");
        let all = home.processes();
        let program = all.iter().find(|it| is_login(&it.command)).expect("the login").pid;
        screen.send(b"\x1b[200~canary");
        let terminal = File::open(format!("/proc/{program}/fd/0")).unwrap();
        while rustix::io::ioctl_fionread(&terminal).unwrap() > 0 {
            std::thread::yield_now();
        }
        drop(terminal);
        kill_process(Pid::from_raw(program).unwrap(), signal).unwrap();
        screen.send(format!("{RUNS}\x1b[201~").as_bytes());
        screen.wait_for("Cancelled. Nothing was changed.\n");
        assert_shell_ran_nothing(&screen);
    }
}

#[test]
fn what_is_typed_ahead_stays_for_the_shell() {
    let home = Home::new();
    let cloud = Cloud::start();
    let held = lock(&home);
    let screen = shell(&home, &cloud);
    choose_none(&screen);
    enter(&screen, "echo kept");
    drop(held);
    screen.wait_for("\nkept\n");
    // A command that asks nothing consumes nothing, however long it is.
    let held = lock(&home);
    enter(&screen, &format!("{} system login -p None", binary().display()));
    screen.wait_for("kept\nready> ");
    screen.wait_until(|it| it.contents().matches("Waiting for another").count() == 2);
    enter(&screen, "echo this-is-more-than-any-paste also");
    drop(held);
    screen.wait_for("\nthis-is-more-than-any-paste also\n");
    enter(&screen, "exit");
    assert_eq!(screen.wait(), 0, "{screen:?}");
}

#[test]
fn a_login_with_a_token_file_consumes_no_input_while_the_server_verifies_it() {
    let home = Home::new();
    let cloud = Cloud::start();
    let server = MesheryServer::start().provider("Layer5", cloud.url()).accepts(cloud.token());
    home.write_config(&config_for(&server.endpoint()));
    let token = format!("{{\"meshery-provider\":\"Layer5\",\"token\":\"{}\"}}", cloud.token());
    fs::write(home.path().join("token.json"), token).unwrap();
    let held = lock(&home);
    let screen = shell(&home, &cloud);
    enter(&screen, &format!("{} system login --token-file token.json", binary().display()));
    screen.wait_for("Waiting for another mesheryctl…");
    enter(&screen, "echo this-is-more-than-any-paste");
    drop(held);
    screen.wait_for("\nthis-is-more-than-any-paste\n");
    enter(&screen, "exit");
    assert_eq!(screen.wait(), 0, "{screen:?}");
}

#[test]
fn a_paste_that_fills_the_filter_of_a_long_menu_is_ignored() {
    let names: Vec<String> = (0..9).map(|number| format!("Provider {number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (_server, home) = listing(&names);
    let screen = home.mesheryctl().args(["system", "login"]).on_terminal(24, 80);
    screen.wait_for("Provider 8");
    screen.press([Key::Paste("Provider".into())]);
    screen.wait_for("That was too short for a token. Ignored.");
    screen.wait_for("Provider 8");
    assert!(screen.contents().contains(&format!("{LABEL}\n")), "{screen:?}");
    screen.press([Key::CtrlC]);
    assert_eq!(screen.wait(), 130);
}
