//! Which command lines are handed over, and which are errors of this program.

use mesheryctl_tests::*;

use super::{PRINTS, program, stand_in};

fn home_with_go() -> Home {
    let home = Home::new();
    stand_in(&home, "go", PRINTS);
    home
}

#[test]
fn commands_and_flags_of_the_go_program_are_handed_over() {
    let home = home_with_go();
    for line in [
        "adapter deploy x",
        "app list",
        "perf apply --help",
        "system start -y",
        "system -c prod stop --force",
        "system provider switch Meshery",
        "system check --preflight",
        "system check --adapter=istio --operator",
        "help design",
        "--help design",
        "-v -v design",
        "-o xml design",
        "help system start",
        "__complete design l",
        "academy create",
        "system future-command",
        "system login --future-flag",
        "system -Z",
        "--future version",
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        let output = program(&home, &["go"]).args(&words).run().exited(0);
        let expected: String = words.iter().map(|it| format!("[{it}]")).collect();
        assert_eq!(output.stdout, format!("go{expected}\n"), "{line}");
    }
}

#[test]
fn commands_that_both_programs_have_are_not_handed_over() {
    let home = home_with_go();
    for line in ["version", "system check", "system provider list", "completion bash", "--help"] {
        let output = program(&home, &["go"]).args(line.split(' ')).run();
        assert!(!output.stdout.starts_with("go["), "{line}: {output}");
    }
}

#[test]
fn a_mistyped_command_or_flag_is_not_handed_over() {
    let home = home_with_go();
    for (line, said, meant) in [
        ("sytem login", "There is no command sytem.", "mesheryctl system"),
        ("lgoin", "There is no command lgoin.", "mesheryctl system login"),
        ("system lgoin", "There is no command lgoin.", "mesheryctl system login"),
        ("system tokens view", "There is no command tokens.", "mesheryctl system token"),
        ("plugin lst", "There is no command lst.", "mesheryctl plugin list"),
        (
            "system check --verfy",
            "`mesheryctl system check` has no option --verfy.",
            "mesheryctl system check --verify",
        ),
        (
            "system login --tokn-file=canary",
            "`mesheryctl system login` has no option --tokn-file.",
            "mesheryctl system login --token-file",
        ),
        ("--contxt a version", "`mesheryctl` has no option --contxt.", "mesheryctl --context"),
    ] {
        let output = program(&home, &["go"]).args(line.split(' ')).run().exited(2);
        let meant = format!("  Did you mean:            {meant}\n");
        assert!(output.stderr.starts_with(&format!("error: {said}")), "{line}: {output}");
        assert!(output.stderr.contains(&meant), "{line}: {output}");
        assert!(output.stderr.contains("  With the Go mesheryctl:  /"), "{line}: {output}");
        assert!(!output.stderr.contains("canary") && output.stdout.is_empty(), "{line}: {output}");
        let alone = program(&home, &[]).args(line.split(' ')).run().exited(2);
        assert!(!alone.stderr.contains("Go mesheryctl"), "{line}: {alone}");
    }
}

#[test]
fn a_mistyped_command_of_the_go_program_is_handed_over() {
    let home = home_with_go();
    for line in ["desing list", "designs", "system statu", "system log"] {
        let output = program(&home, &["go"]).args(line.split(' ')).run().exited(0);
        assert!(output.stdout.starts_with("go["), "{line}: {output}");
    }
}

#[test]
fn wrong_usage_of_this_program_is_not_handed_over() {
    let home = home_with_go();
    for line in [
        "system login --token=canary",
        "system login --token canary",
        "system login canary-of-a-token-0123456789abcdef",
        "version extra",
        "api --unknown /x",
        "plugin unknown",
        "plugin list --unknown",
        "system whoami --unknown",
        "system login --timeout never",
        "-o xml version",
        "-v -v version",
        "system login -p",
    ] {
        let words: Vec<&str> = line.split(' ').filter(|it| !it.is_empty()).collect();
        let output = program(&home, &["go"]).args(&words).run().exited(2);
        assert!(!output.stdout.starts_with("go["), "{line}: {output}");
        let is_of_login = line.contains("login ") && !line.contains("-p");
        assert!(!is_of_login || !output.stderr.contains("canary"), "{line}: {output}");
    }
}

#[test]
fn a_command_of_the_go_program_without_system_is_misplaced() {
    let home = home_with_go();
    for name in ["start", "logs", "dashboard"] {
        let output = program(&home, &["go"]).args([name]).run().exited(2);
        let type_it = format!("  Type:  mesheryctl system {name}\n");
        assert!(output.stderr.contains(&type_it), "{output}");
    }
}

#[test]
fn an_unknown_command_or_flag_without_a_go_program_is_wrong_usage() {
    let home = Home::new();
    for (line, says) in [
        ("academy", "There is no command academy."),
        ("system future", "There is no command future."),
        ("desing", "Did you mean:  mesheryctl design\n"),
        ("system login --future", "For more information, try '--help'."),
        ("system check -Z", "For more information, try '--help'."),
    ] {
        let output = program(&home, &[]).args(line.split(' ')).run().exited(2);
        assert!(output.stderr.contains(says), "{output}");
    }
}

#[test]
fn the_help_lists_the_commands_of_both_programs() {
    let home = Home::new();
    let help = |words: &[&str]| program(&home, &[]).args(words).run().exited(0).stdout;
    let title = "\nCommands of the Go mesheryctl, handed over to it:\n";
    for (words, ours, theirs) in [
        (&["--help"][..], "\n  system ", "\n  design        Import, apply"),
        (&["help"], "\n  api ", "\n  workspace     Create"),
        (&["system", "--help"], "\n  login ", "\n  start      Start Meshery\n"),
        (&["system", "provider", "-h"], "\n  list ", "\n  switch  Deploy"),
    ] {
        let help = help(words);
        assert!(help.contains(title) && help.contains(ours) && help.contains(theirs), "{help}");
    }
}
