//! Remedies: each row of the table in `docs/situations.md` is one test, here or in `doctor`, of the same name.

use std::collections::BTreeSet;
use std::fs;

use mesheryctl_tests::*;

use crate::plugins::lifecycle::install;
use crate::sign_in::layer5::saved;

const TOKEN: &str = "T0123456789abcdef";
const DOCS: &str = include_str!("../../../docs/situations.md");

/// The situation, what is said and what is typed, of each row.
fn rows() -> Vec<[String; 3]> {
    let (_, table) = DOCS.split_once("## Remedies").unwrap();
    let rows = table.lines().filter(|it| it.starts_with("| ") && !it.starts_with("| situation |"));
    let cell = |it: &str| it.trim().trim_start_matches("`` ").trim_matches('`').to_owned();
    let row = |row: &str| {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").map(cell).collect();
        assert_eq!(cells.len(), 4, "{row}");
        [cells[0].clone(), cells[1].clone(), cells[2].clone()]
    };
    rows.map(row).collect()
}

/// Asserts that the output contains what the row of this situation says is said, and what is to be typed.
#[track_caller]
pub fn assert_row(situation: &str, home: &Home, output: &Output) {
    let all = format!("{}{}", output.stdout, output.stderr);
    let all = all.replace(&home.path().display().to_string(), "~");
    let rows = rows();
    let row = rows.iter().find(|it| it[0] == situation);
    let [_, said, typed] = row.unwrap_or_else(|| panic!("no row: {situation}"));
    assert!(contains(&all, said), "{said}\n{all}");
    // The rest of the line belongs to the command.
    assert!(typed == "nothing" || contains(&all, typed), "{typed}\n{all}");
}

/// Whether a line contains the parts between each `…` in this order.
fn contains(all: &str, pattern: &str) -> bool {
    all.lines().any(|line| {
        let mut rest = line;
        pattern.split('…').all(|part| match rest.split_once(part) {
            Some((_, after)) => {
                rest = after;
                true
            }
            None => false,
        })
    })
}

fn run(home: &Home, args: &[&str]) -> Output {
    home.mesheryctl().args(args).run()
}

#[test]
fn every_row_of_the_remedies_has_a_test_of_its_name_and_every_test_a_row() {
    let sources = [include_str!("remedies.rs"), include_str!("doctor.rs")].concat();
    let named = |line: &str| {
        let line = line.trim();
        let call = line.strip_prefix("assert_row(\"").or(line.strip_prefix("let situation = \""))?;
        Some(call.split_once('"')?.0.to_owned())
    };
    let asserted: BTreeSet<String> = sources.lines().filter_map(named).collect();
    let documented: BTreeSet<String> = rows().into_iter().map(|[it, ..]| it).collect();
    assert_eq!(asserted, documented);
    for situation in documented {
        let test = format!("fn {}()", situation.to_lowercase().replace(' ', "_"));
        assert!(sources.contains(&test), "{test}");
    }
}

#[test]
fn a_check_in_ci_without_a_token() {
    let home = Home::new();
    let output = home.mesheryctl().args(["system", "check"]).env("CI", "true").run().exited(3);
    assert_row("a check in CI without a token", &home, &output);
    assert!(output.stderr.contains("--with-token < token.txt"), "{output}");
    assert!(!output.stdout.contains("paste"), "{output}");
}

#[test]
fn a_token_on_standard_input_that_the_server_rejects() {
    let cloud = Cloud::start().profile_fault(ProfileFault::Refuses);
    let server = MesheryServer::start().provider("Layer5", cloud.url());
    let home = Home::new();
    home.write_config(&config_for(&server.endpoint()));
    let login = home.mesheryctl().args(["system", "login", "-p", "Layer5", "--with-token"]);
    let output = login.env("MESHERYCTL_LAYER5_URL", cloud.url()).stdin(TOKEN).run().exited(3);
    assert_row("a token on standard input that the server rejects", &home, &output);
    assert!(!output.stderr.contains(TOKEN), "{output}");
}

#[test]
fn a_context_that_does_not_exist() {
    let home = Home::new();
    home.write_config(&config_for("http://localhost:1"));
    let output = run(&home, &["system", "provider", "list", "-c", "zz"]).exited(2);
    assert_row("a context that does not exist", &home, &output);
    assert!(!output.stderr.contains("-c zz") && !output.stderr.contains("--context"), "{output}");
}

#[test]
fn a_mistyped_context() {
    let home = Home::new();
    home.write_config(&config_for("http://localhost:1"));
    let output = run(&home, &["system", "check", "--verify", "-c", "loacl"]).exited(3);
    assert_row("a mistyped context", &home, &output);
}

#[test]
fn an_endpoint_without_a_scheme() {
    let home = Home::new();
    home.write_config(&config_for("localhost:9081"));
    home.write_auth(saved(TOKEN));
    let output = run(&home, &["system", "check"]).exited(0);
    assert_row("an endpoint without a scheme", &home, &output);
}

#[test]
fn a_server_that_is_down() {
    let home = Home::new();
    home.write_config(&config_for(&ClosedPort::start().endpoint()));
    home.write_auth(saved(TOKEN));
    let output = run(&home, &["system", "check"]).exited(0);
    assert_row("a server that is down", &home, &output);
    let cloud = Cloud::start().profile_fault(ProfileFault::Breaks500);
    let args = ["system", "login", "-p", "Layer5", "--with-token", "-c", "local"];
    let login = home.mesheryctl().args(args).env("MESHERYCTL_LAYER5_URL", cloud.url());
    let login = login.stdin(TOKEN).run().exited(0);
    let check = "Find out why: mesheryctl system check --context local\n";
    assert!(login.stderr.ends_with(check), "{login}");
}

#[test]
fn a_provider_that_only_a_silent_server_may_know() {
    let home = Home::new();
    let closed = ClosedPort::start();
    home.write_config(&config_for(&closed.endpoint()));
    let login = ["system", "login", "-p", "Tata Consulting", "--context", "local"];
    let output = run(&home, &login).exited(2);
    assert_row("a provider that only a silent server may know", &home, &output);
    assert!(output.stderr.contains(&format!("{} is not answering", closed.endpoint())), "{output}");
}

#[test]
fn a_list_of_providers_without_those_of_a_silent_server() {
    let home = Home::new();
    home.write_config(&config_for(&ClosedPort::start().endpoint()));
    let output = run(&home, &["system", "provider", "list"]).exited(0);
    assert_row("a list of providers without those of a silent server", &home, &output);
    let json = run(&home, &["system", "provider", "list", "-o", "json"]).exited(0);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert!(json["not_listed"].as_str().unwrap().ends_with(" is not answering"), "{json}");
}

#[test]
fn a_provider_of_the_context_that_differs_from_that_of_the_token() {
    let home = Home::new();
    home.write_config(&config_for("http://localhost:1"));
    let _ = run(&home, &["system", "login", "-p", "None"]).exited(0);
    let output = run(&home, &["system", "provider", "list"]).exited(0);
    let situation = "a provider of the context that differs from that of the token";
    assert_row(situation, &home, &output);
    assert!(output.stdout.starts_with("Provider of the context: Meshery\n"), "{output}");
}

#[test]
fn a_login_with_a_provider_that_only_the_server_lists() {
    let closed = ClosedPort::start();
    let server = MesheryServer::start().provider("Tata", closed.endpoint());
    let home = Home::new();
    home.write_config(&config_for(&server.endpoint()));
    let login = ["system", "login", "-p", "tata", "--timeout", "1s", "--no-browser"];
    let screen = home.mesheryctl().args(login).on_terminal(24, 200);
    assert_eq!(screen.wait(), 6);
    let (stdout, stderr) = (screen.contents(), String::new());
    let output = Output { code: Some(6), signal: None, stdout, stderr };
    assert_row("a login with a provider that only the server lists", &home, &output);
}

#[test]
fn a_plugin_named_by_its_id() {
    let home = Home::new();
    install(&home, "mock-provider");
    let output = run(&home, &["plugin", "inspect", "mock"]).exited(0);
    assert_row("a plugin named by its id", &home, &output);
    fs::create_dir_all(home.path().join("mock")).unwrap();
    let _ = run(&home, &["plugin", "inspect", "mock"]).exited(0);
    let folder = run(&home, &["plugin", "inspect", "/etc"]).exited(8);
    assert!(folder.stderr.contains("/etc cannot be used as a plugin:"), "{folder}");
    let none = run(&home, &["plugin", "inspect", "nobody"]).exited(2);
    assert!(none.stderr.contains("no such file, and no plugin has this id."), "{none}");
}

#[test]
fn a_plugin_whose_file_cannot_be_used() {
    let home = Home::new();
    let place = install(&home, "mock-provider");
    fs::rename(&place, place.with_file_name("liboops.so")).unwrap();
    fs::write(place.with_file_name("liboops.so"), "no library").unwrap();
    let output = run(&home, &["system", "login", "--provider", "oops"]).exited(8);
    assert_row("a plugin whose file cannot be used", &home, &output);
    let other = run(&home, &["system", "login", "--provider", "nope"]).exited(2);
    assert!(other.stderr.contains("mesheryctl plugin list"), "{other}");
}

#[test]
fn a_default_provider_that_is_gone() {
    let home = Home::new();
    let place = install(&home, "mock-provider");
    let _ = run(&home, &["system", "provider", "default", "mock"]).exited(0);
    fs::remove_file(place).unwrap();
    let output = run(&home, &["system", "login"]).exited(2);
    assert_row("a default provider that is gone", &home, &output);
}

#[test]
fn kept_settings_of_a_newer_version() {
    let home = Home::new();
    fs::create_dir(home.meshery()).unwrap();
    fs::write(home.meshery().join("providers.json"), r#"{"version": 2}"#).unwrap();
    let output = run(&home, &["system", "login"]).exited(2);
    assert_row("kept settings of a newer version", &home, &output);
}

#[test]
fn a_policy_with_a_fault() {
    if !Policy::is_available() {
        return;
    }
    let home = Home::new();
    let login = home.mesheryctl().args(["system", "login"]).under(&Policy::of("setings: {}"));
    assert_row("a policy with a fault", &home, &login.run().exited(2));
}

#[test]
fn a_setting_that_the_policy_fixed() {
    if !Policy::is_available() {
        return;
    }
    let home = Home::new();
    let policy = Policy::of("settings: {layer5: {url: 'https://a.example'}}");
    let login = home.mesheryctl().args(["system", "login", "-p", "layer5"]).under(&policy);
    let login = login.env("MESHERYCTL_LAYER5_URL", "https://b.example");
    assert_row("a setting that the policy fixed", &home, &login.run().exited(2));
}

#[test]
fn a_provider_without_its_flag() {
    let home = Home::new();
    let output = run(&home, &["system", "login", "None"]).exited(2);
    assert_row("a provider without its flag", &home, &output);
    let output = run(&home, &["system", "login", "-p", "Tata", "Consulting"]).exited(2);
    let typed = "mesheryctl system login --provider 'Tata Consulting'";
    assert!(output.stderr.contains(typed), "{output}");
    let secret = token::opaque("t");
    let output = run(&home, &["system", "login", &secret]).exited(2);
    assert!(!output.stderr.contains(&secret), "{output}");
    assert!(output.stderr.contains("--with-token < token.txt"), "{output}");
}

#[test]
fn a_token_on_the_command_line() {
    let home = Home::new();
    let secret = token::opaque("t");
    for args in [&["system", "login", "--token", &secret][..], &["system", "login", "--token=x"]] {
        let output = run(&home, args).exited(2);
        assert_row("a token on the command line", &home, &output);
        assert!(!output.stderr.contains(&secret), "{output}");
    }
}

#[test]
fn a_login_into_a_directory() {
    let home = Home::new();
    fs::create_dir_all(home.auth_json()).unwrap();
    let output = run(&home, &["system", "login", "-p", "None"]).exited(7);
    assert_row("a login into a directory", &home, &output);
}

#[test]
fn a_word_of_a_setting_that_was_not_quoted_is_not_repeated() {
    let home = Home::new();
    let login = home.mesheryctl().args(["system", "login", "-p", "oidc", "-o", "json", "--set"]);
    let output = login.args(["password=correct", "horse"]).run().exited(2);
    assert!(!format!("{output}").contains("horse"), "{output}");
}
