//! The mock as a test double: the CI job of docs/mock.md, its script, and the tokens that it issues.

use std::fs;
use std::path::Path;

use mesheryctl_tests::*;
use serde_json::Value;

use crate::plugins::lifecycle::install_trusted;

/// Signs in with these settings.
fn login<'h>(home: &'h Home, settings: &[&str]) -> Program<'h> {
    let sets = settings.iter().flat_map(|it| ["--set", it]);
    home.mesheryctl().args(["system", "login", "-p", "mock"]).args(sets)
}

fn json(home: &Home, args: &[&str]) -> Value {
    let output = home.mesheryctl().args(args).args(["-o", "json"]).run().exited(0);
    serde_json::from_str(&output.stdout).unwrap()
}

fn token(home: &Home) -> String {
    let saved: Value = serde_json::from_str(&home.auth_text()).unwrap();
    saved["token"].as_str().unwrap().to_owned()
}

#[test]
fn the_ci_job_of_the_docs_signs_in_renews_and_signs_out_without_an_account() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/mock.md");
    let page = fs::read_to_string(page).unwrap();
    let home = Home::new();
    let built = home.path().join("target/debug");
    fs::create_dir_all(&built).unwrap();
    fs::copy(built_library("mock-provider"), built.join("libmock_provider.so")).unwrap();
    let runs = page.lines().filter_map(|it| it.trim().strip_prefix("- run: "));
    let (builds, commands): (Vec<_>, Vec<_>) = runs.partition(|it| it.starts_with("cargo build"));
    assert_eq!((builds.len(), commands.len()), (1, 9));
    let mut said = Vec::new();
    for command in commands {
        let run = home.shell(command).env("CI", "true").env("GITHUB_PATH", "/dev/null");
        let output = run.run().exited(0);
        said.push(format!("{}{}", output.stdout, output.stderr));
    }
    assert!(said[4].contains("Mock: Signing in\n"), "{}", said[4]);
    assert!(said[4].contains("Signed in to Mock as ada@example.org"), "{}", said[4]);
    assert!(said[5].contains("\"account\": \"ada@example.org\""), "{}", said[5]);
    let header = fs::read_to_string(home.path().join("authorization.txt")).unwrap();
    assert!(header.contains("eyJ"), "{header}");
    assert!(said[8].contains("revoked"), "{}", said[8]);
}

#[test]
fn the_lines_of_a_script_are_run_in_place_of_the_steps_and_its_comments_are_not() {
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    let script = "# tell:a comment\n\ntell:one, two\n  tell:three\n";
    fs::write(home.path().join("login.steps"), script).unwrap();
    let output = login(&home, &["script=@login.steps", "steps=tell:not this"]).run().exited(0);
    assert!(output.stderr.starts_with("Mock: one, two\nMock: three\n"), "{output}");
    assert!(!output.stderr.contains("not this"), "{output}");
}

#[test]
fn a_token_of_the_form_that_was_asked_for_ends_when_it_was_asked_to_and_is_renewed() {
    for form in ["jwt", "oauth"] {
        let home = Home::new();
        install_trusted(&home, "mock-provider", "mock");
        let form = format!("form={form}");
        let settings = [&*form, "expires_in=3600", "refresh=yes", "account=ada@example.org"];
        let _ = login(&home, &settings).run().exited(0);
        let first = token(&home);
        let claims = mesheryctl_core::token::Token::parse(&first).unwrap().claims();
        assert_eq!(claims.account.as_deref(), Some("ada@example.org"));
        assert_eq!(claims.life(), Some(3600));
        assert_eq!(claims.refreshable, form == "form=oauth");
        let _ = home.mesheryctl().args(["system", "token", "refresh"]).run().exited(0);
        assert_ne!(token(&home), first);
        assert_eq!(json(&home, &["system", "whoami"])["account"], "ada@example.org");
    }
}

#[test]
fn a_token_that_the_mock_rejects_is_not_verified_and_a_wrong_setting_is_named() {
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    let output = login(&home, &["whoami=rejected"]).run().exited(0);
    assert!(output.stderr.contains("Saved, not verified: Mock: This rejection"), "{output}");
    let _ = home.mesheryctl().args(["system", "whoami", "--verify"]).run().exited(3);
    let output = login(&home, &["form=door"]).run().exited(2);
    assert!(
        output.stderr.contains("The setting form must be one of: text, jwt, oauth."),
        "{output}"
    );
    let output = login(&home, &["expires_in=soon"]).run().exited(2);
    assert!(output.stderr.contains("expires_in must be a number of seconds"), "{output}");
}

#[test]
fn each_kind_of_failure_of_the_mock_has_the_exit_code_of_the_guide() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/plugin-guide.md");
    let guide = fs::read_to_string(guide).unwrap();
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    let (_, table) = guide.split_once("\n## Failures\n").unwrap();
    let rows = table.lines().skip_while(|it| !it.starts_with("|--")).skip(1);
    let mut count = 0;
    for row in rows.take_while(|it| it.starts_with('|')) {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let exit = cells[3].parse().unwrap_or_else(|_| panic!("{row}"));
        let kind = cells[1].trim_matches('`');
        let _ = login(&home, &[&format!("error={kind}")]).run().exited(exit);
        count += 1;
    }
    assert_eq!(count, 11);
}
