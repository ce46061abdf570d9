//! Browsers.

use mesheryctl_tests::*;

fn sh<'h>(home: &'h Home, text: &str) -> Program<'h> {
    home.program(home.script("program", text))
}

#[test]
fn what_is_opened_comes_to_the_test_with_arguments_and_environment() {
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
fn every_name_of_an_opener_leads_to_it_in_order() {
    let home = Home::new();
    let browser = Browser::waiting(&home);
    let _ = sh(&home, "gio open one; kde-open -- two; x-www-browser three").run().exited(0);
    assert_eq!([browser.opened(), browser.opened(), browser.opened()], ["one", "two", "three"]);
}

#[test]
fn a_browser_may_be_noisy_and_fail() {
    let home = Home::new();
    let browser = Browser::waiting(&home).printing("Opening in existing session.\n").exiting(4);
    let output = sh(&home, "xdg-open url").run().exited(4);
    assert_eq!(browser.opened(), "url");
    let noise = "Opening in existing session.\n";
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), (noise, noise));
}

#[test]
fn a_browser_may_block_and_still_leaves_with_the_test() {
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
fn a_browser_that_got_our_output_is_a_failure() {
    let home = Home::new();
    let browser = Browser::waiting(&home).blocking();
    let running = sh(&home, "xdg-open url &").spawn();
    let _ = browser.opened();
    let _ = running.wait_within(std::time::Duration::from_millis(300));
}

#[test]
fn a_forbidden_browser_that_stays_shut_is_content() {
    let home = Home::new();
    let _browser = Browser::forbidden(&home);
    let _ = sh(&home, "exit 0").run().exited(0);
}

#[test]
#[should_panic(expected = "no browser should have been opened, but")]
fn a_forbidden_browser_sees_even_a_late_opener() {
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
fn a_test_that_says_nothing_of_a_browser_gets_none() {
    let home = Home::new();
    let _ = sh(&home, "xdg-open url").run().exited(3);
}

#[test]
fn nobody_can_open_one_too() {
    let home = Home::new();
    let browser = Browser::waiting(&home);
    let _ = sh(&home, "xdg-open url").as_nobody().run().exited(0);
    assert_eq!(browser.opened(), "url");
}

#[test]
fn what_was_opened_by_the_end_is_complete() {
    let home = Home::new();
    let browser = Browser::waiting(&home);
    let text = "xdg-open one; setsid sh -c 'sleep 0.1; xdg-open two' >/dev/null 2>&1 &";
    let _ = sh(&home, text).run().exited(0);
    let urls: Vec<_> = browser.opened_by_the_end().iter().map(Opened::url).collect();
    assert_eq!(urls, ["one", "two"]);
}
