//! `api`: what an answer is, and what becomes of it.

use mesheryctl_tests::*;
use serde_json::json;

use crate::api::{api, at_server, received, server_for};
use crate::sessions::whoami::json_of;
use crate::sign_in::layer5::saved;

const PROFILES: &str = "/api/user/performance/profiles";

#[test]
fn the_results_of_a_performance_profile_are_read_by_jq() {
    let cloud = Cloud::start().issuing_for(3600);
    let server = server_for(&cloud).with_profiles(230);
    let home = at_server(&cloud, &server);
    let names = format!("mesheryctl api --paginate {PROFILES} | jq -r '.profiles[].name'");
    let output = home.shell(&names).run().exited(0);
    let all: Vec<_> = output.stdout.lines().collect();
    assert_eq!((all.len(), all[0], all[229]), (230, "Profile 0", "Profile 229"), "{output}");
    assert_eq!(received(&server, PROFILES), 3);
    // The same filter reads one page.
    let one = names.replace("--paginate ", "");
    assert_eq!(home.shell(&one).run().exited(0).stdout.lines().count(), 25);
    let results = format!(
        "mesheryctl api {PROFILES}/profile-1/results | jq '.results[0].runner_results.ActualQPS'"
    );
    assert_eq!(home.shell(&results).run().exited(0).stdout, "99.5\n");
}

#[test]
fn a_list_that_lies_about_its_length_ends() {
    let cloud = Cloud::start().issuing_for(3600);
    let server = server_for(&cloud).with_api_fault(ApiFault::LyingTotal);
    let home = at_server(&cloud, &server);
    let output = api(&home, &["--paginate", PROFILES]).run().exited(0);
    assert_eq!(json_of(&output)["profiles"], json!([1]));
    assert!(output.stderr.contains("The list ended after 1 of 9 items."), "{output}");
    let server = server.with_api_fault(ApiFault::SamePage);
    let output = api(&home, &["--paginate", PROFILES]).run().exited(1);
    assert!(output.stderr.contains("is not the page that was asked for"), "{output}");
    let output = api(&home, &["--paginate", "/api/user"]).run().exited(1);
    assert!(output.stderr.contains("has no total_count"), "{output}");
    assert!(received(&server, PROFILES) < 6);
}

#[test]
fn a_refused_token_is_renewed_once_and_what_may_have_an_effect_is_not_sent_again() {
    for fault in [
        ApiFault::LoginPage,
        ApiFault::LoginRedirect,
        ApiFault::ProviderLogin,
        ApiFault::SessionDropped,
        ApiFault::Status(401),
    ] {
        for (args, path, sent) in [
            (&[PROFILES][..], PROFILES, 2),
            (&["POST", PROFILES, "-f", "name=x"], PROFILES, 1),
            (&["api/perf/profile"], "/api/perf/profile", 1),
        ] {
            let cloud = Cloud::start().issuing_for(3600).refreshing(Refresh::Renews(3600));
            let server = server_for(&cloud).with_api_fault(fault);
            let home = at_server(&cloud, &server);
            let output = api(&home, args).run().exited(3);
            assert_eq!(
                (received(&server, path), cloud.renewals()),
                (sent, 1),
                "{fault:?} {args:?}"
            );
            let again = output.stderr.contains("Send it again:  mesheryctl api ");
            assert_eq!(again, sent == 1, "{fault:?} {args:?} {output}");
            assert!(output.stderr.contains("mesheryctl system login"), "{output}");
            assert_eq!(output.stdout, "", "{fault:?}");
        }
    }
}

#[test]
fn a_server_that_does_not_know_the_provider_is_no_reason_to_renew_the_token() {
    let cloud = Cloud::start().issuing_for(3600).refreshing(Refresh::Renews(3600));
    let server = server_for(&cloud).with_api_fault(ApiFault::ProviderPage);
    let home = at_server(&cloud, &server);
    let output = api(&home, &[PROFILES]).run().exited(3);
    assert!(output.stderr.contains(" does not know Layer5."), "{output}");
    assert_eq!((received(&server, PROFILES), cloud.renewals()), (1, 0));
}

#[test]
fn a_request_is_sent_again_with_the_renewed_token() {
    let cloud = Cloud::start().issuing_for(3600);
    let server = server_for(&cloud);
    let home = at_server(&cloud, &server);
    let old = cloud.token();
    let cloud = cloud.issuing_for(7200);
    let server = MesheryServer::start().provider("Layer5", cloud.url()).with_profiles(1);
    let server = server.refreshes(&old, cloud.token());
    let server = server.accepts(token::without_refresh_token(&cloud.token()));
    home.write_config(&config_for(&server.endpoint()));
    let said = json_of(&api(&home, &[PROFILES]).run().exited(0));
    assert_eq!(said["profiles"][0]["name"], "Profile 0");
    assert_eq!((received(&server, PROFILES), home.auth_text()), (2, saved(&cloud.token())));
}

#[test]
fn an_error_has_its_body_on_standard_error_and_an_exit_code_of_its_own() {
    let cloud = Cloud::start().issuing_for(3600);
    for (fault, code, said) in [
        (ApiFault::Status(403), 9, ": 403 Forbidden."),
        (ApiFault::Status(404), 9, ": 404 Not Found."),
        (ApiFault::Status(422), 9, ": 422 Unprocessable Entity."),
        (ApiFault::Status(500), 10, ": 500 Internal Server Error."),
        (ApiFault::Status(503), 10, ": 503 Service Unavailable."),
        (ApiFault::Moved, 9, ": 302 Found, to /api/elsewhere, which is not followed."),
        (
            ApiFault::Bucket,
            9,
            ": 302 Found, to https://bucket.example/file, which is not followed.",
        ),
    ] {
        let server = server_for(&cloud).with_api_fault(fault);
        let home = at_server(&cloud, &server);
        let output = api(&home, &[PROFILES]).run().exited(code);
        assert!(output.stderr.contains(&format!("error: GET {PROFILES}{said}")), "{output}");
        if matches!(fault, ApiFault::Status(_)) {
            assert!(output.stderr.contains("\"error\":\"It failed.\""), "{output}");
        }
        assert_eq!(output.stdout, "", "{fault:?}");
        assert_eq!(received(&server, PROFILES), 1);
    }
}

#[test]
fn a_body_comes_as_it_is_and_its_end_is_known() {
    let cloud = Cloud::start().issuing_for(3600);
    let run = |fault, args: &[&str]| {
        let server = server_for(&cloud).with_api_fault(fault);
        let home = at_server(&cloud, &server);
        api(&home, args).run()
    };
    let output = run(ApiFault::BreaksOff, &[PROFILES]).exited(5);
    assert_eq!(output.stdout, "{\"profiles\":");
    assert!(output.stderr.contains(" broke off."), "{output}");
    let output = run(ApiFault::Stops, &[PROFILES, "--timeout", "1s"]).exited(5);
    assert!(output.stderr.contains(" stopped."), "{output}");
    assert_eq!(run(ApiFault::TooLong, &[PROFILES]).exited(0).stdout, "{}");
    let hostile = "a\u{1b}[2J\u{1b}]0;title\u{7}\r\nb\u{202e}c\n";
    assert_eq!(run(ApiFault::Hostile, &[PROFILES]).exited(0).stdout, hostile);
    assert!(run(ApiFault::Zipped, &[PROFILES]).exited(0).stdout.ends_with("not really"));
}

#[test]
fn a_terminal_gets_no_control_characters_and_a_closed_pipe_ends_the_command() {
    let cloud = Cloud::start().issuing_for(3600);
    let server = server_for(&cloud).with_api_fault(ApiFault::Hostile);
    let home = at_server(&cloud, &server);
    let screen = api(&home, &[PROFILES]).on_terminal(24, 80);
    assert_eq!(screen.wait(), 0, "{}", screen.contents());
    assert_eq!(screen.contents().trim(), "a[2J]0;title\nbc");
    let server = server_for(&cloud).with_api_fault(ApiFault::Endless);
    home.write_config(&config_for(&server.endpoint()));
    let output = home.shell(&format!("mesheryctl api {PROFILES} | head -c 3")).run().exited(0);
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("[  ", ""));
    let server = server_for(&cloud).with_profiles(1_000_000_000);
    home.write_config(&config_for(&server.endpoint()));
    let pages = format!("mesheryctl api --paginate {PROFILES} | head -c 3");
    assert_eq!(home.shell(&pages).run().exited(0).stdout, "{\"p");
}

#[test]
fn the_head_is_printed_without_the_values_of_secret_cookies() {
    let cloud = Cloud::start().issuing_for(3600);
    let server = server_for(&cloud);
    let home = at_server(&cloud, &server);
    let result = "/api/perf/profile/result/result-1";
    let output = api(&home, &["-i", result]).run().exited(0);
    assert!(output.stdout.starts_with("HTTP/1.1 200 OK\nconnection: close\n"), "{output}");
    assert!(output.stdout.contains("\ncontent-type: application/x-yaml\n"), "{output}");
    assert!(output.stdout.contains("\nset-cookie: token=(hidden); Path=/\n"), "{output}");
    assert!(output.stdout.ends_with("\n\ntest:\n  qps: 99.5\n"), "{output}");
    let output = api(&home, &["DELETE", &format!("{PROFILES}/profile-1"), "-i"]).run().exited(0);
    assert!(output.stdout.starts_with("HTTP/1.1 204 No Content\n"), "{output}");
    let output = api(&home, &[&format!("{PROFILES}/profile-1/run")]).run().exited(0);
    assert_eq!(output.stdout, "data: {\"status\":\"success\"}\n\n");
}
