//! The sign-in in a real browser, from the opened link to the result page.

use std::thread;

use mesheryctl_tests::*;

use crate::sign_in::layer5::{login, printed, saved};

const DONE: &str = "Signed in to Layer5.\n\nYou can close this tab and go back to your terminal.";

/// The origin of the callback page in the browser.
pub fn origin(chromium: &Chromium<'_>) -> String {
    Url::parse(&chromium.url()).origin()
}

#[test]
fn a_real_browser_signs_in_over_ipv4_and_ipv6_and_keeps_no_token() {
    if !Chromium::is_available() {
        return;
    }
    for family in [Localhost::V4, Localhost::V6] {
        let home = Home::new();
        let cloud = Cloud::start();
        let browser = Browser::waiting(&home);
        let chromium = Chromium::start(&home, family);
        let running = login(&home, &cloud).spawn();
        chromium.goto(&browser.opened());
        let _ = running.wait().exited(0);

        assert_eq!(home.auth_text(), saved(&cloud.token()), "{family:?}");
        assert_eq!(chromium.title(), "Signed in to Layer5.");
        assert!(chromium.text().starts_with(DONE), "{}", chromium.text());
        assert_eq!(chromium.script("return document.documentElement.lang"), "en");
        assert_eq!(chromium.console_messages(), Vec::<String>::new());
        let sent = chromium.sent();
        let statuses: Vec<_> = sent.iter().filter_map(|it| it.status).collect();
        assert_eq!(statuses, [302, 302, 303, 200], "{sent:#?}");
        let known = [origin(&chromium), cloud.url()];
        assert!(sent.iter().all(|it| known.contains(&Url::parse(&it.url).origin())), "{sent:#?}");

        let clean = chromium.url();
        assert!(!clean.contains("token"), "{clean}");
        assert_eq!(chromium.history(), [clean], "nothing else can be gone back to");
        let left = chromium.cookies();
        assert!(!left.iter().any(|(name, _)| name.starts_with("mesheryctl")), "{left:?}");
        drop(chromium);
        home.assert_no_process_is_left();
    }
}

#[test]
fn a_real_browser_without_the_nonce_shows_the_confirmation_and_then_signs_in() {
    if !Chromium::is_available() {
        return;
    }
    let home = Home::new();
    let cloud = Cloud::start().behaving(CloudBehavior::LosesPath);
    let browser = Browser::waiting(&home);
    let chromium = Chromium::start(&home, Localhost::V4);
    chromium.forbid_scripts();
    let running = login(&home, &cloud).spawn();
    chromium.goto(&browser.opened());
    running.wait_for_stderr("Confirm this sign-in in your browser. Still waiting.");
    assert_eq!(chromium.title(), "Did you just sign in to Layer5?");
    assert_eq!(home.auth_bytes(), None);
    assert_eq!(chromium.sent().last().unwrap().status, Some(202));
    chromium.wait_for_animations();
    chromium.click("a");
    let _ = running.wait().exited(0);
    assert_eq!(home.auth_text(), saved(&cloud.token()));
    assert!(chromium.text().starts_with(DONE), "{}", chromium.text());
    let history = chromium.history();
    assert!(!history.iter().any(|it| it.contains("token")), "{history:?}");
}

#[test]
fn each_outcome_of_a_login_has_its_own_page_and_status() {
    if !Chromium::is_available() {
        return;
    }
    let home = Home::new();
    let chromium = Chromium::start(&home, Localhost::V4);
    let stale = "This sign-in link has expired or was already used.\n\nLook at your terminal.";
    for (cloud, code, status, words) in [
        (
            Cloud::start().behaving(CloudBehavior::Denies),
            4,
            403,
            "Sign-in was denied.\n\nNothing was saved. To try again, run mesheryctl system login in your terminal.",
        ),
        (
            Cloud::start().issuing("no;token"),
            1,
            502,
            "The sign-in did not finish.\n\nNothing was saved. Your terminal says why, and what to do next.",
        ),
    ] {
        let browser = Browser::waiting(&home);
        let running = login(&home, &cloud).spawn();
        chromium.goto(&browser.opened());
        let _ = running.wait().exited(code);
        assert!(chromium.text().starts_with(words), "{}", chromium.text());
        assert_eq!(chromium.sent().last().unwrap().status, Some(status));
        let kept = chromium
            .history()
            .into_iter()
            .find(|it| it.contains("error=") || it.contains("token="));
        assert_eq!(kept, None, "the answer leaves the history");
    }
    let cloud = Cloud::start().behaving(CloudBehavior::AlreadySignedIn);
    let running = login(&home, &cloud).args(["--no-browser"]).spawn();
    let start = printed(&running.wait_for_stderr("Waiting for sign-in")).to_owned();
    for forged in ["/?token=EVIL", "/callback?error=access_denied", "/nobody"] {
        chromium.goto(&format!("{}{forged}", Url::parse(&start).origin()));
        assert_eq!(chromium.text(), stale);
        assert_eq!(chromium.sent().last().unwrap().status, Some(404), "{forged}");
    }
    running.kill(Signal::INT);
    let _ = running.wait().exited(130);
    assert!(chromium.try_goto(&start).is_err(), "no server listens after the login");
}

#[test]
fn a_callback_after_a_paste_gets_no_connection_and_changes_nothing() {
    if !Chromium::is_available() {
        return;
    }
    let home = Home::new();
    let cloud =
        Cloud::start().behaving(CloudBehavior::AlreadySignedIn).accepts(token::opaque("pasted"));
    let chromium = Chromium::start(&home, Localhost::V4);
    let screen = login(&home, &cloud).args(["--no-browser"]).on_terminal(24, 100);
    screen.wait_for("Ctrl-C to cancel");
    chromium.goto(printed(&screen.contents()));
    screen.press([Key::Paste(token::opaque("pasted")), Key::Enter]);
    assert_eq!(screen.wait(), 0, "{}", screen.contents());
    let at_the_provider = chromium.url();
    let _cloud = cloud.behaving(CloudBehavior::Layer5);
    let why = chromium.try_goto(&at_the_provider).unwrap_err();
    assert!(why.contains("ERR_CONNECTION_REFUSED"), "{why}");
    assert_eq!(home.auth_text(), saved(&token::opaque("pasted")));
}

#[test]
fn a_login_cancelled_while_its_tab_waits_is_reported_in_the_tab_and_saves_nothing() {
    if !Chromium::is_available() {
        return;
    }
    let home = Home::new();
    let cloud = Cloud::start().issuing(token::opaque("x")).profile_fault(ProfileFault::Silent);
    let browser = Browser::waiting(&home);
    let chromium = Chromium::start(&home, Localhost::V4);
    let running = login(&home, &cloud).spawn();
    let start = browser.opened();
    thread::scope(|scope| {
        let tab = scope.spawn(|| chromium.try_goto(&start));
        // The program is blocked in a request; only its watcher thread handles the signal.
        let _ = cloud.wait_for_request("/api/identity/users/profile");
        running.kill(Signal::INT);
        tab.join().unwrap().unwrap();
    });
    let _ = running.wait().exited(130);
    assert_eq!(chromium.title(), "The sign-in did not finish.");
    assert_eq!(home.auth_bytes(), None);
    let kept = chromium.history().into_iter().find(|it| it.contains("token="));
    assert_eq!(kept, None);
}

/// What docs/browser-page.md states about the history of Chromium. `chrome://history` lists visits without those that
/// redirected.
#[test]
fn the_history_page_of_a_real_browser_lists_the_last_page_and_not_the_address_with_the_token() {
    if !Chromium::is_available() {
        return;
    }
    let home = Home::new();
    let cloud = Cloud::start();
    let browser = Browser::waiting(&home);
    let chromium = Chromium::start(&home, Localhost::V4);
    let running = login(&home, &cloud).spawn();
    chromium.goto(&browser.opened());
    let _ = running.wait().exited(0);
    let last = chromium.url();
    let listed = chromium.history_page();
    assert!(listed.contains(&last), "{last} of {listed:#?}");
    let token = listed.iter().find(|it| it.contains("token="));
    assert_eq!(token, None, "{listed:#?}");
}
