//! The sign-in by a real browser, from the opened link to the page that tells how it ended.

use mesheryctl_tests::*;

fn login<'h>(home: &'h Home, cloud: &Cloud) -> Program<'h> {
    let login = home.mesheryctl().args(["system", "login", "-p", "Layer5"]);
    login.env("MESHERYCTL_LAYER5_URL", cloud.url())
}

#[test]
fn a_real_browser_signs_in_on_both_address_families_and_keeps_no_token() {
    if !Chromium::can_be_had() {
        return;
    }
    for family in [Localhost::V4, Localhost::V6] {
        let home = Home::new();
        let cloud = Cloud::start();
        let browser = Browser::waiting(&home);
        let chromium = Chromium::start(&home, family);
        let running = login(&home, &cloud).spawn();
        chromium.goto(&browser.opened());
        let ended = running.wait().exited(0);
        println!("{} {} {}", chromium.url(), chromium.title(), chromium.text());
        println!(
            "{:#?} {:?} {:?} {:?}",
            chromium.sent(),
            chromium.history(),
            chromium.cookies(),
            chromium.complaints()
        );
        println!("{ended}");
        drop(chromium);
        home.assert_no_process_is_left();
    }
}
