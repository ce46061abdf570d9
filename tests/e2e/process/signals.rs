//! Signals and a closed terminal in every state of a login: its end, and that nothing else changes.

use std::fs;

use mesheryctl_tests::*;

use crate::plugins::lifecycle::{install, install_trusted};
use crate::sign_in::layer5::printed;
use crate::terminal::menu::{HINT, LABEL, NONE, lines, wait_for_menu};
use crate::terminal::prompt::{PROMPT, assert_restored, login};

const FINAL_MESSAGE: &str = "Cancelled. Nothing was changed.";

/// The state of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginState {
    Menu,
    Number,
    /// Waiting for the browser.
    Wait,
    /// Waiting for the Meshery Server, which does not answer; in this state the login handles only
    /// signals.
    Check,
    /// The trust question for a plugin.
    Trust,
    /// A plugin asks for a secret.
    Question,
    /// A plugin offers a choice.
    Choice,
    /// A plugin works without an ask.
    Work,
}

use LoginState::{Check, Choice, Menu, Number, Question, Trust, Wait, Work};

pub const LOGIN_STATES: [LoginState; 8] =
    [Menu, Number, Wait, Check, Trust, Question, Choice, Work];

impl LoginState {
    /// The steps of the mock plugin that lead to this state.
    fn steps(self) -> Option<&'static str> {
        match self {
            Trust => Some("steps="),
            Question => Some("steps=secret:Pin"),
            Choice => Some("steps=choose:red|green"),
            Work => Some("steps=tell:At work.,hang"),
            _ => None,
        }
    }

    pub fn shows(self) -> &'static str {
        match self {
            Menu => "    None",
            Number => "[1]:",
            Wait | Check => "Waiting for sign-in",
            Trust => "Trust it? [y/N]",
            Question => "Mock: Pin:",
            Choice => "    green",
            Work => "At work.",
        }
    }

    /// The terminal mode in this state, which may be set after the text is shown.
    pub fn mode(self) -> Mode {
        match self {
            Work => Mode { echo: false, ..Mode::NORMAL },
            Check | Number | Trust | Menu | Choice | Wait | Question => {
                Mode { echo: false, lines: false, signals: true }
            }
        }
    }

    fn has_a_worker(self) -> bool {
        matches!(self, Question | Choice | Work)
    }
}

/// Ends a login in this state, and asserts that nothing was left or changed. Returns the exit code.
#[track_caller]
pub fn exit_code(state: LoginState, end: impl FnOnce(&mut Screen<'_>)) -> i32 {
    let home = Home::new();
    home.write_auth("old bytes");
    let cloud = Cloud::start();
    let server =
        MesheryServer::start().provider("Layer5", cloud.url()).with_fault(ServerFault::TokenSilent);
    home.write_config(&config_for(&server.endpoint()));
    match state {
        Trust => drop(install(&home, "mock-provider")),
        _ if state.steps().is_some() => drop(install_trusted(&home, "mock-provider", "mock")),
        _ => {}
    }
    let before = home.snapshot();
    let login = home.mesheryctl().args(["system", "login"]);
    let login = login.env("MESHERYCTL_LAYER5_URL", cloud.url());
    let login = match (state, state.steps()) {
        (_, Some(steps)) => login.args(["-p", "mock", "--set", steps]),
        (Number, _) => login.env("ACCESSIBLE", "1"),
        (Wait | Check, _) => login.args(["-p", "Layer5", "--no-browser"]),
        _ => login,
    };
    let mut screen = login.on_terminal(24, 80);
    screen.wait_for(state.shows());
    let tab = (state == LoginState::Check).then(|| {
        let tab = send_callback(printed(&screen.contents()));
        let _ = server.wait_for_request("/api/token");
        screen.wait_for_no("Waiting");
        tab
    });
    screen.wait_for_mode(state.mode());
    let workers = || home.processes().iter().filter(|it| it.command.contains("worker")).count();
    assert_eq!(workers(), usize::from(state.has_a_worker()), "{state:?} {screen:?}");
    let ports = listening(screen.pid());
    assert_eq!(ports.is_empty(), !matches!(state, Wait | Check), "{state:?}");
    end(&mut screen);
    let code = screen.wait();
    for port in ports {
        assert!(get(&format!("http://localhost:{port}/")).try_send().is_err(), "{state:?}");
    }
    assert_unchanged(&before, &home.snapshot());
    assert_eq!(home.temporary_files(), Vec::<std::path::PathBuf>::new());
    home.assert_no_process_is_left();
    drop(tab);
    code
}

/// The ports on which this process listens.
fn listening(pid: i32) -> Vec<u16> {
    let links = fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let links = links.filter_map(|it| fs::read_link(it.unwrap().path()).ok());
    let ours: Vec<String> = links
        .filter_map(|it| Some(it.to_str()?.strip_prefix("socket:[")?.trim_end_matches(']').into()))
        .collect();
    let table = fs::read_to_string(format!("/proc/{pid}/net/tcp")).unwrap();
    let lines = table.lines().skip(1).map(|it| it.split_whitespace().collect::<Vec<_>>());
    let listening = lines.filter(|it| it[3] == "0A" && ours.iter().any(|inode| inode == it[9]));
    listening.map(|it| u16::from_str_radix(it[1].split_once(':').unwrap().1, 16).unwrap()).collect()
}

/// A browser that sends the callback and waits for the page.
fn send_callback(link: &str) -> RawConnection {
    let mut browser = Visitor::new();
    let mut to = link.to_owned();
    for _start_and_cloud in 0..2 {
        to = browser.visit(&to).response.header("location").unwrap().to_owned();
    }
    let mut tab = RawConnection::to(&to, Localhost::V4);
    tab.send(&browser.request(&Url::parse(&to)).bytes()).unwrap();
    tab
}

/// Asserts the final message, once and on its own line, and a restored terminal.
#[track_caller]
pub fn assert_clean_end(state: LoginState, screen: &Screen<'_>) {
    let _ = screen.exit_status();
    let shown = screen.contents();
    assert_eq!(shown.lines().last(), Some(FINAL_MESSAGE), "{state:?} {screen:?}");
    let raw = String::from_utf8(screen.raw()).unwrap();
    assert_eq!(raw.matches("Cancelled").count(), 1, "{state:?} {raw:?}");
    assert!(!shown.contains("Waiting") && !shown.contains("arrow keys"), "{state:?} {screen:?}");
    assert!(!screen.bracketed_paste(), "{state:?}");
    assert!(state != LoginState::Menu || shown == FINAL_MESSAGE, "{screen:?}");
    assert_restored(screen);
}

#[test]
fn every_signal_ends_a_login_in_every_state_and_changes_nothing() {
    for state in LOGIN_STATES {
        for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
            let output = exit_code(state, |screen| {
                screen.signal(signal);
                assert_clean_end(state, screen);
            });
            assert_eq!(output, code, "{state:?}");
        }
    }
}

#[test]
fn ctrl_c_ends_a_login_in_every_state() {
    for state in LOGIN_STATES {
        let code = exit_code(state, |screen| {
            screen.press([Key::CtrlC]);
            assert_clean_end(state, screen);
        });
        assert_eq!(code, 130, "{state:?}");
    }
}

#[test]
fn a_closed_terminal_ends_a_login_in_every_state() {
    for state in LOGIN_STATES {
        let close = |screen: &mut Screen<'_>| screen.hang_up();
        assert_eq!(exit_code(state, close), 129, "{state:?}");
    }
}

#[test]
fn several_signals_print_the_final_message_once() {
    for state in LOGIN_STATES {
        let code = exit_code(state, |screen| {
            // A stopped program gets all signals at once when continued, in any order.
            screen.signal(Signal::STOP);
            screen.wait_for_stop(1);
            for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
                screen.signal(signal);
            }
            screen.resume();
            assert_clean_end(state, screen);
        });
        assert!([130, 143, 129].contains(&code), "{state:?} {code}");
    }
}

#[test]
fn a_signal_ends_the_menu_within_a_multibyte_character() {
    let code = exit_code(LoginState::Menu, |screen| {
        // An arrow key, then the first of two bytes: the reader blocks until the second.
        screen.send(b"\x1b[B\xc3");
        screen.wait_for("▸ None");
        screen.signal(Signal::TERM);
        assert_clean_end(LoginState::Menu, screen);
    });
    assert_eq!(code, 143);
}

#[test]
fn ctrl_s_at_the_menu_does_not_block_the_final_message() {
    let code = exit_code(LoginState::Menu, |screen| {
        screen.send(b"\x13");
        // A continued program redraws, which would block if the terminal had stopped the output.
        screen.signal(Signal::STOP);
        screen.wait_for_stop(1);
        screen.resume();
        screen.press([Key::Down]);
        screen.wait_for("▸ None");
        screen.signal(Signal::TERM);
        assert_clean_end(LoginState::Menu, screen);
    });
    assert_eq!(code, 143);
}

#[test]
fn a_signal_ends_the_menu_on_another_row_and_after_a_resize() {
    let home = Home::new();
    let screen = login(&home, 24, 80);
    screen.wait_for_contents(PROMPT);
    screen.press([Key::Down]);
    wait_for_menu(&screen, &lines(&[HINT, LABEL, NONE]));
    screen.resize(10, 32);
    wait_for_menu(&screen, &lines(&["Use the arrow keys to navigate…", LABEL, NONE]));
    screen.signal(Signal::TERM);
    assert_clean_end(LoginState::Menu, &screen);
    assert_eq!(screen.wait(), 143);
}

#[test]
fn blocked_terminal_output_does_not_keep_a_login_from_ending() {
    for state in [Number, Wait, Check, Trust, Question, Work] {
        let code = exit_code(state, |screen| {
            // Ctrl-S: writes now block until a Ctrl-Q, which is not sent.
            screen.send(b"\x13");
            screen.signal(Signal::TERM);
            let _ = screen.exit_status();
            assert_eq!(screen.mode(), Mode::NORMAL, "{state:?}");
        });
        assert_eq!(code, 143, "{state:?}");
    }
}

#[test]
fn a_closed_terminal_ends_the_prompt_without_sighup() {
    for term in ["xterm", "dumb"] {
        let home = Home::new();
        // In its own session, as under some launchers, the program gets no SIGHUP.
        let script = format!("TERM={term} {} system login; echo $? > code", binary().display());
        let run = home.program("/usr/bin/setsid").args(["--wait", "/bin/sh", "-c", &script]);
        let mut screen = run.on_terminal(24, 80);
        screen.wait_for("Select a Provider");
        screen.wait_for("None");
        screen.hang_up();
        home.assert_no_process_is_left();
        assert_eq!(fs::read_to_string(home.path().join("code")).unwrap(), "129\n", "{term}");
    }
}

#[test]
fn input_while_waiting_is_neither_shown_nor_left_to_the_shell() {
    let home = Home::new();
    let cloud = Cloud::start();
    let login = format!("{} system login -p Layer5 --no-browser", binary().display());
    let script = format!("{login}; echo ended; read -r line; echo \"then: $line\"");
    let run = home.program("/bin/sh").args(["-c", &script]);
    let screen = run.env("MESHERYCTL_LAYER5_URL", cloud.url()).on_terminal(24, 80);
    screen.wait_for("Waiting for sign-in");
    screen.press([Key::text("secret"), Key::Enter, Key::text("rm -r x"), Key::Enter]);
    Visitor::new().follow(printed(&screen.contents()));
    screen.wait_for("\nended");
    screen.press([Key::text("seen"), Key::Enter]);
    assert_eq!(screen.wait(), 0);
    assert!(screen.contents().ends_with("\nended\nseen\nthen: seen"), "{screen:?}");
    assert!(!screen.contents().contains("secret"), "{screen:?}");
    assert_restored(&screen);
}

#[test]
fn a_login_in_the_background_is_not_stopped_by_terminal_access() {
    let home = Home::new();
    let cloud = Cloud::start();
    let login = format!("{} system login -p Layer5 --no-browser", binary().display());
    let run = home.program("/bin/sh").args(["-c", &format!("set -m; {login} & wait $!")]);
    let screen = run.env("MESHERYCTL_LAYER5_URL", cloud.url()).on_terminal(24, 80);
    screen.wait_for("Waiting for sign-in");
    assert_eq!(screen.mode(), Mode::NORMAL, "the mode is the shell's");
    Visitor::new().follow(printed(&screen.contents()));
    assert_eq!(screen.wait(), 0, "{screen:?}");
    assert!(home.auth_text().contains(&cloud.token()));
}

#[test]
fn ctrl_c_during_a_check_leaves_the_terminal_as_it_was() {
    let home = Home::new();
    home.write_auth("{\"meshery-provider\":\"Layer5\",\"token\":\"T0123456789abcdef\"}");
    let cloud = Cloud::start().profile_fault(ProfileFault::Silent);
    let check = home.mesheryctl().args(["system", "check", "--verify"]);
    let screen = check.env("MESHERYCTL_LAYER5_URL", cloud.url()).on_terminal(24, 80);
    let before = screen.mode();
    // The provider has the request and does not answer.
    while cloud.requests().is_empty() {
        std::thread::yield_now();
    }
    screen.press([Key::CtrlC]);
    assert_eq!(screen.wait(), 130, "{}", screen.contents());
    assert_eq!(screen.mode(), before);
}
