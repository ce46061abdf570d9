//! The Meshery Server of the context: its providers, and its verdict on a token.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv6Addr, TcpListener};

use mesheryctl_tests::*;
use serde_json::{Value, json};

/// A home whose context has this server.
fn home_of(server: &MesheryServer) -> Home {
    let home = Home::new();
    home.write_config(&config_for(&server.endpoint()));
    home
}

fn login<'h>(home: &'h Home, cloud: &Cloud) -> Program<'h> {
    let login = home.mesheryctl().args(["system", "login", "-o", "json", "-p", "Layer5"]);
    login.env("MESHERYCTL_LAYER5_URL", cloud.url())
}

fn sign_in(home: &Home, login: Program<'_>) -> Output {
    let browser = Browser::waiting(home);
    let running = login.spawn();
    Visitor::new().follow(&browser.opened());
    running.wait()
}

fn json_of(output: &Output) -> Value {
    serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output}"))
}

fn saved(name: &str, token: &str) -> String {
    format!("{{\"meshery-provider\":\"{name}\",\"token\":\"{token}\"}}\n")
}

#[test]
fn an_accepted_token_is_saved_with_the_servers_provider_name_and_returned_value() {
    let [old, new] = [1, 2].map(|exp| token::jwt(&token::claims("a@b.example", Some(exp))));
    for version in [ServerVersion::Y2021, ServerVersion::Y2024, ServerVersion::V1] {
        let cloud = Cloud::start().issuing(old.clone());
        let server = MesheryServer::start()
            .version(version)
            .nameless_provider()
            .provider("Meshery", cloud.url());
        let server = server.refreshes(&old, &new);
        let home = home_of(&server);
        let output = sign_in(&home, login(&home, &cloud)).exited(0);
        assert_eq!(home.auth_text(), saved("Meshery", &new), "{version:?}");
        let said = json_of(&output);
        assert_eq!(said["server"], json!({ "endpoint": server.endpoint(), "verdict": "accepted" }));
        assert_eq!(said["provider"], "Meshery");
        assert!(output.stderr.contains(&format!("accepted by {}", server.endpoint())), "{output}");
        let shown = server.wait_for_request("/api/token");
        assert_eq!(
            (shown.cookie("token"), shown.cookie("meshery-provider")),
            (Some(old.as_str()), Some("Meshery"))
        );
        assert_eq!(shown.header("authorization"), None);
    }
}

#[test]
fn a_rejected_token_is_not_saved_and_exits_3() {
    let cases: [(ServerFault, Option<ProfileFault>); 4] = [
        (ServerFault::Token401, None),
        (ServerFault::Token403, None),
        (ServerFault::TokenRedirectLogin, Some(ProfileFault::Refuses)),
        (ServerFault::TokenRedirectLogin, Some(ProfileFault::Forbids403)),
    ];
    for (fault, profile) in cases {
        let mut cloud = Cloud::start().issuing(token::opaque("x"));
        if let Some(profile) = profile {
            cloud = cloud.profile_fault(profile);
        }
        let server =
            MesheryServer::start().provider("Layer5", cloud.url()).with_fault(fault.clone());
        let home = home_of(&server);
        home.write_auth("old bytes");
        let before = home.snapshot();
        let output = sign_in(&home, login(&home, &cloud)).exited(3);
        assert_eq!(json_of(&output)["error"]["code"], "rejected", "{fault:?}");
        assert_unchanged(&before, &home.snapshot().without(&[".meshery/auth.json.lock"]));
    }
}

#[test]
fn after_any_other_response_the_provider_is_asked_and_the_reason_is_shown() {
    use ServerFault::*;
    for fault in [
        ListEmpty,
        ListHtml,
        ListArray,
        ListTruncated,
        List404,
        List500,
        ListRedirect,
        ListEndless,
        ListInformational,
        ListSilent,
        ListDropped,
        TokenHtml200,
        Token404,
        Token500,
        Token503,
        TokenRedirectLogin,
        TokenRedirectProvider,
        TokenRedirectTo("http://localhost:1/login".into()),
        TokenDropped,
        TokenNotJson,
        TokenNoBody,
        TokenOtherProvider,
        TokenEmpty,
        TokenNull,
        TokenNumber,
        TokenMissing,
        TokenHuge,
        TokenControl,
        TokenEndless,
        TokenInformational,
    ] {
        let cloud = Cloud::start();
        let server =
            MesheryServer::start().provider("Layer5", cloud.url()).with_fault(fault.clone());
        let home = home_of(&server);
        let output = sign_in(&home, login(&home, &cloud)).exited(0);
        assert_eq!(home.auth_text(), saved("Layer5", &cloud.token()), "{fault:?}");
        let said = json_of(&output);
        assert_eq!(said["server"]["verdict"], "unknown", "{fault:?}");
        assert!(!said["server"]["why"].as_str().unwrap().is_empty());
        assert_eq!((&said["verified"], &said["verified_by"]), (&json!(true), &json!("layer5")));
        let line = format!("{} ", server.endpoint());
        let last = output.stderr.lines().last().unwrap();
        assert!(
            last.starts_with(&line) && last.ends_with(". Layer5 accepted the token."),
            "{last}"
        );
    }
}

#[test]
fn a_dropped_connection_for_a_token_without_kid_is_no_verdict() {
    let cloud = Cloud::start().issuing(token::jwt_without_kid(&token::claims("a@b.example", None)));
    let server = MesheryServer::start().provider("Layer5", cloud.url()).accepts(cloud.token());
    let home = home_of(&server);
    let output = sign_in(&home, login(&home, &cloud)).exited(0);
    assert_eq!(json_of(&output)["server"]["why"], "closed the connection without an answer");
}

#[test]
fn a_server_that_is_down_or_unreachable_does_not_fail_the_login() {
    for endpoint in [ClosedPort::start().endpoint(), BlackHole::start().endpoint()] {
        let cloud = Cloud::start();
        let home = Home::new();
        home.write_config(&config_for(&endpoint));
        let output = sign_in(&home, login(&home, &cloud)).exited(0);
        let line = format!("{endpoint} is not answering. Layer5 accepted the token.\n");
        assert!(output.stderr.ends_with(&line), "{output}");
        assert_eq!(home.auth_text(), saved("Layer5", &cloud.token()));
    }
}

/// A server on `[::1]` alone that answers every request with this JSON; on 127.0.0.1 the same port hangs.
fn server_with_a_dead_address(json: &'static str) -> (BlackHole, String) {
    let dead_and_live = || {
        let dead = BlackHole::start();
        let port = dead.endpoint().rsplit_once(':')?.1.to_owned();
        let live = TcpListener::bind((Ipv6Addr::LOCALHOST, port.parse().ok()?)).ok()?;
        Some((dead, live, port))
    };
    // The port may be taken on the other address.
    let (dead, live, port) = (0..100).find_map(|_| dead_and_live()).expect("a port of both");
    std::thread::spawn(move || {
        for stream in live.incoming() {
            let mut stream = BufReader::new(stream.expect("a connection"));
            let mut lines = (&mut stream).lines().map_while(Result::ok);
            // The first connection is a probe, which sends nothing.
            if lines.any(|line| line.is_empty()) {
                let head = "HTTP/1.1 200 OK\r\nConnection: close";
                let length = json.len();
                write!(stream.get_mut(), "{head}\r\nContent-Length: {length}\r\n\r\n{json}")
                    .expect("an answer");
            }
        }
    });
    (dead, format!("http://localhost:{port}"))
}

#[test]
fn a_server_with_one_dead_address_is_asked_at_its_other() {
    let (dead, endpoint) = server_with_a_dead_address(
        r#"{"Zeta": {"providerType": "remote", "providerUrl": "https://zeta.example.org"}}"#,
    );
    let home = Home::new();
    home.write_config(&config_for(&endpoint));
    let ended = home.mesheryctl().args(["-v", "system", "provider", "list"]).run().exited(0);
    assert!(ended.stdout.ends_with("- Zeta  (zeta.example.org, from your server)\n"), "{ended}");
    drop(dead);
}

#[test]
fn without_a_config_or_with_no_server_check_no_server_is_contacted() {
    let cloud = Cloud::start();
    let server = MesheryServer::start().provider("Meshery", cloud.url()).accepts(cloud.token());
    let home = home_of(&server);
    let output = sign_in(&home, login(&home, &cloud).args(["--no-server-check"])).exited(0);
    assert_eq!(json_of(&output)["server"], Value::Null);
    assert_eq!(server.requests().len(), 0);
    assert_eq!(home.auth_text(), saved("Layer5", &cloud.token()));
}

#[test]
fn a_password_in_an_endpoint_is_neither_sent_nor_shown() {
    let server = MesheryServer::start();
    let home = Home::new();
    home.write_config(&config_for(&server.endpoint().replace("://", "://ada:canary@")));
    home.write_auth(saved("Layer5", "T"));
    for args in [&["system", "check"][..], &["-v", "system", "login", "-p", "None"]] {
        for output in ["text", "json"] {
            let output = home.mesheryctl().args(args).args(["-o", output]).run().exited(0);
            assert!(!format!("{output}").contains("canary"), "{output}");
        }
        home.write_auth(saved("Layer5", "T"));
    }
    let said = home.mesheryctl().args(["system", "check"]).run().exited(0).stdout;
    assert!(said.contains("has a user name in its URL, which is not supported"), "{said}");
    assert_eq!(server.connections(), 0);
}

#[test]
fn verbose_reports_context_listener_and_requests_without_secrets() {
    let cloud = Cloud::start().issuing(token::opaque("x"));
    let home = Home::new();
    home.write_config(&config_for("http://localhost:1"));
    let browser = Browser::waiting(&home);
    let run = login(&home, &cloud).args(["-v"]).spawn();
    Visitor::new().follow(&browser.opened());
    let output = run.wait().exited(0);
    let here = Url::parse(&cloud.url()).authority();
    for said in [
        "Context: local; server: http://localhost:1; token file: ~/.meshery/auth.json.\n",
        "Listening on localhost:",
        &format!("Requested {here} /api/identity/users/profile: 200.\n"),
    ] {
        assert!(output.stderr.contains(said), "{said}: {output}");
    }
    assert!(!output.stderr.contains(&cloud.token()), "{output}");
}

#[test]
fn an_http_endpoint_on_another_computer_is_never_contacted() {
    let cloud = Cloud::start();
    let home = Home::new();
    home.write_config(&config_for("http://192.0.2.1:9081"));
    let output = sign_in(&home, login(&home, &cloud)).exited(0);
    assert_eq!(json_of(&output)["server"]["why"], "is neither https nor on this computer");
    let check = home.mesheryctl().args(["system", "check"]).run().exited(0);
    assert!(check.stdout.contains("http://192.0.2.1:9081 is neither https nor"), "{check}");
}

#[test]
fn the_expiry_of_a_replaced_token_is_not_reported() {
    let old = token::jwt(&token::claims("a@b.example", Some(1)));
    let new = token::jwt(&token::claims("a@b.example", None));
    let cloud = Cloud::start().issuing(old.clone());
    let server = MesheryServer::start().provider("Layer5", cloud.url()).refreshes(old, new);
    let home = home_of(&server);
    let output = sign_in(&home, login(&home, &cloud)).exited(0);
    let said = json_of(&output);
    assert_eq!((&said["account"], &said["expires_at"]), (&json!("a@b.example"), &Value::Null));
}

#[test]
fn a_signal_during_the_server_check_ends_the_login_also_in_json() {
    let cloud = Cloud::start();
    let server =
        MesheryServer::start().provider("Layer5", cloud.url()).with_fault(ServerFault::TokenSilent);
    let home = home_of(&server);
    let browser = Browser::waiting(&home);
    let running = login(&home, &cloud).spawn();
    let opened = browser.opened();
    let visitor = std::thread::spawn(move || Visitor::new().visit(&opened));
    let first = visitor.join().unwrap();
    let mut visitor = Visitor::new();
    let login = visitor.visit(first.response.header("location").unwrap());
    visitor.visit(login.response.header("location").unwrap());
    let _ = server.wait_for_request("/api/token");
    running.kill(Signal::TERM);
    let output = running.wait().exited(143);
    assert_eq!(json_of(&output)["error"]["code"], "cancelled", "{output}");
    assert_eq!(home.auth_bytes(), None);
    assert_eq!(home.temporary_files(), Vec::<std::path::PathBuf>::new());
}

#[test]
fn a_provider_listed_only_by_the_server_signs_in_by_name_or_host() {
    let cloud = Cloud::start().behaving(CloudBehavior::Tata);
    let server =
        MesheryServer::start().version(ServerVersion::V1).provider("Tata Consulting", cloud.url());
    let server = server.accepts(cloud.token());
    let host = Url::parse(&cloud.url()).authority();
    for name in ["tata consulting", &host] {
        let home = home_of(&server);
        let run = home.mesheryctl().args(["system", "login", "-p", name]);
        let output = sign_in(&home, run).exited(0);
        assert_eq!(home.auth_text(), saved("Tata Consulting", &cloud.token()));
        assert!(output.stderr.contains("Signed in to Tata Consulting"), "{output}");
    }
}

#[test]
fn the_provider_list_merges_rows_by_host_and_omits_unusable_ones() {
    let cloud = Cloud::start();
    let other = Cloud::start();
    let server = MesheryServer::start().version(ServerVersion::V1).nameless_provider();
    let server = server.provider("Meshery", cloud.url()).provider("Layer5", other.url());
    let server = server
        .provider("Plain", "http://plain.example.org")
        .provider("Zeta", "https://zeta.example.org");
    let home = home_of(&server);
    let list = home.mesheryctl().args(["system", "provider", "list"]);
    let output = list.env("MESHERYCTL_LAYER5_URL", cloud.url()).run().exited(0);
    let here = Url::parse(&cloud.url()).authority();
    let there = Url::parse(&other.url()).authority();
    assert_eq!(
        output.stdout,
        format!(
            "Provider of the context: Meshery\nAvailable providers:\n\n- Layer5  ({here})\n- None\n\
             - Layer5  ({there}, from your server)\n- Zeta  (zeta.example.org, from your server)\n"
        )
    );
}

#[test]
fn the_name_meshery_is_the_servers_provider_of_that_name_or_else_layer5() {
    let layer5 = Cloud::start().issuing("of-layer5");
    let meshery = Cloud::start().issuing("of-meshery");
    let server = MesheryServer::start().provider("Meshery", meshery.url());
    let named = |home: &Home| {
        let run = home.mesheryctl().args(["system", "login", "-p", "Meshery"]);
        sign_in(home, run.env("MESHERYCTL_LAYER5_URL", layer5.url())).exited(0)
    };
    let home = home_of(&server);
    let _ = named(&home);
    assert_eq!(home.auth_text(), saved("Meshery", "of-meshery"));
    let home = Home::new();
    let _ = named(&home);
    assert_eq!(home.auth_text(), saved("Layer5", "of-layer5"));
}

#[test]
fn two_providers_with_one_name_must_be_chosen_by_host() {
    let clouds = [Cloud::start(), Cloud::start()];
    let server =
        MesheryServer::start().provider("Twin", clouds[0].url()).provider("TWIN", clouds[1].url());
    let home = home_of(&server);
    let output = home.mesheryctl().args(["system", "login", "-p", "Twin"]).run().exited(2);
    for cloud in &clouds {
        assert!(output.stderr.contains(&Url::parse(&cloud.url()).authority()), "{output}");
    }
}

#[test]
fn a_hostile_provider_name_cannot_control_the_terminal() {
    let server = MesheryServer::start().with_fault(ServerFault::ListHostileName);
    let home = home_of(&server);
    let output = home.mesheryctl().args(["system", "provider", "list"]).run().exited(0);
    assert!(!output.stdout.contains('\u{1b}') && !output.stdout.contains('\u{202e}'), "{output}");
    assert_eq!(output.stdout.lines().filter(|line| line.starts_with("- ")).count(), 2, "{output}");
}
