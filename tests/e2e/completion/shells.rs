//! The script of each shell, in the shell itself.

use std::path::Path;

use mesheryctl_tests::*;

/// A home with two contexts and a token.
fn home() -> Home {
    let home = Home::new();
    home.write_config(
        "contexts:\n  local: {endpoint: http://localhost:9081}\n  prod-eu: {}\n\
         current-context: local\ntokens:\n  - {name: default, location: auth.json}\n",
    );
    home
}

/// A PATH on which `mesheryctl` is the program under test.
fn path() -> String {
    format!("{}:/usr/bin:/bin", binary().parent().unwrap().display())
}

/// What bash offers at the end of this line, as its own parser of words separates it.
fn in_bash(home: &Home, bash: &Path, line: &str) -> Vec<String> {
    // `read` and `complete` are those of a shell without a terminal, so the words are given as bash would separate them.
    let separated = line.replace('=', " = ").replace("=  ", "= ");
    let separated = separated.strip_suffix("= ").map_or(separated.clone(), |it| format!("{it}="));
    let words: String = separated.split(' ').map(|word| format!(" '{word}'")).collect();
    let script = format!(
        "source <(mesheryctl completion bash)\ncomplete -p mesheryctl >/dev/null || exit 9\n\
         COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMP_TYPE=9\n\
         [ \"${{COMP_WORDS[COMP_CWORD]}}\" = = ] && word= || word=${{COMP_WORDS[COMP_CWORD]}}\n\
         _clap_complete_mesheryctl mesheryctl \"$word\" \"\"\nprintf '%s\\n' \"${{COMPREPLY[@]}}\""
    );
    let shell = home.program(bash).args(["--norc", "--noprofile", "-c", &script]);
    let output = shell.env("PATH", path()).run().exited(0);
    assert_eq!(output.stderr, "");
    output.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn bash_offers_commands_values_and_the_rest_of_a_value() {
    let Some(bash) = installed("bash") else { return };
    let home = home();
    for (line, expected) in [
        ("mesheryctl system log", &["login", "logout", "logs"][..]),
        ("mesheryctl desi", &["design"]),
        ("mesheryctl -c ", &["local", "prod-eu"]),
        ("mesheryctl --context prod", &["prod-eu"]),
        ("mesheryctl --context=", &["local", "prod-eu"]),
        ("mesheryctl --context=prod", &["prod-eu"]),
        ("mesheryctl system login --provider None --no-b", &["--no-browser"]),
        ("mesheryctl system login -p layer5 --set ", &["url="]),
        ("mesheryctl system token view def", &["default"]),
        ("mesheryctl unknown", &[""]),
    ] {
        assert_eq!(in_bash(&home, &bash, line), expected, "{line}");
    }
}

#[test]
fn fish_offers_commands_and_values_with_what_they_are() {
    let Some(fish) = installed("fish") else { return };
    let home = home();
    for (line, expected) in [
        ("mesheryctl system whoa", "whoami\tShow whose token is in use\n"),
        ("mesheryctl works", "workspace\tCreate, list, show and delete workspaces\n"),
        ("mesheryctl --context lo", "local\thttp://localhost:9081\n"),
        ("mesheryctl --context=lo", "--context=local\thttp://localhost:9081\n"),
        ("mesheryctl version; mesheryctl system token view d", "default\tauth.json\n"),
        ("mesheryctl unknown", ""),
    ] {
        let script = format!("mesheryctl completion fish | source; complete -C '{line}'");
        let shell = home.program(&fish).args(["--no-config", "-c", &script]);
        let output = shell.env("PATH", path()).run().exited(0);
        assert_eq!((output.stdout.as_str(), output.stderr.as_str()), (expected, ""), "{line}");
    }
}

#[test]
fn zsh_completes_a_command_line_that_is_typed() {
    let Some(zsh) = installed("zsh") else { return };
    let home = home();
    let screen = home.program(zsh).args(["-f", "-i"]).env("PATH", path()).on_terminal(30, 100);
    screen.send(b"PS1='begun> '; autoload -Uz compinit && compinit -u -D; clear\r");
    screen.wait_for_contents("begun>");
    // Another prompt, so that the screen before this command is not taken for the one after it.
    screen.send(b"source <(mesheryctl completion zsh); PS1='ready> '; clear\r");
    screen.wait_for_contents("ready>");
    for (typed, completed) in [
        ("mesheryctl system whoa\t", "mesheryctl system whoami"),
        ("mesheryctl -c prod\t", "mesheryctl -c prod-eu"),
        ("mesheryctl --context=prod\t", "mesheryctl --context=prod-eu"),
        ("mesheryctl workspa\t", "mesheryctl workspace"),
    ] {
        screen.send(typed.as_bytes());
        screen.wait_for_contents(&format!("ready> {completed}"));
        // Ctrl-U empties the line.
        screen.send(b"\x15");
        screen.wait_for_contents("ready>");
    }
    screen.send(b"exit\r");
    assert_eq!(screen.wait(), 0);
}

/// PowerShell and elvish are no packages of Debian 12: their scripts are only compared as text.
#[test]
fn the_scripts_of_powershell_and_elvish_call_this_program() {
    let home = home();
    let script = |shell| home.mesheryctl().args(["completion", shell]).run().exited(0).stdout;
    let binary = binary().display().to_string();
    let powershell = script("powershell");
    for part in [
        "Register-ArgumentCompleter -Native -CommandName mesheryctl -ScriptBlock {",
        "$env:COMPLETE = \"powershell\"",
        &format!("& {binary} -- $args"),
    ] {
        assert!(powershell.contains(part), "{powershell}");
    }
    let elvish = script("elvish");
    assert!(elvish.contains("set edit:completion:arg-completer[mesheryctl]"), "{elvish}");
    assert!(elvish.contains(&format!("COMPLETE=\"elvish\" {binary} -- $@words")), "{elvish}");
}

#[test]
fn a_script_calls_the_program_by_the_name_that_it_was_called_by() {
    let Some(bash) = installed("bash") else { return };
    let home = home();
    let script = "mesheryctl completion fish";
    let shell = home.program(bash).args(["-c", script]).env("PATH", path());
    let output = shell.run().exited(0);
    assert!(output.stdout.contains("(COMPLETE=fish mesheryctl -- "), "{output}");
}

#[test]
fn a_shell_that_is_unknown_gets_no_answer() {
    let home = home();
    let asked = home.mesheryctl().env("COMPLETE", "sh").args(["--", "mesheryctl", "sys"]).run();
    let output = asked.exited(1);
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("", ""));
}

#[test]
fn the_variable_of_completion_alone_changes_no_command() {
    let home = home();
    let output = home.mesheryctl().env("COMPLETE", "bash").args(["version"]).run().exited(0);
    assert!(output.stdout.starts_with("mesheryctl "), "{output}");
}
