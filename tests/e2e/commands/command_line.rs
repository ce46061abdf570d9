//! The command line: usage errors, help, version, completion, and logins without a terminal.

use mesheryctl_tests::*;

#[test]
fn without_a_terminal_a_login_exits_and_suggests_three_commands() {
    let home = Home::new();
    let output = home.mesheryctl().args(["system", "login"]).run().exited(2);
    assert_eq!(
        output.stderr,
        "error: Cannot ask which provider to use: this is not a terminal.\n\
         \x20 Without an account:  mesheryctl system login --provider None\n\
         \x20 With a token:        mesheryctl system login --provider Layer5 --with-token < token.txt\n\
         \x20 With a token file:   mesheryctl system login --token-file auth.json\n"
    );
    assert_eq!((output.stdout.as_str(), home.auth_bytes()), ("", None));
}

#[test]
fn an_unknown_provider_name_is_reported_with_the_valid_names_and_the_nearest() {
    let home = Home::new();
    let output = home.mesheryctl().args(["system", "login", "-p", "Lyer5"]).run().exited(2);
    assert_eq!(
        output.stderr,
        "error: There is no provider called Lyer5. Available: Layer5, None. Nothing was changed.\n\
         \x20 Did you mean:  mesheryctl system login --provider Layer5\n"
    );
    let far = home.mesheryctl().args(["system", "login", "-p", "foo"]).run().exited(2);
    assert_eq!(
        far.stderr,
        "error: There is no provider called foo. Available: Layer5, None. Nothing was changed.\n\
         \x20 List providers:  mesheryctl system provider list\n"
    );
    let far = home.mesheryctl().args(["system", "login", "-p", "\u{1b}[2Jgoogle"]).run().exited(2);
    assert!(!far.stderr.contains('\u{1b}'), "{far}");
    assert_eq!(home.auth_bytes(), None);
}

#[test]
fn an_error_in_json_is_one_object_on_stdout_with_the_same_exit_code() {
    let home = Home::new();
    let output = home.mesheryctl().args(["-o", "json", "system", "login"]).run().exited(2);
    let json: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(
        (&json["error"]["code"], &json["error"]["exit"]),
        (&"needs_terminal".into(), &2.into())
    );
    assert_eq!(json["error"]["next"].as_array().unwrap().len(), 3);
}

#[test]
fn a_usage_error_in_json_is_one_object() {
    let home = Home::new();
    for args in
        [&["-o", "json", "system", "login", "--bogus"][..], &["system", "lgoin", "--output=json"]]
    {
        let output = home.mesheryctl().args(args).run().exited(2);
        let json: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
        assert_eq!((&json["error"]["code"], &json["error"]["exit"]), (&"usage".into(), &2.into()));
    }
}

#[test]
fn a_command_without_system_suggests_the_full_command() {
    let home = Home::new();
    for command in ["login", "logout", "check", "provider"] {
        let output = home.mesheryctl().args([command]).run().exited(2);
        assert!(
            output.stderr.contains(&format!("Type:  mesheryctl system {command}\n")),
            "{output}"
        );
    }
}

#[test]
fn a_result_that_cannot_be_written_is_an_error() {
    let home = Home::new();
    for args in [&["version"][..], &["completion", "bash"], &["system", "provider", "list"]] {
        let output = home.mesheryctl().args(args).redirected("> /dev/full").run().exited(1);
        assert!(output.stderr.contains("Cannot write to standard output"), "{output}");
    }
}

#[test]
fn a_suggested_command_never_executes_text_of_a_server() {
    let server = MesheryServer::start().provider("Lay&(id)r5", "https://a.example.org");
    let home = Home::new();
    home.write_config(&config_for(&server.endpoint()));
    let output = home.mesheryctl().args(["system", "login", "-p", "Lay&(id)r"]).run().exited(2);
    assert!(output.stderr.contains("--provider 'Lay&(id)r5'\n"), "{output}");
}

#[test]
fn the_options_of_the_go_cli_are_accepted_after_any_subcommand() {
    let home = Home::new();
    home.write_config(&config_for("http://localhost:1"));
    let run = |args: &[&str]| home.mesheryctl().args(args).run();
    let _ = run(&["system", "login", "-y", "-c", "local", "-p", "None"]).exited(0);
    let _ = run(&["system", "-c", "local", "-y", "check"]).exited(0);
    let _ = run(&["-v", "system", "logout", "--context", "local", "--yes"]).exited(0);
}

#[test]
fn version_help_and_completion_are_printed_on_stdout() {
    let home = Home::new();
    let run = |args: &[&str]| home.mesheryctl().args(args).run().exited(0);
    assert_eq!(run(&["version"]).stdout, format!("mesheryctl {}\n", env!("CARGO_PKG_VERSION")));
    assert!(run(&["--help"]).stdout.contains("mesheryctl system login"));
    assert!(run(&["system", "login", "--help"]).stdout.contains("--with-token < token.txt"));
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(run(&["completion", shell]).stdout.contains("COMPLETE"), "{shell}");
    }
}

#[test]
fn without_a_home_the_program_reports_it() {
    // Without HOME the passwd entry would apply, so a relative HOME stands for a missing one.
    let home = Home::new();
    let output =
        home.mesheryctl().args(["system", "check"]).env("HOME", "relative").run().exited(1);
    assert!(output.stderr.contains("Cannot find your home directory."), "{output}");
}
