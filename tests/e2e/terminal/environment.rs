//! Environments: without a browser that can return, the login shows another way and the reason.

use mesheryctl_tests::*;

fn login<'h>(home: &'h Home, cloud: &Cloud) -> Program<'h> {
    let run = home.mesheryctl().args(["system", "login", "-p", "Layer5"]);
    run.env("MESHERYCTL_LAYER5_URL", cloud.url())
}

/// The provider's URL in the transcript, which may wrap on the screen.
fn shown_address(screen: &Screen<'_>, cloud: &Cloud) -> String {
    let raw = String::from_utf8(screen.raw()).unwrap();
    let start = raw.find(&format!("{}/login?", cloud.url())).expect("the provider's address");
    raw[start..].split_whitespace().next().unwrap().to_owned()
}

#[test]
fn over_ssh_no_browser_is_opened_and_the_pasted_address_signs_in() {
    let home = Home::new();
    let cloud = Cloud::start();
    let forbidden = Browser::forbidden(&home);
    let run = login(&home, &cloud).env("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22");
    let screen = run.on_terminal(24, 200);
    screen.wait_for("or press Ctrl-C to cancel.");
    let address = shown_address(&screen, &cloud);
    assert!(
        screen.contents().starts_with(&format!(
            "This is an SSH session. To finish, do one of these:\n\
             \x20 1. Open this URL on your own computer, sign in, then paste the final URL from your \
             address bar here (the browser may say that it cannot connect):\n\
             \x20    {address}\n\
             \x20 2. Create a token at {}/security/tokens and paste it or its auth.json here.\n",
            cloud.url()
        )),
        "{}",
        screen.contents()
    );
    let hop = Visitor::new().visit(&address);
    let ended_on = hop.response.header("location").unwrap().to_owned();
    screen.press([Key::Paste(ended_on), Key::Enter]);
    assert_eq!(screen.wait(), 0, "{}", screen.contents());
    assert!(home.auth_text().contains(&cloud.token()));
    drop(forbidden);
}

#[test]
fn each_environment_without_a_browser_is_named() {
    let places = [
        (
            &[("CODESPACES", "true"), ("DISPLAY", ":0")][..],
            MachineKind::Plain,
            "This is a remote workspace.",
        ),
        (
            &[("SSH_TTY", "/dev/pts/9"), ("BROWSER", "w3m:/usr/bin/lynx"), ("DISPLAY", ":10")],
            MachineKind::Plain,
            "This is an SSH session.",
        ),
        (&[], MachineKind::Container, "This is a container."),
        (&[], MachineKind::Plain, "No display is available."),
    ];
    for (variables, machine, why) in places {
        if !MachineKind::is_available() {
            return;
        }
        let home = Home::new();
        let cloud = Cloud::start();
        let forbidden = Browser::forbidden(&home);
        let mut run = login(&home, &cloud).env_remove("DISPLAY").on(machine);
        for (name, value) in variables {
            run = run.env(name, value);
        }
        let screen = run.clone().on_terminal(24, 100);
        screen.wait_for(why);
        screen.wait_for("or press Ctrl-C to cancel.");
        screen.press([Key::CtrlC]);
        assert_eq!(screen.wait(), 130);
        // Without a terminal a paste is impossible: the login does not wait and suggests a command.
        let output = run.run().exited(2);
        assert!(output.stderr.contains(why), "{output}");
        assert!(
            output
                .stderr
                .contains("mesheryctl system login --provider layer5 --with-token < token.txt"),
            "{output}"
        );
        drop(forbidden);
    }
}

#[test]
fn in_a_container_a_pasted_address_signs_in() {
    if !MachineKind::is_available() {
        return;
    }
    let home = Home::new();
    let cloud = Cloud::start();
    let run = login(&home, &cloud).env_remove("DISPLAY").on(MachineKind::Container);
    let screen = run.on_terminal(24, 100);
    screen.wait_for("or press Ctrl-C to cancel.");
    screen.press([Key::Paste(cloud.token()), Key::Enter]);
    assert_eq!(screen.wait(), 0, "{}", screen.contents());
    assert!(home.auth_text().contains(&cloud.token()));
}

#[test]
fn wsl_opens_the_windows_browser_with_and_without_a_linux_display() {
    if !MachineKind::is_available() {
        return;
    }
    for display in [true, false] {
        let home = Home::new();
        let cloud = Cloud::start();
        let browser = Browser::waiting(&home);
        let mut run = login(&home, &cloud).on(MachineKind::Wsl);
        if !display {
            run = run.env_remove("DISPLAY");
        }
        let running = run.spawn();
        let opened = browser.opened_with();
        assert!(opened.argv[0].ends_with("/powershell.exe"), "{opened:?}");
        // In the environment, so that no Windows shell interprets it.
        let url = &opened.env["OPEN_RS_TARGET"];
        assert!(opened.env["WSLENV"].contains("OPEN_RS_TARGET"), "{opened:?}");
        Visitor::new().follow(url);
        let output = running.wait().exited(0);
        let said =
            format!("Opening {} in your Windows browser.", Url::parse(&cloud.url()).authority());
        assert!(output.stderr.contains(&said), "{output}");
        assert!(browser.opened_by_the_end().is_empty(), "Linux' own is left alone");
    }
}

#[test]
fn in_ci_there_is_no_prompt_and_no_browser_even_on_a_terminal() {
    let home = Home::new();
    let cloud = Cloud::start();
    let forbidden = Browser::forbidden(&home);
    let unasked = "Cannot ask which provider to use: this is CI (the variable CI is set).";
    let unopened = "Cannot open a browser in CI. Set MESHERY_TOKEN or pass --with-token.";
    let cases = [
        (&["system", "login"][..], "", unasked),
        (&["system", "login", "-p", "Layer5"], "firefox", unopened),
    ];
    for (args, named, why) in cases {
        let run = home.mesheryctl().args(args).env("CI", "true").env("BROWSER", named);
        let run = run.env("MESHERYCTL_LAYER5_URL", cloud.url());
        let screen = run.on_terminal(24, 120);
        assert_eq!(screen.wait(), 2, "{}", screen.contents());
        assert!(screen.contents().contains(why), "{}", screen.contents());
        assert!(screen.contents().contains("--with-token < token.txt"));
    }
    let unset = home.mesheryctl().args(["system", "login"]).env("CI", "false").on_terminal(24, 80);
    unset.wait_for("Select a Provider");
    unset.press([Key::CtrlC]);
    assert_eq!(unset.wait(), 130);
    assert_eq!(home.auth_bytes(), None);
    drop(forbidden);
}

#[test]
fn in_ci_a_login_reports_that_meshery_token_makes_it_unnecessary() {
    let home = Home::new();
    let run = |args: &[&str]| {
        let run = home.mesheryctl().args(args).env("CI", "true");
        run.env("MESHERY_TOKEN", token::opaque("t")).env("MESHERY_PROVIDER", "Layer5")
    };
    let check = run(&["system", "check"]).run().exited(0);
    assert!(
        check.stdout.contains("- Using MESHERY_TOKEN of Layer5, which is not verified"),
        "{check}"
    );
    let login = run(&["system", "login"]).run().exited(2);
    assert!(login.stderr.contains("With MESHERY_TOKEN (set):  mesheryctl system check"));
    assert_eq!(home.auth_bytes(), None);
}

#[test]
fn the_browser_of_the_variable_is_opened_even_over_ssh_and_text_browsers_are_not() {
    let home = Home::new();
    let cloud = Cloud::start();
    let browser = Browser::waiting(&home);
    let run = login(&home, &cloud).env("SSH_CONNECTION", "a b c d");
    let running = run.env("BROWSER", "w3m:browser-of-the-test --new %s").spawn();
    let opened = browser.opened_with();
    assert!(format!("{opened:?}").contains("--new"), "{opened:?}");
    Visitor::new().follow(&opened.url());
    let _ = running.wait().exited(0);
}

#[test]
fn over_ssh_the_providers_url_is_shown_beside_the_local_link() {
    let home = Home::new();
    let cloud = Cloud::start();
    for (args, browser) in [(&["--no-browser"][..], ""), (&[], "no-such-browser")] {
        let run = login(&home, &cloud).args(args).env("BROWSER", browser);
        let screen = run.env("SSH_TTY", "x").on_terminal(24, 200);
        screen.wait_for("or press Ctrl-C to cancel.");
        let said = screen.contents();
        assert!(said.contains("http://localhost:"), "{said}");
        assert!(said.contains("On another computer, open this URL, sign in, then paste the final URL from your address bar:"), "{said}");
        assert!(said.contains(&format!("{}/login?source=", cloud.url())), "{said}");
        screen.press([Key::CtrlC]);
        assert_eq!(screen.wait(), 130);
    }
}

#[test]
fn check_shows_the_detected_environment() {
    let home = Home::new();
    home.write_auth("{\"meshery-provider\":\"None\",\"token\":\"\"}\n");
    let check = home.mesheryctl().args(["system", "check"]);
    let output = check.env("SSH_TTY", "x").run().exited(0);
    assert!(
        output.stdout.contains(
            "- This is an SSH session. Sign-in prints a URL and waits for you to paste the result\n"
        ),
        "{output}"
    );
}

#[test]
fn the_device_option_shows_how_to_paste_and_opens_no_browser() {
    let home = Home::new();
    let cloud = Cloud::start();
    let forbidden = Browser::forbidden(&home);
    let screen = login(&home, &cloud).args(["--device"]).on_terminal(24, 200);
    screen.wait_for("You asked to sign in on another device. To finish, do one of these:");
    screen.wait_for("or press Ctrl-C to cancel.");
    screen.press([Key::Paste(cloud.token()), Key::Enter]);
    assert_eq!(screen.wait(), 0, "{}", screen.contents());
    let _ = login(&home, &cloud).args(["--device", "--no-browser"]).run().exited(2);
    drop(forbidden);
}
