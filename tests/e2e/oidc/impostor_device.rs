//! The device flow at an impostor: polling, faulty tokens, and codes that cannot be typed.

use mesheryctl_tests::*;

use crate::oidc::certified_provider::login;

#[test]
fn a_user_code_that_cannot_be_typed_is_not_shown() {
    let home = Home::new();
    for fault in [ImpostorFault::LongUserCode, ImpostorFault::UserCodeWithEscape] {
        let impostor = Impostor::start(fault);
        let output = login(&home, &impostor.issuer()).args(["--device"]).run();
        assert!(
            output
                .stderr
                .contains("OpenID: The provider sent an empty code, or one that cannot be shown."),
            "{fault:?}: {output}"
        );
        assert!(!output.stderr.contains("Code: "), "{fault:?}: {output}");
        assert_eq!(impostor.forms("/token").len(), 0, "{fault:?}");
        assert_eq!(home.auth_bytes(), None);
    }
}

#[test]
fn a_device_code_is_polled_until_a_final_response() {
    let cases = [
        (&[][..], 0, "Signed in to OpenID"),
        (&["authorization_pending", "authorization_pending"][..], 0, "Signed in to OpenID"),
        (&["drop"][..], 0, "Signed in to OpenID"),
        (&["page"][..], 0, "Signed in to OpenID"),
        (&["slow_down"][..], 0, "Signed in to OpenID"),
        (&["access_denied"][..], 4, "Sign-in was denied (in its words). Nothing was saved."),
        (&["authorization_pending", "expired_token"][..], 6, "The code expired before it was used"),
        (&["invalid_grant"][..], 3, "The identity provider rejected the sign-in: invalid_grant"),
        (&["sideways"][..], 1, "The identity provider returned an error: sideways"),
    ];
    let homes = cases.map(|_| Home::new());
    // Concurrently, since each login waits for seconds between two polls.
    let started = cases.iter().zip(&homes).map(|((polls, ..), home)| {
        let impostor = Impostor::start(ImpostorFault::None).polls(polls);
        (login(home, &impostor.issuer()).args(["--device"]).spawn(), impostor)
    });
    let started: Vec<_> = started.collect();
    for (((polls, code, words), home), (running, impostor)) in cases.iter().zip(&homes).zip(started)
    {
        let output = running.wait();
        assert_eq!(output.code, Some(*code), "{polls:?}: {output}");
        assert!(output.stderr.contains(words), "{polls:?}: {output}");
        assert_eq!(home.auth_bytes().is_some(), *code == 0);
        let asked = impostor.forms("/token");
        assert_eq!(asked.len(), polls.len() + usize::from(*code == 0), "{polls:?}");
        let is_ours = ("device_code".to_owned(), "device-number".to_owned());
        assert!(asked.iter().all(|form| form.contains(&is_ours)));
    }
}

#[test]
fn invalid_tokens_for_a_device_code_end_the_login_without_another_poll() {
    for (fault, words) in [
        (ImpostorFault::OtherAudience, "an ID token that is for another client."),
        (ImpostorFault::HtmlTokenResponse, "token endpoint returned something that is not JSON."),
        (
            ImpostorFault::RedirectedTokenRequest,
            "token endpoint returned a redirect, which is not followed.",
        ),
        (ImpostorFault::NoDeviceCode, "The identity provider sent no valid code."),
    ] {
        let home = Home::new();
        let impostor = Impostor::start(fault);
        let output = login(&home, &impostor.issuer()).args(["--device"]).run().exited(1);
        assert!(output.stderr.contains(words), "{fault:?}: {output}");
        let asked = impostor.forms("/token").len();
        assert_eq!(asked, usize::from(fault != ImpostorFault::NoDeviceCode), "{fault:?}");
        assert_eq!(home.auth_bytes(), None);
    }
}

#[test]
fn polling_stops_when_the_device_code_expires_or_at_ctrl_c() {
    let home = Home::new();
    let pending = ["authorization_pending"; 50];
    let impostor = Impostor::start(ImpostorFault::None).polls(&pending).expires_in(2);
    let output = login(&home, &impostor.issuer()).args(["--device"]).run().exited(6);
    assert!(output.stderr.contains("The code expired"), "{output}");
    assert!(impostor.forms("/token").len() <= 2);

    let impostor = Impostor::start(ImpostorFault::None).polls(&pending);
    let running = login(&home, &impostor.issuer()).args(["--device"]).spawn();
    running.wait_for_stderr("Enter it within");
    running.kill(Signal::INT);
    let output = running.wait().exited(130);
    assert!(output.stderr.contains("Cancelled. Nothing was changed."), "{output}");
    home.assert_no_process_is_left();
}

#[test]
fn over_ssh_without_a_device_flow_the_callback_url_can_be_pasted() {
    let home = Home::new();
    let impostor = Impostor::start(ImpostorFault::NoDeviceFlow);
    let run = login(&home, &impostor.issuer());
    let screen = run.clone().env("SSH_TTY", "/dev/pts/9").on_terminal(30, 400);
    screen.wait_for("Paste the final URL, or press Ctrl-C to cancel.");
    let shown = screen.contents();
    let address = shown.lines().map(str::trim).find(|it| it.starts_with(&impostor.issuer()));
    let back = Visitor::new().visit(address.expect("the address"));
    let back = back.response.header("location").unwrap().to_owned();
    screen.press([Key::Paste(back), Key::Enter]);
    assert_eq!(screen.wait(), 0, "{}", screen.contents());
    let asked_for = run.args(["--set", "flow=device"]).run().exited(1);
    assert!(
        asked_for
            .stderr
            .contains("Device sign-in with this identity provider is not supported here."),
        "{asked_for}"
    );
}
