//! Chromium.

use mesheryctl_tests::*;

#[test]
fn a_real_browser_reports_page_activity_and_leaves_nothing_behind() {
    if !Chromium::is_available() {
        return;
    }
    let home = Home::new();
    let before = home.snapshot();
    let site = HostileSite::showing(
        "<p>Hello</p><input><script>document.title = document.cookie = 'c=1'</script>",
    );
    let chromium = Chromium::start(&home, Localhost::V4);
    chromium.goto(&format!("{}/redirect?to=/", site.url()));
    chromium.fill("input", "words");
    assert_eq!(chromium.script("return document.querySelector('input').value"), "words");
    assert_eq!((chromium.title().as_str(), chromium.text().trim()), ("c=1", "Hello"));
    assert_eq!(chromium.cookies(), [("c".to_owned(), "1".to_owned())]);
    let sent: Vec<_> = chromium.sent().into_iter().filter_map(|it| it.status).collect();
    assert_eq!(sent[..2], [302, 200]);
    assert_eq!(chromium.history(), [format!("{}/", site.url())]);
    let first = chromium.new_tab();
    chromium.goto(&site.local_url());
    chromium.switch_to(&first);
    assert_eq!((chromium.tabs().len(), chromium.url()), (2, format!("{}/", site.url())));
    assert!(chromium.try_goto("http://elsewhere.example/").is_err(), "no other host is reached");
    chromium.forbid_scripts();
    chromium.goto(&site.local_url());
    assert_eq!(chromium.title(), "Win a prize", "no script of the page has run");
    drop(chromium);
    home.assert_no_process_is_left();
    assert_unchanged(&before, &home.snapshot());
}

#[test]
fn a_real_browser_ends_when_its_driver_is_killed() {
    if !Chromium::is_available() {
        return;
    }
    let home = Home::new();
    let chromium = Chromium::start(&home, Localhost::V6);
    let processes = home.processes();
    let driver = processes.iter().find(|it| it.command.starts_with("/usr/bin/chromedriver"));
    let driver = rustix::process::Pid::from_raw(driver.unwrap().pid).unwrap();
    assert!(processes.len() > 1, "{processes:#?}");
    rustix::process::kill_process(driver, Signal::KILL).unwrap();
    home.assert_no_process_is_left();
    drop(chromium);
}
