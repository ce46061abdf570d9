//! Ctrl-Z in every state of a login: the terminal is restored, and the login continues.

use std::fs;

use mesheryctl_tests::*;
use rustix::process::{Pid, getpgid, kill_process, kill_process_group};

use crate::plugins::lifecycle::install_trusted;
use crate::process::signals::LoginState::{Choice, Menu};
use crate::process::signals::{LOGIN_STATES, assert_clean_end, exit_code};
use crate::sign_in::layer5::printed;
use crate::terminal::menu::assert_chose_none;
use crate::terminal::prompt::{PROMPT, assert_restored, login};

#[test]
fn ctrl_z_suspends_a_login_in_every_state_and_restores_the_terminal_modes() {
    for state in LOGIN_STATES {
        let code = exit_code(state, |screen| {
            let marks = screen.bracketed_paste();
            for time in 1..=2 {
                screen.wait_for_mode(state.mode());
                // A redrawn menu first hides the cursor.
                screen.wait_until(|it| it.hide_cursor() == matches!(state, Menu | Choice));
                screen.press([Key::CtrlZ]);
                screen.wait_for_stop(time);
                // The output was written before the stop, but the emulator may not have read it yet.
                screen.wait_until(|it| !it.hide_cursor() && !it.bracketed_paste());
                assert_restored(screen);
                screen.resume();
            }
            screen.wait_for_mode(state.mode());
            screen.wait_until(|it| it.bracketed_paste() == marks);
            if matches!(state, Menu | Choice) {
                screen.wait_for(state.shows());
            }
            screen.signal(Signal::TERM);
            assert_clean_end(state, screen);
        });
        assert_eq!(code, 143, "{state:?}");
    }
}

#[test]
fn a_plugin_and_its_deadline_continue_after_ctrl_z() {
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    let login = |steps: &str, timeout: &str| {
        let set = format!("steps={steps}");
        let run = home.mesheryctl().args(["system", "login", "-p", "mock", "--timeout", timeout]);
        let screen = run.args(["--set", &set]).on_terminal(24, 80);
        screen.wait_for("Mock: ");
        screen.press([Key::text("can"), Key::CtrlZ]);
        screen.wait_for_stop(1);
        screen
    };
    let screen = login("secret:Pin,sleep:300,ask:Colour", "1m");
    screen.resume();
    screen.wait_for_mode(Mode { echo: false, lines: false, signals: true });
    screen.press([Key::text("ary"), Key::Enter]);
    screen.wait_for("secret gave");
    screen.wait_for("Mock: Colour:");
    screen.press([Key::text("red"), Key::Enter]);
    assert_eq!(screen.wait(), 0, "{screen:?}");
    assert!(!String::from_utf8(screen.raw()).unwrap().contains("can"), "{screen:?}");
    let screen = login("tell:At work.,hang", "2s");
    screen.resume();
    assert_eq!(screen.wait(), 6, "{screen:?}");
    assert_restored(&screen);
    home.assert_no_process_is_left();
}

#[test]
fn ctrl_z_is_ignored_when_no_shell_could_continue_the_program() {
    let home = Home::new();
    let script = format!("{} system login; echo $? > code", binary().display());
    // A session leader with its own terminal.
    let run = home.program("/usr/bin/setsid").args(["--wait", "--ctty", "/bin/sh", "-c", &script]);
    let screen = run.on_terminal(24, 80);
    screen.wait_for("    None");
    screen.press([Key::CtrlZ, Key::Down]);
    screen.wait_for("▸ None");
    screen.press([Key::Enter]);
    assert_eq!(screen.wait(), 0);
    assert_eq!(fs::read_to_string(home.path().join("code")).unwrap(), "0\n");
}

#[test]
fn a_question_continues_after_ctrl_z() {
    let home = Home::new();
    let screen =
        home.mesheryctl().args(["system", "login"]).env("TERM", "dumb").on_terminal(24, 80);
    screen.wait_for("[1]:");
    screen.press([Key::CtrlZ]);
    screen.wait_for_stop(1);
    screen.resume();
    screen.press([Key::text("2"), Key::Enter]);
    assert_chose_none(&home, &screen);
}

#[test]
fn the_wait_continues_after_ctrl_z() {
    let home = Home::new();
    let cloud = Cloud::start();
    let run = home.mesheryctl().args(["system", "login", "-p", "Layer5", "--no-browser"]);
    let screen = run.env("MESHERYCTL_LAYER5_URL", cloud.url()).on_terminal(24, 80);
    screen.wait_for("Waiting for sign-in");
    screen.press([Key::CtrlZ]);
    screen.wait_for_stop(1);
    screen.resume();
    Visitor::new().follow(printed(&screen.contents()));
    assert_eq!(screen.wait(), 0);
    assert!(home.auth_text().contains(&cloud.token()));
    assert!(!screen.contents().contains("Waiting"), "{screen:?}");
    assert_restored(&screen);
}

#[test]
fn a_login_in_the_background_leaves_the_terminal_to_the_shell_and_still_ends() {
    let home = Home::new();
    let cloud = Cloud::start();
    let login = format!("{} system login -p Layer5 --no-browser", binary().display());
    let script =
        format!("set -m; {login}; bg; read -r line; echo \"shell: $line\"; wait; echo ended");
    let run = home.program("/bin/bash").args(["-c", &script]);
    let screen = run.env("MESHERYCTL_LAYER5_URL", cloud.url()).on_terminal(24, 80);
    screen.wait_for("Waiting for sign-in");
    screen.press([Key::CtrlZ]);
    screen.wait_for("]+ ");
    screen.press([Key::text("hello"), Key::Enter]);
    screen.wait_for("shell: hello");
    Visitor::new().follow(printed(&screen.contents()));
    screen.wait_for("ended");
    assert_eq!(screen.wait(), 0);
    assert!(home.auth_text().contains(&cloud.token()));
    let raw = String::from_utf8_lossy(&screen.raw()).into_owned();
    let (_, since) = raw.split_once("]+ ").unwrap();
    assert!(!since.contains("Waiting") && !since.contains("\x1b[2K"), "{since:?}");
}

#[test]
fn a_menu_of_a_background_job_waits_for_the_foreground() {
    let home = Home::new();
    let login = format!("{} system login", binary().display());
    // 150 is a stop by SIGTTOU, as that of every background job that needs the terminal.
    let script = format!(
        "set -m; {login} & wait $!; echo \"stopped: $?\"; read -r line; fg; echo \"ended: $?\""
    );
    let screen = home.program("/bin/bash").args(["-c", &script]).on_terminal(24, 120);
    screen.wait_for("stopped: 150");
    assert!(!screen.contents().contains("Select a Provider"), "{screen:?}");
    assert!(!screen.bracketed_paste() && screen.mode() == Mode::NORMAL);
    screen.press([Key::Enter]);
    screen.wait_for("    None");
    screen.press([Key::Down]);
    screen.wait_for("▸ None");
    screen.press([Key::Enter]);
    screen.wait_for("ended: 0");
    assert_chose_none(&home, &screen);
}

#[test]
fn sigterm_ends_a_background_job_that_waits_for_the_foreground() {
    let home = Home::new();
    let login = format!("({} system login; echo \"ended: $?\")", binary().display());
    let script = format!("set -m; {login} & wait $!; echo \"stopped: $?\"; read -r line");
    let screen = home.program("/bin/bash").args(["-c", &script]).on_terminal(24, 120);
    // The shell sees a stop of the whole job, the shell within it included.
    screen.wait_for("stopped: 150");
    let all = home.processes();
    let program = binary().display().to_string();
    let login = all.iter().find(|it| it.command.starts_with(&program)).expect("the login");
    let login = Pid::from_raw(login.pid).unwrap();
    kill_process(login, Signal::TERM).unwrap();
    kill_process_group(getpgid(Some(login)).unwrap(), Signal::CONT).unwrap();
    screen.wait_for("Cancelled. Nothing was changed.\nended: 143");
    screen.press([Key::Enter]);
    assert_eq!(screen.wait(), 0);
    home.assert_no_process_is_left();
}

#[test]
fn a_question_of_a_job_that_no_shell_can_continue_is_an_error() {
    let home = Home::new();
    let login = format!("{} system login", binary().display());
    // The login ignores the signal that would stop it.
    let script = format!("set -m; (trap '' TTOU; {login}; echo \"ended: $?\") & wait $!");
    let screen = home.program("/bin/bash").args(["-c", &script]).on_terminal(24, 120);
    screen.wait_for("Cannot ask a question: this job runs in the background. Nothing was changed.");
    screen.wait_for("ended: 2");
    assert_eq!(screen.wait(), 0);
}

#[test]
fn a_continued_menu_is_redrawn_in_its_terminal_mode() {
    let home = Home::new();
    let screen = login(&home, 24, 80);
    screen.wait_for_contents(PROMPT);
    let keys = screen.mode();
    screen.press([Key::Down]);
    screen.wait_for("▸ None");
    screen.signal(Signal::STOP);
    screen.wait_for_stop(1);
    // As the shell does for itself.
    screen.set_mode(Mode::NORMAL);
    screen.resume();
    screen.wait_for_mode(keys);
    screen.press([Key::Up]);
    screen.wait_for_contents(PROMPT);
    let drawn = String::from_utf8(screen.raw()).unwrap().matches("arrow keys").count();
    assert!(drawn >= 2, "the head is drawn anew: {screen:?}");
    screen.press([Key::Down, Key::Enter]);
    assert_chose_none(&home, &screen);
}
