//! The settings of a provider: as text, from a file, from standard input, or as the answer of a person.

use std::fs;

use mesheryctl_tests::*;

use crate::plugins::lifecycle::{install, install_trusted};
use crate::terminal::prompt::assert_restored;

const SERVER: &str = "server=https://api.example";
const WARNING: &str =
    "Other users can read key in the process list. To avoid that, use --set key=@FILE.";

fn keyed<'h>(home: &'h Home, set: &[&str]) -> Program<'h> {
    let run = home.mesheryctl().args(["system", "login", "-p", "keyed"]);
    set.iter().fold(run, |run, it| run.args(["--set", it]))
}

fn home() -> Home {
    let home = Home::new();
    install_trusted(&home, "keyed-provider", "keyed");
    home
}

#[test]
fn a_setting_is_read_from_a_file_or_standard_input_without_its_last_line_break() {
    let home = home();
    fs::write(home.path().join("key.txt"), "hunter22\n").unwrap();
    let of_file = keyed(&home, &[SERVER, "key=@key.txt", "label=@@me"]).run().exited(0);
    assert!(of_file.stderr.contains("Keyed: https://api.example @me key of 8 characters"));
    assert!(!of_file.stderr.contains("process list"), "{of_file}");
    let of_input = keyed(&home, &[SERVER, "key=-"]).stdin("hunter222\r\n").run().exited(0);
    assert!(of_input.stderr.contains("key of 9 characters"), "{of_input}");
    assert!(!format!("{of_file}{of_input}").contains("hunter"));
}

#[test]
fn a_setting_is_read_from_the_variable_that_inspect_names_and_set_has_precedence() {
    let home = home();
    let inspect = home.mesheryctl().args(["plugin", "inspect", "keyed"]).run().exited(0);
    assert!(inspect.stdout.contains(" [variable: MESHERYCTL_KEYED__KEY]\n"), "{inspect}");
    let with_variable = |set: &[&str]| {
        let run = keyed(&home, set).env("MESHERYCTL_KEYED__KEY", "hunter22");
        run.env("MESHERYCTL_KEYED__SERVER", "https://api.example").run().exited(0)
    };
    let output = with_variable(&[]);
    assert!(output.stderr.contains("https://api.example key of 8 characters"), "{output}");
    assert!(!output.stderr.contains("process list") && !output.stderr.contains("hunter"));
    fs::write(home.path().join("key.txt"), "hunter2").unwrap();
    let output = with_variable(&["key=@key.txt"]);
    assert!(output.stderr.contains("key of 7 characters"), "{output}");
}

#[test]
fn a_secret_setting_on_the_command_line_is_used_with_a_warning() {
    let home = home();
    let output = keyed(&home, &[SERVER, "key=hunter2"]).run().exited(0);
    assert!(output.stderr.contains("key of 7 characters"), "{output}");
    assert_eq!(output.stderr.matches(WARNING).count(), 1, "{output}");
    assert!(!output.stderr.contains("hunter"), "{output}");
}

#[test]
fn a_setting_that_cannot_be_read_is_refused_without_its_text() {
    let home = home();
    let missing = keyed(&home, &[SERVER, "key=@hunter2"]).run().exited(2);
    assert!(
        missing.stderr.contains("Cannot read the setting key from its file: no such file."),
        "{missing}"
    );
    assert!(missing.stderr.contains("If the value begins with @:  --set key=@@…"), "{missing}");
    assert!(!missing.stderr.contains("hunter"), "{missing}");
    let twice = keyed(&home, &["server=-", "key=-"]).stdin("https://a.example").run().exited(2);
    assert!(twice.stderr.contains("Standard input can be read for one setting only."), "{twice}");
    let _ = keyed(&home, &["key=-"]).args(["--with-token"]).stdin("x").run().exited(2);
    let screen = keyed(&home, &[SERVER, "key=-"]).on_terminal(24, 100);
    assert_eq!(screen.wait(), 2);
    assert!(screen.contents().contains("but standard input is a terminal."), "{screen:?}");
    assert_eq!(home.auth_bytes(), None);
}

#[test]
fn without_a_terminal_a_missing_setting_is_named_with_all_others() {
    let home = home();
    let output = keyed(&home, &["label=me"]).run().exited(2);
    assert!(output.stderr.contains("Keyed requires the settings server, key."), "{output}");
    assert!(
        output.stderr.contains(
            "Set it:  mesheryctl system login --provider keyed --set 'label=me' --set server=… --set key=@FILE"
        ),
        "{output}"
    );
}

#[test]
fn a_suggested_command_repeats_the_file_of_a_secret_but_not_a_secret() {
    let home = home();
    fs::write(home.path().join("key.txt"), "hunter2").unwrap();
    for (set, again) in [("key=hunter2", ""), ("key=@key.txt", " --set 'key=@key.txt'")] {
        let output = keyed(&home, &[set]).run().exited(2);
        let command = format!("mesheryctl system login --provider keyed{again} --set server=…\n");
        assert!(output.stderr.contains(&format!("Set it:  {command}")), "{output}");
        assert!(!output.stderr.contains("hunter"), "{output}");
    }
}

#[test]
fn a_missing_setting_is_asked_for_and_a_secret_one_is_not_shown() {
    let home = home();
    let screen = home.mesheryctl().args(["system", "login"]).on_terminal(24, 80);
    screen.wait_for("    Keyed");
    screen.press([Key::Up]);
    screen.wait_for("▸ Keyed");
    screen.press([Key::Enter]);
    screen.wait_for("Keyed requires the setting server: The URL of the server.\nserver:");
    screen.press([Key::text("ftp:"), Key::Enter]);
    screen.wait_for("It must be an https URL, or http on this computer.\nserver:");
    screen.press([Key::Paste("https://api.example".into()), Key::Enter]);
    screen.wait_for("Keyed requires the setting key: Your API key.\nkey (hidden):");
    screen.press([Key::Paste("hunter2".into()), Key::Enter]);
    assert_eq!(screen.wait(), 0, "{screen:?}");
    let shown = screen.contents();
    assert!(shown.contains("Keyed: https://api.example key of 7 characters"), "{screen:?}");
    assert!(!String::from_utf8(screen.raw()).unwrap().contains("hunter"));
    assert_restored(&screen);
}

#[test]
fn the_question_of_trust_names_the_host_that_was_answered_and_precedes_secret_settings() {
    let home = Home::new();
    install(&home, "keyed-provider");
    let screen = keyed(&home, &[]).on_terminal(24, 100);
    screen.wait_for("\nserver:");
    screen.press([Key::Paste("https://api.example".into()), Key::Enter]);
    screen.wait_for("Trust it? [y/N]");
    assert!(screen.contents().contains("It may connect to: api.example."), "{screen:?}");
    assert!(!screen.contents().contains("key (hidden)"), "{screen:?}");
    screen.press([Key::text("y"), Key::Enter]);
    screen.wait_for("key (hidden):");
    screen.press([Key::Enter]);
    assert_eq!(screen.wait(), 2, "{screen:?}");
    let shown = screen.contents();
    assert!(shown.contains("Keyed requires the setting key: Your API key. Nothing was changed."));
    let again = "--provider keyed --set 'server=https://api.example' --set key=@FILE";
    assert!(shown.contains(again), "{screen:?}");
    assert_restored(&screen);
}

#[test]
fn inspect_marks_required_and_secret_settings() {
    let home = Home::new();
    let file = install(&home, "keyed-provider");
    let output = home.mesheryctl().args(["plugin", "inspect"]).args([file]).run().exited(0);
    for line in [
        "Setting      server (required): The URL of the server.",
        "Setting      key (required, secret): Your API key.",
        "Setting      label: Any text.",
    ] {
        assert!(output.stdout.contains(line), "{output}");
    }
}
