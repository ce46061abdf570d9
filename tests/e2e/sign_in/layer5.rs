//! Layer5: the flow of a remote provider, from the opened browser to the saved token.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::thread;
use std::time::Duration;

use mesheryctl_tests::*;

pub fn login<'h>(home: &'h Home, cloud: &Cloud) -> Program<'h> {
    let login = home.mesheryctl().args(["system", "login", "-p", "Layer5"]);
    login.env("MESHERYCTL_LAYER5_URL", cloud.url())
}

pub fn saved(token: &str) -> String {
    format!("{{\"meshery-provider\":\"Layer5\",\"token\":\"{token}\"}}\n")
}

#[test]
fn the_browser_tab_reports_success_only_after_the_token_is_on_disk() {
    let home = Home::new();
    let cloud = Cloud::start().email("you@example.org");
    let browser = Browser::waiting(&home);
    let running = login(&home, &cloud).spawn();
    let hops = Visitor::new().follow(&browser.opened());
    let output = running.wait().exited(0);

    let statuses: Vec<u16> = hops.iter().map(|hop| hop.response.status).collect();
    assert_eq!(statuses, [302, 302, 303, 200], "{hops:#?}");
    let last = hops.last().unwrap();
    assert!(last.response.body.contains("<h1 class=\"good\">Signed in to Layer5.</h1>"));
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    for (name, value) in [
        ("Provider", "<bdi>Layer5</bdi>".to_owned()),
        ("Account", "<bdi>you@example.org</bdi>".to_owned()),
        ("Asked by", format!("mesheryctl on <bdi>{host}</bdi>")),
    ] {
        let fact = format!("<dt>{name}</dt><dd>{value}</dd>");
        assert!(last.response.body.contains(&fact), "{fact}: {}", last.response.body);
    }
    assert!(!last.url.to_string().contains("token"), "the token leaves the address bar");
    assert_eq!(home.auth_text(), saved(&cloud.token()));
    assert_eq!(home.mode(".meshery/auth.json"), 0o600);
    assert_eq!(output.stdout, "");
    assert!(output.stderr.ends_with(&format!(
        "Signed in to Layer5 as you@example.org. Token saved to {}.\n",
        home.auth_json().display()
    )));
    home.assert_no_process_is_left();
}

#[test]
fn the_requests_to_the_cloud_equal_those_of_the_go_cli() {
    let home = Home::new();
    let cloud = Cloud::start();
    let browser = Browser::waiting(&home);
    let running = login(&home, &cloud).spawn();
    Visitor::new().follow(&browser.opened());
    let _ = running.wait().exited(0);
    let asked = cloud.wait_for_request("/login");
    assert_eq!(asked.param("provider_version"), Some("v0.3.14"));
    let source = URL_SAFE_NO_PAD.decode(asked.param("source").unwrap()).unwrap();
    let source = String::from_utf8(source).unwrap();
    assert!(source.starts_with("http://localhost:"), "{source}");
    let nonce = Url::parse(&source).path().trim_start_matches('/').to_owned();
    assert!(nonce.len() >= 22 && !nonce.contains('/'), "{source}");
}

#[test]
fn a_provider_may_append_to_the_callback_path_or_lose_it_with_a_confirmation() {
    for behavior in [CloudBehavior::Tata, CloudBehavior::LosesPath] {
        for family in [Localhost::V4, Localhost::V6] {
            let home = Home::new();
            let cloud = Cloud::start().behaving(behavior);
            let browser = Browser::waiting(&home);
            let running = login(&home, &cloud).spawn();
            let mut visitor = Visitor::new().over(family);
            let hops = visitor.follow(&browser.opened());
            if behavior == CloudBehavior::LosesPath {
                let question = hops.last().unwrap();
                assert_eq!((question.response.status, home.auth_bytes()), (202, None));
                assert!(!question.url.to_string().contains("token"));
                let yes = question.url.join(link(&question.response.body)).to_string();
                let mut status = || visitor.follow(&yes).last().unwrap().response.status;
                assert_eq!(status(), 202, "a click that follows at once is asked again");
                while status() == 202 {
                    thread::sleep(Duration::from_millis(20));
                }
            }
            let _ = running.wait().exited(0);
            assert_eq!(home.auth_text(), saved(&cloud.token()), "{behavior:?} {family:?}");
        }
    }
}

#[test]
fn the_printed_url_works_without_an_opened_browser() {
    let home = Home::new();
    let cloud = Cloud::start();
    let forbidden = Browser::forbidden(&home);
    let running = login(&home, &cloud).args(["--no-browser"]).spawn();
    let said = running.wait_for_stderr("Waiting for sign-in");
    Visitor::new().follow(printed(&said));
    let _ = running.wait().exited(0);
    assert_eq!(home.auth_text(), saved(&cloud.token()));
    drop(forbidden);
}

#[test]
fn an_opener_that_is_missing_blocks_prints_or_fails_does_not_affect_the_login() {
    for kind in ["missing", "blocking", "printing", "failing"] {
        let home = Home::new();
        let cloud = Cloud::start();
        let _browser = match kind {
            "missing" => Browser::absent(&home),
            "blocking" => Browser::waiting(&home).blocking(),
            "printing" => Browser::waiting(&home).printing("NOISE OF THE OPENER"),
            _ => Browser::waiting(&home).exiting(3),
        };
        let running = login(&home, &cloud).spawn();
        let said = running.wait_for_stderr("Waiting for sign-in");
        Visitor::new().follow(printed(&said));
        let output = running.wait().exited(0);
        assert!(!format!("{output}").contains("NOISE"), "{kind}: {output}");
        assert_eq!(home.auth_text(), saved(&cloud.token()), "{kind}");
    }
}

#[test]
fn the_browser_does_not_inherit_meshery_token() {
    let home = Home::new();
    let cloud = Cloud::start();
    let browser = Browser::waiting(&home);
    let running = login(&home, &cloud).env("MESHERY_TOKEN", "canary-token").spawn();
    let opened = browser.opened_with();
    Visitor::new().follow(&opened.url());
    let output = running.wait().exited(0);
    assert!(!format!("{opened:?}").contains("canary-token"));
    assert!(!format!("{opened:?}").contains(&cloud.token()));
    assert!(output.stderr.contains("MESHERY_TOKEN is set"), "{output}");
}

#[test]
fn a_denied_sign_in_is_reported_in_tab_and_terminal_and_saves_nothing() {
    let home = Home::new();
    home.write_auth("old bytes");
    let cloud = Cloud::start().behaving(CloudBehavior::Denies);
    let browser = Browser::waiting(&home);
    let before = home.snapshot();
    let running = login(&home, &cloud).spawn();
    let hops = Visitor::new().follow(&browser.opened());
    let output = running.wait().exited(4);
    let last = &hops.last().unwrap().response;
    assert_eq!(last.status, 403);
    assert!(last.body.contains("Sign-in was denied.") && last.body.contains("Nothing was saved."));
    assert!(last.body.contains("To try again, run <code>mesheryctl system login</code>"));
    assert!(output.stderr.contains("Sign-in was denied. Nothing was saved."), "{output}");
    assert_unchanged(&before, &home.snapshot());
}

#[test]
fn an_unfinished_login_ends_at_its_timeout() {
    let home = Home::new();
    home.write_auth("old bytes");
    let cloud = Cloud::start().behaving(CloudBehavior::AlreadySignedIn);
    let browser = Browser::waiting(&home);
    let before = home.snapshot();
    let running = login(&home, &cloud).args(["--timeout", "1s"]).spawn();
    Visitor::new().follow(&browser.opened());
    let output = running.wait().exited(6);
    assert!(output.stderr.contains("Timed out after 1 second. Nothing was changed."), "{output}");
    assert_unchanged(&before, &home.snapshot());
}

#[test]
fn a_callback_without_a_token_is_refused_and_the_wait_continues() {
    for behavior in [CloudBehavior::NoToken, CloudBehavior::EmptyToken, CloudBehavior::TwoTokens] {
        let home = Home::new();
        let cloud = Cloud::start().behaving(behavior);
        let browser = Browser::waiting(&home);
        let running = login(&home, &cloud).spawn();
        let hops = Visitor::new().follow(&browser.opened());
        assert_eq!(hops.last().unwrap().response.status, 400, "{behavior:?}");
        let cloud = cloud.behaving(CloudBehavior::Layer5);
        let said = running.wait_for_stderr("Waiting for sign-in");
        Visitor::new().follow(printed(&said));
        let output = running.wait().exited(0);
        assert_eq!(home.auth_text(), saved(&cloud.token()), "{output}");
    }
}

#[test]
fn tab_and_terminal_say_the_same_of_a_callback_without_a_token() {
    for behavior in [CloudBehavior::NoToken, CloudBehavior::EmptyToken] {
        let home = Home::new();
        let cloud = Cloud::start().behaving(behavior);
        let browser = Browser::waiting(&home);
        let running = login(&home, &cloud).spawn();
        let hops = Visitor::new().follow(&browser.opened());
        let page = &hops.last().unwrap().response.body;
        let said = running.wait_for_stderr("without a token.");
        assert!(said.contains("The browser returned without a token. Still waiting."), "{said}");
        assert!(
            page.contains("<h1 class=\"bad\">The browser returned without a token.</h1>"),
            "{page}"
        );
        assert!(page.contains("Nothing was saved. Your terminal still waits"), "{page}");
        running.kill(Signal::INT);
        let _ = running.wait().exited(130);
    }
}

#[test]
fn every_signal_ends_a_waiting_login_with_its_exit_code_and_changes_nothing() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let home = Home::new();
        home.write_auth("old bytes");
        let cloud = Cloud::start();
        let _browser = Browser::waiting(&home);
        let before = home.snapshot();
        let running = login(&home, &cloud).spawn();
        running.wait_for_stderr("Waiting for sign-in");
        running.kill(signal);
        let output = running.wait().exited(code);
        assert!(output.stderr.ends_with("Cancelled. Nothing was changed.\n"), "{output}");
        assert_unchanged(&before, &home.snapshot());
        assert_eq!(home.temporary_files(), Vec::<std::path::PathBuf>::new());
    }
}

#[test]
fn the_account_and_expiry_are_shown_only_if_known() {
    let soon = |seconds| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        Some(i64::try_from(now.as_secs()).unwrap() + seconds)
    };
    let in_a_month = soon(30 * 24 * 3600 + 60);
    let unverified =
        |why: &str| format!("Token of Layer5 saved to {{}}.\nSaved, not verified: {why}.\n");
    for (token, profile, said) in [
        (
            token::jwt(&token::claims("a@b.example", in_a_month)),
            None,
            "Signed in to Layer5 as you@example.org. Token saved to {}. Expires in 30 days.\n"
                .to_owned(),
        ),
        (
            token::opaque("x"),
            Some(ProfileFault::Refuses),
            unverified("The provider did not accept the token (401)"),
        ),
        (
            token::opaque("x"),
            Some(ProfileFault::Html),
            unverified("The provider answered 200 without a profile of the account"),
        ),
        (
            token::opaque("x"),
            Some(ProfileFault::NoEmail),
            "Signed in to Layer5 as user-1. Token saved to {}.\n".to_owned(),
        ),
    ] {
        let home = Home::new();
        let mut cloud = Cloud::start().issuing(token);
        if let Some(profile) = profile {
            cloud = cloud.profile_fault(profile);
        }
        let browser = Browser::waiting(&home);
        let running = login(&home, &cloud).spawn();
        Visitor::new().follow(&browser.opened());
        let output = running.wait().exited(0);
        let said = said.replace("{}", &home.auth_json().display().to_string());
        assert!(output.stderr.ends_with(&said), "{output}");
    }
}

#[test]
fn a_hostile_profile_cannot_control_the_terminal() {
    let home = Home::new();
    let cloud = Cloud::start().profile_fault(ProfileFault::Hostile);
    let browser = Browser::waiting(&home);
    let running = login(&home, &cloud).spawn();
    Visitor::new().follow(&browser.opened());
    let output = running.wait().exited(0);
    assert!(!output.stderr.contains('\u{1b}'), "{output}");
}

#[test]
fn the_clouds_url_must_be_https_or_loopback() {
    for url in [
        "http://cloud.example.org",
        "ftp://localhost",
        "cloud",
        "https://user@cloud.example",
        "https://cloud.example/?a=b",
        "https://cloud.example/#a",
    ] {
        let home = Home::new();
        let login = home.mesheryctl().args(["system", "login", "-p", "Layer5"]);
        let output = login.env("MESHERYCTL_LAYER5_URL", url).run().exited(2);
        assert!(output.stderr.contains("MESHERYCTL_LAYER5_URL must be an https URL"), "{output}");
        assert_eq!(home.auth_bytes(), None);
    }
}

#[test]
fn an_invalid_cloud_url_does_not_affect_other_providers() {
    let home = Home::new();
    let login = home.mesheryctl().args(["system", "login", "-p", "None"]);
    let _ = login.env("MESHERYCTL_LAYER5_URL", "nonsense").run().exited(0);
}

#[test]
fn two_concurrent_logins_succeed_and_leave_one_complete_token() {
    let home = Home::new();
    let clouds = [Cloud::start().issuing("first"), Cloud::start().issuing("second")];
    let _browser = Browser::waiting(&home);
    let running = clouds.each_ref().map(|cloud| login(&home, cloud).args(["--no-browser"]).spawn());
    // One cookie jar, as in one browser: the cookies of localhost are sent to both ports.
    let mut visitor = Visitor::new();
    for login in &running {
        let said = login.wait_for_stderr("Waiting for sign-in");
        visitor.visit(printed(&said));
    }
    for login in running {
        visitor.follow(printed(&login.stderr()));
        let _ = login.wait().exited(0);
    }
    assert_eq!(home.auth_text(), saved("second"));
    assert_eq!(home.temporary_files(), Vec::<std::path::PathBuf>::new());
}

/// The URL of the first link of a page.
pub fn link(page: &str) -> &str {
    let rest = page.split_once("<a href=\"").map(|(_, rest)| rest);
    rest.and_then(|it| it.split('"').next()).unwrap_or_else(|| panic!("a link should be in {page}"))
}

/// The start link that the program printed.
pub fn printed(said: &str) -> &str {
    let line = said.lines().find_map(|line| line.trim().strip_prefix("http://localhost:"));
    let at = line.unwrap_or_else(|| panic!("a start link should be printed: {said}"));
    let start = at.as_ptr() as usize - said.as_ptr() as usize - "http://localhost:".len();
    said[start..].lines().next().unwrap().trim()
}
