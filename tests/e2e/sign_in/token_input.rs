//! Tokens that the person already has: from a file or from standard input.

use mesheryctl_tests::*;

const TOKEN: &str = "T0123456789abcdef";

/// A port of this computer at which nobody listens: no test asks the real cloud.
const NOBODY: &str = "http://localhost:1";

fn file<'h>(home: &'h Home, bytes: &str) -> Program<'h> {
    std::fs::write(home.path().join("downloaded.json"), bytes).unwrap();
    home.mesheryctl()
        .args(["system", "login", "--token-file", "downloaded.json"])
        .env("MESHERYCTL_LAYER5_URL", NOBODY)
}

fn piped<'h>(home: &'h Home, bytes: &str) -> Program<'h> {
    let login = home.mesheryctl().args(["system", "login", "--with-token"]).stdin(bytes);
    login.env("MESHERYCTL_LAYER5_URL", NOBODY)
}

fn saved(name: &str, token: &str) -> String {
    format!("{{\"meshery-provider\":\"{name}\",\"token\":\"{token}\"}}\n")
}

const LAYER5: &str = "{\"meshery-provider\":\"Layer5\",\"token\":\"T0123456789abcdef\"}\n";

#[test]
fn every_known_form_of_auth_json_is_accepted_and_saved_in_one_form() {
    for (bytes, name, token) in [
        (LAYER5, "Layer5", TOKEN),
        (
            "\u{feff}{ \"token\": \"T0123456789abcdef\",\r\n  \"meshery-provider\": \"Meshery\" }\r\n",
            "Meshery",
            TOKEN,
        ),
        (
            "{\"meshery-provider\":\"A B\",\"token\":\"T0123456789abcdef\",\"note\":\"by hand\"}",
            "A B",
            TOKEN,
        ),
        ("{\"meshery-provider\":\"None\",\"token\":\"\"}\n", "None", ""),
        ("{\"meshery-provider\":\"Local\",\"token\":null}", "None", ""),
    ] {
        for login in [file, piped] {
            let home = Home::new();
            let forbidden = Browser::forbidden(&home);
            let output = login(&home, bytes).run().exited(0);
            assert_eq!(home.auth_text(), saved(name, token), "{bytes}");
            assert_eq!(home.mode(".meshery/auth.json"), 0o600);
            assert_eq!(output.stdout, "");
            drop(forbidden);
        }
    }
}

#[test]
fn a_bare_token_from_a_pipe_is_saved_for_the_named_provider() {
    for text in ["T.o-k_e/n+=0123456789", "T.o-k_e/n+=0123456789\n", "  T.o-k_e/n+=0123456789\r\n"]
    {
        let home = Home::new();
        let output = piped(&home, text).args(["-p", "layer5"]).run().exited(0);
        assert_eq!(home.auth_text(), saved("Layer5", "T.o-k_e/n+=0123456789"));
        let file = home.auth_json().display().to_string();
        assert_eq!(
            output.stderr,
            format!(
                "Token of Layer5 saved to {file}.\n\
                 Saved, not verified: Cannot reach Layer5: http://localhost:1/api/identity/users/profile refused the connection.\n"
            )
        );
    }
}

#[test]
fn an_invalid_token_file_is_refused_in_one_line_and_nothing_is_saved() {
    let cases = [
        ("<!DOCTYPE html><html>canary</html>", "is a web page, not a token file"),
        ("", "is empty, as after a logout"),
        ("{\"meshery-provider\":\"Layer5\",", "is not JSON (line 1"),
        ("[\"canary\"]", "is JSON, but not an object"),
        (
            "{\"meshery-provider\":\"Layer5\",\"token\":42}",
            "has a member that is not a string: \"token\"",
        ),
        (
            "{\"meshery-provider\":\"Layer5\",\"token\":\"T0123456789abcdef\",\"at\":{}}",
            "has a member that is not a string: \"at\"",
        ),
        ("{\"token\":\"canary\"}", "has no provider name"),
        (
            "{\"meshery-provider\":\"Layer5\",\"token\":\"a canary, 2 canaries\"}",
            "has a token that contains a character that is not allowed",
        ),
        ("{\"meshery-provider\":\"Layer5\",\"token\":\"\"}", "has no token"),
        (
            "{\"meshery-provider\":\"None\",\"token\":\"canary-0123456789\"}",
            "The provider None does not use a token.",
        ),
    ];
    for (bytes, why) in cases {
        let home = Home::new();
        home.write_auth("old bytes");
        let run = file(&home, bytes);
        let before = home.snapshot();
        let output = run.run().exited(2);
        assert!(output.stderr.contains(why), "{output}");
        assert!(output.stderr.contains("Nothing was saved."), "{output}");
        assert!(!output.stderr.contains("canary"), "{output}");
        assert_unchanged(&before, &home.snapshot());
    }
}

#[test]
fn a_pipe_without_a_token_is_refused_in_one_line_and_nothing_is_saved() {
    let cases = [
        (
            "a canary, 2 canaries",
            vec!["-p", "Layer5"],
            "a character that is not allowed in a token",
        ),
        ("<html>", vec!["-p", "Layer5"], "is a web page"),
        ("", vec!["-p", "Layer5"], "No token on standard input."),
        (TOKEN, vec![], "Specify which provider issued this token."),
        (TOKEN, vec!["-p", "None"], "The provider None does not use a token."),
        (LAYER5, vec!["-p", "None"], "The token is from Layer5, not from None"),
    ];
    for (bytes, args, why) in cases {
        let home = Home::new();
        home.write_auth("old bytes");
        let before = home.snapshot();
        let output = piped(&home, bytes).args(args).run().exited(2);
        assert!(output.stderr.contains(why), "{output}");
        assert!(!output.stderr.contains("canary"), "{output}");
        assert_unchanged(&before, &home.snapshot());
    }
}

#[test]
fn a_token_of_1_mib_is_refused_and_one_of_64_kib_is_saved_completely() {
    let home = Home::new();
    let _ = piped(&home, &"x".repeat(1024 * 1024)).args(["-p", "Layer5"]).run().exited(2);
    assert_eq!(home.auth_bytes(), None);
    let long = "x".repeat(64 * 1024);
    let _ = piped(&home, &long).args(["-p", "Layer5"]).run().exited(0);
    assert_eq!(home.auth_text(), saved("Layer5", &long));
}

#[test]
fn a_token_file_that_cannot_be_read_is_named() {
    let home = Home::new();
    let run = |name: &str| {
        home.mesheryctl().args(["system", "login", "--token-file", name]).run().exited(2)
    };
    assert!(run("missing.json").stderr.contains("Cannot read missing.json: no such file."));
    assert!(run("/").stderr.contains("it is a directory"));
    assert!(run("/dev/zero").stderr.contains("/dev/zero is larger than 256 KiB"));
}

#[test]
fn the_provider_name_in_the_file_becomes_the_servers_name_for_layer5_with_a_message() {
    for (in_file, on_server) in [("Meshery", "Layer5"), ("Layer5", "Meshery"), ("Layer5", "Layer5")]
    {
        let cloud = Cloud::start().accepts(TOKEN);
        let server = MesheryServer::start().provider(on_server, cloud.url()).accepts(TOKEN);
        let home = Home::new();
        home.write_config(&config_for(&server.endpoint()));
        let run = file(&home, &saved(in_file, TOKEN)).env("MESHERYCTL_LAYER5_URL", cloud.url());
        let output = run.run().exited(0);
        assert_eq!(home.auth_text(), saved(on_server, TOKEN));
        assert_eq!(
            output.stderr.contains(&format!("names the provider {in_file}; it was saved as")),
            in_file != on_server,
            "{output}"
        );
    }
}

#[test]
fn of_two_providers_with_matching_names_the_one_that_accepts_the_token_is_used() {
    let layer5 = Cloud::start();
    let meshery = Cloud::start();
    let server = MesheryServer::start().version(ServerVersion::V1);
    let server = server.provider("Layer5", layer5.url()).provider("Meshery", meshery.url());
    server.accept(TOKEN);
    let home = Home::new();
    home.write_config(&config_for(&server.endpoint()));
    let run = file(&home, &saved("Meshery", TOKEN)).env("MESHERYCTL_LAYER5_URL", layer5.url());
    let _ = run.run().exited(0);
    // This server accepts the token for both providers: the name is corrected.
    assert_eq!(home.auth_text(), saved("Layer5", TOKEN));
}

#[test]
fn a_provider_unknown_to_the_server_is_refused_unless_the_server_check_is_off() {
    let server = MesheryServer::start().provider("Tata Consulting", "https://tata.example.org");
    let home = Home::new();
    home.write_config(&config_for(&server.endpoint()));
    let output = file(&home, &saved("Acme", TOKEN)).run().exited(2);
    assert!(
        output
            .stderr
            .contains("does not list Acme, the provider of this token (listed: Tata Consulting)"),
        "{output}"
    );
    assert_eq!(home.auth_bytes(), None);
    let _ = file(&home, &saved("Acme", TOKEN)).args(["--no-server-check"]).run().exited(0);
    assert_eq!(home.auth_text(), saved("Acme", TOKEN));
}

#[test]
fn without_a_server_list_the_provider_name_has_its_own_spelling() {
    for (in_file, spelled) in [("LAYER5", "Layer5"), ("meshery", "Meshery"), ("Tata", "Tata")] {
        let home = Home::new();
        let output = file(&home, &saved(in_file, TOKEN)).run().exited(0);
        assert_eq!(home.auth_text(), saved(spelled, TOKEN));
        assert_eq!(output.stderr.contains("it was saved as"), in_file != spelled, "{output}");
    }
}

#[test]
fn an_exact_provider_name_wins_and_two_that_differ_in_case_are_ambiguous() {
    let server = MesheryServer::start().provider("Tata", "https://a.example.org");
    let server = server.provider("tata", "https://b.example.org");
    let home = Home::new();
    home.write_config(&config_for(&server.endpoint()));
    server.set_fault(ServerFault::Token503);
    let _ = file(&home, &saved("tata", TOKEN)).run().exited(0);
    assert_eq!(home.auth_text(), saved("tata", TOKEN));
    let output = file(&home, &saved("TATA", TOKEN)).run().exited(2);
    assert!(output.stderr.contains("several providers with that name: "), "{output}");
}

#[test]
fn the_provider_option_decides_between_two_providers_with_one_name() {
    let layer5 = Cloud::start();
    let meshery = Cloud::start();
    let server = MesheryServer::start().version(ServerVersion::V1);
    let server = server.provider("Layer5", layer5.url()).provider("Meshery", meshery.url());
    let server = server.with_fault(ServerFault::Token503);
    let home = Home::new();
    home.write_config(&config_for(&server.endpoint()));
    let host = Url::parse(&meshery.url()).authority();
    let run = file(&home, &saved("Meshery", TOKEN)).args(["-p", &host]);
    let _ = run.env("MESHERYCTL_LAYER5_URL", layer5.url()).run().exited(0);
    assert_eq!(home.auth_text(), saved("Meshery", TOKEN));
}

#[test]
fn a_provider_listed_at_a_forbidden_url_is_still_known_by_name() {
    let server = MesheryServer::start().provider("Lab", "http://10.1.2.3:8080");
    let home = Home::new();
    home.write_config(&config_for(&server.endpoint()));
    let output = file(&home, &saved("Lab", TOKEN)).run().exited(0);
    assert_eq!(home.auth_text(), saved("Lab", TOKEN));
    assert!(output.stderr.contains("lists it with a URL that is neither https"), "{output}");
}

#[test]
fn a_server_that_is_down_is_reported_for_every_provider() {
    let home = Home::new();
    home.write_config(&config_for(&ClosedPort::start().endpoint()));
    let output = file(&home, &saved("Tata", TOKEN)).run().exited(0);
    assert!(output.stderr.contains("is not answering."), "{output}");
}

#[test]
fn a_process_substitution_of_the_shell_is_read_as_a_file() {
    let home = Home::new();
    let run = home.mesheryctl().args(["system", "login", "--token-file", "/dev/stdin"]);
    let _ = run.stdin(LAYER5).run().exited(0);
    assert_eq!(home.auth_text(), LAYER5);
}

#[test]
fn an_expired_token_is_refused_unless_the_server_accepts_it() {
    let token = token::jwt(&token::claims("a@b.example", Some(1)));
    let home = Home::new();
    let output = piped(&home, &token).args(["-p", "Layer5"]).run().exited(3);
    assert!(
        output.stderr.contains("The token of Layer5 cannot be used. Token expired"),
        "{output}"
    );
    assert_eq!(home.auth_bytes(), None);
    let server = MesheryServer::start().provider("Layer5", "http://localhost:1").accepts(&token);
    home.write_config(&config_for(&server.endpoint()));
    let run = piped(&home, &token).args(["-p", "Layer5"]);
    let _ = run.env("MESHERYCTL_LAYER5_URL", "http://localhost:1").run().exited(0);
    let check = || home.mesheryctl().args(["system", "check"]).run();
    let output = check().exited(0);
    assert!(output.stdout.contains("by the clock of this computer, and is accepted"), "{output}");
    server.set_fault(ServerFault::Token503);
    let output = check().exited(3);
    assert!(output.stdout.contains("!! Token expired") && !output.stdout.contains('✓'), "{output}");
}

#[test]
fn a_rejected_token_file_saves_nothing() {
    let cloud = Cloud::start();
    let server =
        MesheryServer::start().provider("Layer5", cloud.url()).with_fault(ServerFault::Token401);
    let home = Home::new();
    home.write_config(&config_for(&server.endpoint()));
    let run = file(&home, LAYER5).env("MESHERYCTL_LAYER5_URL", cloud.url());
    let output = run.run().exited(3);
    assert!(output.stderr.contains("rejected the token of Layer5. Nothing was saved."), "{output}");
    assert_eq!(home.auth_bytes(), None);
}

#[test]
fn a_truncated_token_is_refused_and_the_saved_one_stays() {
    let home = Home::new();
    home.write_auth("old bytes");
    let whole = token::oauth("access", Some("refresh"), None);
    let output = piped(&home, &whole[..whole.len() - 5]).args(["-p", "Layer5"]).run().exited(2);
    assert!(output.stderr.contains("looks like a truncated token. Nothing was saved."), "{output}");
    assert_eq!(home.auth_text(), "old bytes");
    let _ = piped(&home, &whole).args(["-p", "Layer5"]).run().exited(0);
}
