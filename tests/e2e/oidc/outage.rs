//! An identity provider that does not answer while a device code is shown.

use mesheryctl_tests::*;

use crate::oidc::certified_provider::login;

#[test]
fn an_outage_while_a_code_is_shown_is_reported_once_and_so_is_its_end() {
    for (poll, why) in
        [("drop", "closed the connection without an answer"), ("page", "returned status 502")]
    {
        let home = Home::new();
        let impostor = Impostor::start(ImpostorFault::None).polls(&[poll, poll]);
        let output = login(&home, &impostor.issuer()).args(["--device"]).run().exited(0);
        let line =
            format!("OpenID is not available: {}/token {why}. Still trying.\n", impostor.issuer());
        assert_eq!(output.stderr.matches(&line).count(), 1, "{output}");
        assert_eq!(output.stderr.matches("OpenID answers again.\n").count(), 1, "{output}");
    }
}

#[test]
fn an_outage_until_the_end_is_the_reason_at_the_end() {
    let home = Home::new();
    let closed = |issuer: &str| format!("{issuer}/token refused the connection.");
    for (expires_in, timeout, words) in [
        (600, "4s", "Timed out after 4 seconds."),
        (4, "5m", "The code expired before it was used to sign in."),
    ] {
        let impostor = Impostor::start(ImpostorFault::None)
            .polls(&["authorization_pending"; 9])
            .expires_in(expires_in);
        let issuer = impostor.issuer();
        let run = login(&home, &issuer).args(["--device", "--timeout", timeout]);
        let running = run.spawn();
        running.wait_for_stderr("Enter it within");
        drop(impostor);
        running.wait_for_stderr("is not available: ");
        let output = running.wait().exited(6);
        let line = format!("{words} The last request failed: {}", closed(&issuer));
        assert!(output.stderr.contains(&line), "{output}");
        assert!(output.stderr.contains("Try again:  mesheryctl system login "), "{output}");
    }
}

#[test]
fn the_time_for_a_code_is_the_smaller_of_its_life_and_the_timeout() {
    for (expires_in, timeout, time) in
        [(600, "3m", "3 minutes"), (240, "1h", "4 minutes"), (40, "5m", "40 seconds")]
    {
        let home = Home::new();
        let impostor =
            Impostor::start(ImpostorFault::None).polls(&["access_denied"]).expires_in(expires_in);
        let run = login(&home, &impostor.issuer()).args(["--device", "--timeout", timeout]);
        let output = run.run().exited(4);
        assert!(output.stderr.contains(&format!("OpenID: Enter it within {time}.\n")), "{output}");
    }
}
