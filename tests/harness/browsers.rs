//! The stand-in browser.

use mesheryctl_tests::*;

fn sh<'h>(home: &'h Home, text: &str) -> Program<'h> {
    home.program(home.script("program", text))
}

#[test]
fn an_opened_url_is_recorded_with_arguments_and_environment() {
    let home = Home::new();
    let browser = Browser::waiting(&home);
    let url = format!("http://localhost:1/?{}", "long=and&".repeat(2000));
    let program = sh(&home, "unset MESHERY_TOKEN; xdg-open \"$1\"").args([&url]);
    let _ = program.env("MESHERY_TOKEN", "secret").run().exited(0);
    let opened = browser.opened_with();
    assert_eq!(opened.url(), url);
    assert!(opened.argv[0].ends_with("/bin/xdg-open"), "{:?}", opened.argv);
    assert_eq!(opened.argv.len(), 2);
    assert_eq!(opened.env.get("HOME").map(String::as_str), home.path().to_str());
    assert_eq!(opened.env.get("MESHERY_TOKEN"), None);
}

#[test]
fn every_opener_name_records_in_order() {
    let home = Home::new();
    let browser = Browser::waiting(&home);
    let _ = sh(&home, "gio open one; kde-open -- two; x-www-browser three").run().exited(0);
    assert_eq!([browser.opened(), browser.opened(), browser.opened()], ["one", "two", "three"]);
}

#[test]
fn an_opener_can_print_and_fail() {
    let home = Home::new();
    let browser = Browser::waiting(&home).printing("Opening in existing session.\n").exiting(4);
    let output = sh(&home, "xdg-open url").run().exited(4);
    assert_eq!(browser.opened(), "url");
    let noise = "Opening in existing session.\n";
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), (noise, noise));
}

#[test]
fn a_blocking_opener_ends_with_the_test() {
    let home = Home::new();
    let browser = Browser::waiting(&home).blocking();
    let _ = sh(&home, "setsid xdg-open url >/dev/null 2>&1 &").run().exited(0);
    assert_eq!(browser.opened(), "url");
    assert!(!home.processes().is_empty(), "the opener should still run");
    drop(browser);
    home.assert_no_process_is_left();
}

#[test]
#[should_panic(expected = "it ended, but these processes hold its output")]
fn an_opener_that_holds_the_programs_output_fails_the_test() {
    let home = Home::new();
    let browser = Browser::waiting(&home).blocking();
    let running = sh(&home, "xdg-open url &").spawn();
    let _ = browser.opened();
    let _ = running.wait_within(std::time::Duration::from_millis(300));
}

#[test]
fn a_forbidden_browser_that_is_not_opened_passes() {
    let home = Home::new();
    let _browser = Browser::forbidden(&home);
    let _ = sh(&home, "exit 0").run().exited(0);
}

#[test]
#[should_panic(expected = "no browser should have been opened, but")]
fn a_forbidden_browser_detects_a_late_opener() {
    let home = Home::new();
    let _browser = Browser::forbidden(&home);
    let _ = sh(&home, "setsid sh -c 'sleep 0.1; xdg-open url' >/dev/null 2>&1 &").run().exited(0);
}

#[test]
fn an_absent_browser_is_not_found() {
    let home = Home::new();
    let _browser = Browser::absent(&home);
    let output = sh(&home, "xdg-open url").run().exited(127);
    assert!(output.stderr.contains("not found"), "{output}");
}

#[test]
fn a_new_home_has_a_failing_opener() {
    let home = Home::new();
    let _ = sh(&home, "xdg-open url").run().exited(3);
}

#[test]
fn the_user_nobody_can_open_a_browser() {
    let home = Home::new();
    let browser = Browser::waiting(&home);
    let _ = sh(&home, "xdg-open url").as_nobody().run().exited(0);
    assert_eq!(browser.opened(), "url");
}

#[test]
fn opened_by_the_end_returns_every_start() {
    let home = Home::new();
    let browser = Browser::waiting(&home);
    let text = "xdg-open one; setsid sh -c 'sleep 0.1; xdg-open two' >/dev/null 2>&1 &";
    let _ = sh(&home, text).run().exited(0);
    let urls: Vec<_> = browser.opened_by_the_end().iter().map(Opened::url).collect();
    assert_eq!(urls, ["one", "two"]);
}
