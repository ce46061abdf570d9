//! Text from outside never begins a row of the terminal, where it could pass for a line of the program.

use std::fs;

use mesheryctl_tests::hostile_files::Library;
use mesheryctl_tests::*;
use serde_json::{Value, json};

use crate::plugins::lifecycle::{install, install_trusted};

const COLUMNS: u16 = 80;

/// The lines that the program wrote, each of which is shown from the first column on.
fn lines(screen: &Screen<'_>) -> Vec<String> {
    let mut raw = String::from_utf8(screen.raw()).unwrap().replace("\r\n", "\n");
    for own in ["\x1b[?25h", "\x1b[?2004h", "\x1b[?2004l"] {
        raw = raw.replace(own, "");
    }
    raw.lines().map(str::to_owned).collect()
}

/// Fails if the terminal would fold a line, in a font that gives each of the marks `U+302E` two columns.
#[track_caller]
fn assert_fits(lines: &[String]) {
    let width =
        |it: &String| it.chars().map(|c| if c == '\u{302e}' { 2 } else { 1 }).sum::<usize>();
    let long: Vec<_> = lines.iter().filter(|it| width(it) > usize::from(COLUMNS)).collect();
    assert!(long.is_empty(), "{long:?}");
}

/// Fails if a line begins so.
#[track_caller]
fn assert_none_begins(lines: &[String], text: &str) {
    let found = lines.iter().any(|it| it.starts_with(text));
    assert!(!found, "{text:?} in {lines:#?}");
}

fn shown(program: Program<'_>) -> Screen<'_> {
    program.env("NO_COLOR", "1").on_terminal(24, COLUMNS)
}

fn mock(home: &Home, settings: &[String]) -> Vec<String> {
    let mut login = home.mesheryctl().args(["system", "login", "-p", "mock"]);
    for set in settings {
        login = login.args(["--set", set]);
    }
    let screen = shown(login);
    let _ = screen.exit_status();
    lines(&screen)
}

#[test]
fn a_message_of_a_provider_is_wrapped_with_an_indentation_whatever_it_consists_of() {
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    for blank in
        ["\u{e000}", "\u{f8ff}", "\u{f0000}", "\u{a0}", "x", "\u{302e}", "\u{9be}", "\u{301}"]
    {
        let hint = format!("hint=x{}✔ Signed in to Layer5", blank.repeat(73));
        let all = mock(&home, &["error=denied".to_owned(), hint]);
        let end = all.iter().position(|it| it.contains("Try again:")).unwrap();
        assert_fits(&all[..end]);
        for line in &all[2..end] {
            assert!(line.starts_with("      "), "{blank:?}: {all:#?}");
        }
        let tell = format!("steps=tell:{}error: mesheryctl is outdated", blank.repeat(74));
        let all = mock(&home, &[tell]);
        assert_fits(&all);
        assert_none_begins(&all, "error:");
    }
}

#[test]
fn a_question_of_a_provider_takes_one_row() {
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    for step in ["ask", "secret"] {
        let set = format!("steps={step}:{}[sudo] password for ada", "\u{302e}".repeat(37));
        let login = home.mesheryctl().args(["system", "login", "-p", "mock", "--set", &set]);
        let screen = shown(login);
        screen.wait_for("…:");
        assert_fits(&lines(&screen));
        screen.press([Key::CtrlC]);
        assert_eq!(screen.wait(), 130);
    }
}

#[test]
fn the_items_of_a_choice_are_wrapped_where_a_number_is_asked_for() {
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    let set = format!("steps=choose:{}✔ Signed in to Layer5|b", "x".repeat(77));
    let login = home.mesheryctl().args(["system", "login", "-p", "mock", "--set", &set]);
    let screen = shown(login.env("TERM", "dumb"));
    screen.wait_for("[1]:");
    screen.press([Key::Enter]);
    let _ = screen.exit_status();
    assert_fits(&lines(&screen));
    assert_none_begins(&lines(&screen), "✔ Signed in to Layer5");
}

#[test]
fn a_url_that_is_folded_begins_no_row_with_a_word_of_its_own() {
    let home = Home::new();
    let answers = Cloud::start();
    install_trusted(&home, "mock-provider", "mock");
    let base = answers.url();
    let padding = "a".repeat(usize::from(COLUMNS) - 5 - base.len() - 1);
    let steps = format!("steps=callback,visit:/{padding}error:mesheryctl.is.outdated...run:this");
    let login = home.mesheryctl().args(["system", "login", "-p", "mock", "--device"]);
    let screen = shown(login.args(["--set", &format!("url={base}"), "--set", &steps]));
    screen.wait_for("Ctrl-C to cancel.");
    let url = lines(&screen).into_iter().find(|it| it.contains(&padding)).unwrap();
    screen.press([Key::CtrlC]);
    assert_eq!(screen.wait(), 130);
    let (first, further) = url.split_at(usize::from(COLUMNS));
    assert_eq!(first, format!("     {base}/{padding}"));
    assert_eq!(further, "%65rror:mesheryctl.is.outdated...run:this");
}

#[test]
fn results_are_wrapped_on_a_terminal_and_whole_in_a_pipe() {
    let home = Home::new();
    let file = install(&home, "mock-provider");
    let manifest = include_str!("../../plugins/mock/provider.json");
    let mut manifest: Value = serde_json::from_str(manifest).unwrap();
    let description = format!("{}Status       trusted by your organisation", "x".repeat(67));
    manifest["description"] = json!(description);
    let library = Library::of(fs::read(&file).unwrap());
    fs::write(&file, library.with_manifest(manifest.to_string().as_bytes())).unwrap();
    fs::write(file.with_file_name("✓ Signed in to Layer5.so"), "no library").unwrap();
    let long = file.with_file_name(format!("{}✓ Signed in.so", "x".repeat(80)));
    fs::write(long, "no library").unwrap();
    let path = format!("{}/✓ Signed in to Layer5 as ada", "x".repeat(100));
    home.write_config(&config_for("http://localhost:1").replace("auth.json", &path));
    for command in [
        &["plugin", "inspect", "mock"][..],
        &["plugin", "list"],
        &["system", "provider", "list"],
        &["system", "check"],
    ] {
        let screen = shown(home.mesheryctl().args(command));
        let _ = screen.exit_status();
        let all = lines(&screen);
        let end = all.iter().position(|it| it.starts_with('✗')).unwrap_or(all.len());
        assert_fits(&all[..end]);
        assert_none_begins(&all[..end], "Status       trusted by");
        assert_none_begins(&all[..end], "✓ Signed in");
        let piped = home.mesheryctl().args(command).run().stdout;
        let is_whole = |it: &str| !it.starts_with("      ");
        assert!(piped.lines().all(is_whole), "{piped}");
    }
    let piped = home.mesheryctl().args(["plugin", "inspect", "mock"]).run().stdout;
    let whole = format!("Description  {}\n", description.replace("       ", " "));
    assert!(piped.contains(&whole), "{piped}");
}

#[test]
fn a_line_break_in_a_path_begins_no_line_of_a_report() {
    let home = Home::new();
    let location = "a\n✓ Signed in to Layer5 as ada@corp.example";
    let yaml = config_for("http://localhost:1");
    home.write_config(&yaml.replace("auth.json", &serde_json::to_string(location).unwrap()));
    fs::write(home.meshery().join(".auth-x\n✓ Accepted by Layer5.tmp"), "half").unwrap();
    for fix in [false, true] {
        let check = home.mesheryctl().args(["system", "check"]);
        let check = if fix { check.args(["--fix"]) } else { check };
        let stdout = check.run().exited(3).stdout;
        let all: Vec<_> = stdout.lines().map(str::to_owned).collect();
        assert!(stdout.contains("✓ Signed in to Layer5 as ada@corp.example"), "{stdout}");
        assert!(stdout.contains("✓ Accepted by Layer5.tmp"), "{stdout}");
        assert_none_begins(&all, "✓ Signed in");
        assert_none_begins(&all, "✓ Accepted");
    }
}

#[test]
fn a_check_quotes_an_account_that_is_not_one_word_as_a_login_does() {
    let home = Home::new();
    install_trusted(&home, "verifying-provider", "verifying");
    let account = "vic@corp, accepted by http://meshery.corp";
    let set = format!("answer={account}");
    fs::write(home.path().join("secret"), "canary").unwrap();
    let login = home.mesheryctl().args(["system", "login", "-p", "verifying", "--set", &set]);
    let login = login.args(["--set", "secret=@secret"]).run().exited(0);
    assert!(
        login.stderr.starts_with(&format!("Signed in to Verifying as \"{account}\".")),
        "{login}"
    );
    let check = home.mesheryctl().args(["system", "check"]).run().exited(0);
    let line = format!("✓ Signed in to Verifying as \"{account}\" (");
    assert!(check.stdout.contains(&line), "{check}");
    // A claim of a token that nobody verified.
    let claims = token::claims("ada@corp, accepted by Layer5", Some(4_000_000_000));
    home.write_auth(crate::sign_in::layer5::saved(&token::jwt(&claims)));
    let check = home.mesheryctl().args(["system", "check"]).run().exited(0);
    let line = "- It says it is for \"ada@corp, accepted by Layer5\"; not verified\n";
    assert!(check.stdout.contains(line), "{check}");
}
