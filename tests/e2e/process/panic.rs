//! Panics: the program restores the terminal, prints one line, and leaves nothing behind.

use mesheryctl_tests::*;
use serde_json::Value;

use crate::plugins::lifecycle::install_trusted;
use crate::sign_in::layer5::printed;
use crate::terminal::prompt::assert_restored;

const CALM: &str = "Internal error at ";

/// A login by a plugin with a clock that can fail.
fn login<'h>(home: &'h Home, cloud: &Cloud, clock: &FailingClock, steps: &str) -> Program<'h> {
    install_trusted(home, "mock-provider", "mock");
    home.write_auth("old bytes");
    let set = [format!("steps={steps}"), format!("url={}", cloud.url())];
    let run = home.mesheryctl().args(["system", "login", "-p", "mock", "--no-browser"]);
    clock.preload(run.args(["--set", &set[0], "--set", &set[1]]))
}

#[test]
fn a_panic_restores_the_terminal_prints_one_line_and_leaves_nothing_behind() {
    let waiting = Mode { echo: false, lines: false, signals: true };
    for (steps, stands, mode, typed, key) in [
        // Waiting for the browser reads the clock each second.
        ("callback,visit:/login", "Waiting for sign-in", Some(waiting), None, None),
        // Waiting for a key reads the clock after each key.
        ("choose:red|green", "    green", None, None, Some(Key::Down)),
        // Typed while nothing is echoed: after the panic the terminal echoes again.
        ("secret:Pin", "Pin:", Some(waiting), Some(Key::text("canary")), Some(Key::Enter)),
    ] {
        let home = Home::new();
        let cloud = Cloud::start();
        let clock = FailingClock::new(&home);
        let screen = login(&home, &cloud, &clock, steps).on_terminal(24, 160);
        screen.wait_for(stands);
        mode.into_iter().for_each(|mode| screen.wait_for_mode(mode));
        let before = home.snapshot();
        let link =
            screen.contents().contains("http").then(|| printed(&screen.contents()).to_owned());
        typed.into_iter().for_each(|key| screen.press([key]));
        clock.fail();
        key.into_iter().for_each(|key| screen.press([key]));
        assert_eq!(screen.wait(), 1, "{screen:?}");
        let shown = screen.contents();
        let last: Vec<&str> = shown.lines().rev().take(2).collect();
        assert!(last[1].contains(&format!("✗ {CALM}")), "{screen:?}");
        assert!(last[1].ends_with(". No file was partly written."), "{screen:?}");
        // A key that comes after the panic is echoed before these words.
        assert!(last[0].contains("  Please report it:  https://"), "{screen:?}");
        assert_restored(&screen);
        let raw = String::from_utf8(screen.raw()).unwrap();
        assert_eq!(raw.rfind("\x1b[?2004h") < raw.rfind("\x1b[?2004l"), raw.contains("2004"));
        // The message of a panic may contain any text.
        for word in ["panicked", "unwrap", "Os {", "stack", "canary"] {
            assert!(!raw.contains(word), "{word}: {screen:?}");
        }
        assert_unchanged(&before, &home.snapshot());
        assert!(home.temporary_files().is_empty());
        home.assert_no_process_is_left();
        assert!(link.is_none_or(|link| get(&link).try_send().is_err()), "no server listens");
    }
}

#[test]
fn a_panic_is_one_json_object_and_exits_1() {
    let home = Home::new();
    let cloud = Cloud::start();
    let clock = FailingClock::new(&home);
    let run = login(&home, &cloud, &clock, "callback,visit:/login");
    let running = run.args(["-o", "json"]).env("RUST_BACKTRACE", "1").spawn();
    running.wait_for_stderr("Waiting for sign-in");
    clock.fail();
    // The clock may be read before the next second.
    let _ = get(printed(&running.stderr())).try_send();
    let output = running.wait().exited(1);
    let said: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(said["error"]["code"], "internal_error", "{output}");
    assert_eq!(said["error"]["exit"], 1);
    assert!(said["error"]["message"].as_str().unwrap().starts_with(CALM), "{output}");
    assert!(!output.stderr.contains("panicked") && !output.stderr.contains("stack"), "{output}");
    home.assert_no_process_is_left();
}

#[test]
fn a_panic_in_another_thread_does_not_affect_the_login() {
    let home = Home::new();
    let cloud = Cloud::start();
    let clock = FailingClock::new(&home);
    let browser = Browser::waiting(&home);
    clock.fail();
    let login = home.mesheryctl().args(["system", "login", "-p", "Layer5"]);
    let login = login.env("MESHERYCTL_LAYER5_URL", cloud.url());
    let screen = clock.preload_for_other_threads(login).on_terminal(24, 100);
    screen.wait_for("Waiting for sign-in");
    Visitor::new().follow(&browser.opened());
    assert_eq!(screen.wait(), 0, "{screen:?}");
    assert!(clock.has_failed());
    assert!(!String::from_utf8(screen.raw()).unwrap().contains("panicked"), "{screen:?}");
    assert!(home.auth_text().contains(&cloud.token()));
    assert_restored(&screen);
}

#[test]
fn arguments_that_are_not_utf8_are_usage_errors() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let home = Home::new();
    for arguments in [&["\u{1}"][..], &["system", "login", "-p"], &["-o", "json", "system", "-c"]] {
        let arguments = arguments.iter().map(|it| OsStr::new(it).to_owned());
        let run = home.mesheryctl().args(arguments).args([OsStr::from_bytes(b"\xff\xfe")]);
        let output = run.run().exited(2);
        assert!(!format!("{output}").contains("panicked"), "{output}");
    }
}
