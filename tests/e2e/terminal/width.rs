//! The width of the terminal: help and messages are wrapped between words, and commands and URLs stay whole.

use mesheryctl_tests::*;

use crate::plugins::lifecycle::install_trusted;

/// What the program wrote to a terminal of this width, in its own lines.
fn written(screen: &Screen<'_>) -> Vec<String> {
    let raw = String::from_utf8(screen.raw()).unwrap();
    raw.replace("\r\n", "\n").lines().map(str::to_owned).collect()
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

/// The paths of all commands, as the help lists them.
fn commands(home: &Home, path: &[String]) -> Vec<Vec<String>> {
    let help = home.mesheryctl().args(path).args(["--help"]).run().exited(0).stdout;
    let listed = help.split_once("Commands:\n").map_or("", |(_, rest)| rest);
    let listed = listed.lines().take_while(|it| !it.is_empty());
    // The description of a command may go on below it, further to the right.
    let names = listed.filter(|it| it.starts_with("  ") && !it.starts_with("   "));
    let names = names.filter_map(|it| it.split_whitespace().next()).filter(|it| *it != "help");
    let mut all = vec![path.to_vec()];
    for name in names {
        all.extend(commands(home, &[path, &[name.to_owned()]].concat()));
    }
    all
}

#[test]
fn the_help_of_every_command_is_wrapped_between_words_and_its_examples_are_whole() {
    let home = Home::new();
    let all = commands(&home, &[]);
    assert!(all.contains(&["system", "provider", "list"].map(str::to_owned).to_vec()), "{all:?}");
    for path in all {
        let help = |columns: u16| {
            let screen = home
                .mesheryctl()
                .args(&path)
                .args(["--help"])
                .env("NO_COLOR", "1")
                .on_terminal(200, columns);
            assert_eq!(screen.wait(), 0);
            written(&screen)
        };
        let (wide, usual, narrow) = (help(500), help(80), help(40));
        for (lines, columns) in [(&usual, 80), (&narrow, 40)] {
            assert_eq!(words(&lines.join("\n")), words(&wide.join("\n")), "{path:?}");
            // The usage is a command: it stays whole.
            let mut texts = lines.iter().filter(|it| !it.starts_with("Usage: "));
            let is_long = |it: &&String| it.chars().count() > columns && words(it).len() > 1;
            assert_eq!(texts.find(is_long), None, "{path:?} at {columns}");
        }
        for example in wide.iter().filter(|it| it.starts_with("  mesheryctl ")) {
            assert!(usual.contains(example), "{path:?}: {example}");
        }
    }
}

#[test]
fn an_error_is_wrapped_between_words_on_a_terminal_and_one_line_in_a_pipe() {
    let home = Home::new();
    let login = || home.mesheryctl().args(["system", "login", "-p", "Lyer5"]).env("NO_COLOR", "1");
    let piped = login().run().exited(2).stderr;
    let message = piped.lines().next().unwrap();
    let command = "mesheryctl system login --provider Layer5";
    assert_eq!(piped.lines().nth(1).unwrap(), format!("  Did you mean:  {command}"));
    for (columns, command) in [
        (80, format!("  Did you mean:  {command}")),
        (40, "  Did you mean:\n    mesheryctl system login --provider \\\n      Layer5".to_owned()),
    ] {
        let screen = login().on_terminal(24, columns);
        assert_eq!(screen.wait(), 2);
        let all = written(&screen);
        let end = all.iter().position(|it| it.starts_with("  Did you mean:")).unwrap();
        let (said, suggested) = all.split_at(end);
        let said = said.join("\n");
        assert_eq!(words(&said)[1..], words(message)[1..], "{said}");
        assert!(said.lines().all(|it| it.chars().count() <= usize::from(columns)), "{said}");
        assert!(said.lines().skip(1).all(|it| it.starts_with("  ")), "{said}");
        assert_eq!(suggested.join("\n"), command);
    }
}

#[test]
fn the_instructions_of_a_sign_in_are_wrapped_between_words_and_its_url_is_whole() {
    let home = Home::new();
    let cloud = Cloud::start();
    let shown = |columns: u16| {
        let run = home.mesheryctl().args(["system", "login", "-p", "Layer5"]);
        let run = run.env("MESHERYCTL_LAYER5_URL", cloud.url()).env("NO_COLOR", "1");
        let screen = run.env("SSH_TTY", "/dev/pts/9").on_terminal(24, columns);
        screen.wait_for("Ctrl-C to cancel.");
        let lines = written(&screen);
        screen.press([Key::CtrlC]);
        assert_eq!(screen.wait(), 130);
        let end = lines.iter().position(|it| it.contains("Waiting")).unwrap();
        lines[..end].to_vec()
    };
    let wide = shown(500);
    assert_eq!(wide.len(), 4, "{wide:?}");
    // Each login has a port and a secret of its own.
    let url = |lines: &[String]| {
        let urls: Vec<String> = lines
            .iter()
            .filter(|it| it.contains("/login?"))
            .map(|it| it.trim().to_owned())
            .collect();
        assert_eq!(urls.len(), 1, "{lines:?}");
        urls[0].clone()
    };
    for columns in [80, 40] {
        let lines = shown(columns);
        let said = lines.join("\n").replace(&url(&lines), "URL");
        assert_eq!(words(&said), words(&wide.join("\n").replace(&url(&wide), "URL")));
        let is_whole =
            |it: &str| it.chars().count() <= usize::from(columns) || words(it).len() == 1;
        assert!(said.lines().all(is_whole), "{said}");
        assert!(said.lines().skip(1).all(|it| it.starts_with("  ")), "{said}");
    }
}

#[test]
fn the_line_of_a_wait_fits_a_narrow_screen_and_names_the_way_out() {
    let home = Home::new();
    let cloud = Cloud::start();
    let run = home.mesheryctl().args(["system", "login", "-p", "Layer5", "--no-browser"]);
    let screen = run.env("MESHERYCTL_LAYER5_URL", cloud.url()).on_terminal(24, 40);
    screen.wait_for("). Ctrl-C to cancel.");
    assert!(screen.contents().lines().any(|it| it.starts_with("Waiting (")), "{screen:?}");
    screen.press([Key::CtrlC]);
    assert_eq!(screen.wait(), 130);
}

#[test]
fn a_resize_leaves_one_line_of_the_wait_on_a_terminal_that_wraps_lines_anew() {
    let home = Home::new();
    let cloud = Cloud::start();
    let run = home.mesheryctl().args(["system", "login", "-p", "Layer5", "--no-browser"]);
    let screen = run.env("MESHERYCTL_LAYER5_URL", cloud.url()).on_terminal(24, 80);
    screen.wait_for("or press Ctrl-C to cancel.");
    for (columns, form) in [
        (40, "). Ctrl-C to cancel."),
        (20, "Waiting ("),
        (60, "). Ctrl-C to cancel."),
        (90, ". Paste a token or URL, or press Ctrl-C to cancel."),
    ] {
        // The cursor is on the line, which the program does not draw while it is rewrapped.
        screen.wait_until(|it| it.cursor_position().1 == 0);
        screen.resize_rewrapping(24, columns);
        screen.wait_for(form);
        screen.wait_until(|it| {
            let last = it.contents();
            last.trim_end().ends_with(form) || (columns == 20 && last.trim_end().ends_with(")."))
        });
        assert_eq!(screen.contents().matches("Waiting").count(), 1, "{columns}: {screen:?}");
        assert_eq!(screen.contents().matches("URL").count(), if columns == 90 { 2 } else { 1 });
    }
    screen.press([Key::CtrlC]);
    assert_eq!(screen.wait(), 130);
    assert!(!screen.contents().contains("Waiting"), "{screen:?}");
}

#[test]
fn the_url_of_a_device_code_is_whole_on_a_narrow_screen() {
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    let url = "http://localhost:9081/device/with/a/long/path";
    let set = format!("url={url}");
    let run = home.mesheryctl().args(["system", "login", "-p", "mock", "--set", "steps=show_code"]);
    let screen = run.args(["--set", &set]).env("NO_COLOR", "1").on_terminal(24, 40);
    assert_eq!(screen.wait(), 0, "{screen:?}");
    let lines = written(&screen);
    assert!(lines[0].ends_with("Mock: Sign in on any device:"), "{lines:?}");
    // The row that begins with `n` begins with its encoded form.
    assert_eq!(lines[1], format!("  {}", url.replace("long", "lo%6Eg")));
}
