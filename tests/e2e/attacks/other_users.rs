//! Other users of this computer at the callback: their connections do not count, those of the person's browser do.

use mesheryctl_tests::permissions::NOBODY;
use mesheryctl_tests::*;

use crate::attacks::callback_rules::base64_url;
use crate::sign_in::layer5::{printed, saved};

const HINT: &str = "If it is that of your browser, sign in with --device.";

/// A login of the user `nobody` that waits, its printed and its launched link, and what its browser knows.
pub(super) struct Victim<'h> {
    pub(super) running: Running<'h>,
    start: String,
    pub(super) launched: String,
    visitor: Visitor,
    nonce: String,
}

pub(super) fn wait<'h>(home: &'h Home, cloud: &Cloud) -> Victim<'h> {
    let browser = Browser::waiting(home);
    let login = home.mesheryctl().args(["system", "login", "-p", "Layer5"]).as_nobody();
    let running = login.env("MESHERYCTL_LAYER5_URL", cloud.url()).spawn();
    let launched = browser.opened();
    let start = printed(&running.wait_for_stderr("Waiting for sign-in")).to_owned();
    let mut visitor = Visitor::new();
    let first = as_user(NOBODY, || visitor.visit(&start));
    let to = Url::parse(first.response.header("location").unwrap());
    let nonce = base64_url(&to.param("source").unwrap());
    Victim { running, start, launched, visitor, nonce }
}

impl Victim<'_> {
    /// The person's browser signs in with the link that was launched.
    pub(super) fn still_signs_in(self, home: &Home, cloud: &Cloud) -> Output {
        as_user(NOBODY, || Visitor::new().follow(&self.launched));
        let output = self.running.wait().exited(0);
        assert_eq!(home.auth_text(), saved(&cloud.token()));
        output
    }
}

#[test]
fn another_user_can_neither_fetch_the_start_link_nor_bring_an_answer() {
    if !can_be_others() {
        return;
    }
    for family in [Localhost::V4, Localhost::V6] {
        let home = Home::new();
        let cloud = Cloud::start();
        let victim = wait(&home, &cloud);
        let evil = format!("{}?token=EVIL", victim.nonce);
        let lost = format!("{}/?token=EVIL", Url::parse(&victim.nonce).origin());
        for url in [&victim.launched, &victim.start, &evil, &lost] {
            let request = victim.visitor.request(&Url::parse(url)).over(family);
            let answer = as_user(ANOTHER_USER, || request.send());
            assert_eq!(answer.status, 403, "{url}");
            let text =
                "Its connection is of the user with the uid 2002, not of the user who signs in";
            assert!(answer.body.contains(text), "{}", answer.body);
            assert_eq!((answer.header("location"), answer.header("set-cookie")), (None, None));
        }
        let output = victim.still_signs_in(&home, &cloud);
        let line = format!("Refused a connection of the user with the uid 2002. {HINT}\n");
        assert_eq!(output.stderr.matches(&line).count(), 1, "{output}");
    }
}

#[test]
fn on_a_terminal_the_line_about_another_user_offers_the_paste() {
    if !can_be_others() {
        return;
    }
    let home = Home::new();
    let cloud = Cloud::start();
    let login = home.mesheryctl().args(["system", "login", "-p", "Layer5", "--no-browser"]);
    let login = login.as_nobody().env("MESHERYCTL_LAYER5_URL", cloud.url());
    let screen = login.on_terminal(24, 200);
    screen.wait_for("Waiting for sign-in");
    let start = printed(&screen.contents()).to_owned();
    let first = as_user(NOBODY, || Visitor::new().visit(&start));
    let to = Url::parse(first.response.header("location").unwrap());
    let answer = format!("{}?token={}", base64_url(&to.param("source").unwrap()), cloud.token());
    // The browser of another user, as with a browser in a sandbox with its own user.
    assert_eq!(as_user(ANOTHER_USER, || get(&answer).send()).status, 403);
    screen.wait_for("paste its final URL here, or sign in with --device.");
    screen.press([Key::Paste(answer), Key::Enter]);
    assert_eq!(screen.wait(), 0, "{screen:?}");
    assert_eq!(home.auth_text(), saved(&cloud.token()));
}

#[test]
fn an_answer_whose_connection_was_closed_or_reset_does_not_count() {
    if !can_be_others() {
        return;
    }
    let home = Home::new();
    let cloud = Cloud::start();
    let victim = wait(&home, &cloud);
    let evil = format!("{}?token=EVIL", victim.nonce);
    // The program is stopped, so that the connections have ended when their requests are read.
    victim.running.kill(Signal::STOP);
    as_user(ANOTHER_USER, || {
        for family in [Localhost::V4, Localhost::V6] {
            let connect = || {
                let mut connection = RawConnection::to(&evil, family);
                connection.send(&get(&evil).bytes()).unwrap();
                connection
            };
            drop(connect());
            connect().reset().unwrap();
        }
    });
    victim.running.kill(Signal::CONT);
    let _ = victim.running.wait_for_stderr("of a user that is not known, because it is closed.");
    let _ = victim.still_signs_in(&home, &cloud);
}

/// A login of `nobody` whose link this user follows.
fn signs_in_as(id: u32) {
    let home = Home::new();
    let cloud = Cloud::start();
    let browser = Browser::waiting(&home);
    let login = home.mesheryctl().args(["system", "login", "-p", "Layer5"]).as_nobody();
    let running = login.env("MESHERYCTL_LAYER5_URL", cloud.url()).spawn();
    let launched = browser.opened();
    as_user(id, || Visitor::new().follow(&launched));
    let output = running.wait().exited(0);
    assert!(!output.stderr.contains("Refused"), "{output}");
    assert_eq!(home.auth_text(), saved(&cloud.token()));
}

#[test]
fn a_forwarder_of_this_user_or_of_root_signs_in() {
    if can_be_others() {
        signs_in_as(NOBODY);
        signs_in_as(0);
    }
}

#[test]
fn a_login_in_its_own_network_namespace_signs_in() {
    let _ = in_own_network(|| signs_in_as(NOBODY));
}

#[test]
fn the_user_who_became_root_by_sudo_signs_in_and_another_one_does_not() {
    if !can_be_others() {
        return;
    }
    for sudo_user in [ANOTHER_USER, ANOTHER_USER + 1] {
        let home = Home::new();
        let cloud = Cloud::start();
        let login = home.mesheryctl().args(["system", "login", "-p", "Layer5", "--no-browser"]);
        let login = login.env("SUDO_UID", sudo_user.to_string());
        let running = login.env("MESHERYCTL_LAYER5_URL", cloud.url()).spawn();
        let start = printed(&running.wait_for_stderr("Waiting for sign-in")).to_owned();
        let hops = as_user(ANOTHER_USER, || Visitor::new().follow(&start));
        if sudo_user == ANOTHER_USER {
            let _ = running.wait().exited(0);
            assert_eq!(home.auth_text(), saved(&cloud.token()));
        } else {
            assert_eq!(hops[0].response.status, 403);
            running.kill(Signal::INT);
            let _ = running.wait().exited(130);
        }
    }
}

#[test]
fn in_a_user_namespace_a_user_without_an_id_there_is_not_refused() {
    let make = ["/usr/bin/unshare", "--user", "--map-root-user"];
    let made = std::process::Command::new(make[0]).args(&make[1..]).arg("/bin/true").status();
    if !can_be_others() || !made.is_ok_and(|it| it.success()) {
        return;
    }
    let home = Home::new();
    let cloud = Cloud::start();
    let login = home.mesheryctl().args(["system", "login", "-p", "Layer5", "--no-browser"]);
    let login = login.env("MESHERYCTL_LAYER5_URL", cloud.url());
    let running = login.behind(make).spawn();
    let start = printed(&running.wait_for_stderr("Waiting for sign-in")).to_owned();
    as_user(ANOTHER_USER, || Visitor::new().follow(&start));
    let _ = running.wait().exited(0);
    assert_eq!(home.auth_text(), saved(&cloud.token()));
}
