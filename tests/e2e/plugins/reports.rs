//! Failures that plugins report, their questions, and their processes; `faults` has plugins that misbehave.

use std::fs;

use mesheryctl_tests::*;

use crate::plugins::lifecycle::{install_as, install_trusted, sha256};

#[test]
fn a_hanging_plugin_ends_with_a_signal_and_leaves_no_process() {
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    let run = home.mesheryctl().args(["system", "login", "-p", "mock"]);
    let running = run.args(["--set", "steps=tell:before,hang"]).spawn();
    running.wait_for_stderr("before");
    running.kill(Signal::INT);
    let output = running.wait().exited(130);
    assert!(output.stderr.ends_with("Cancelled. Nothing was changed.\n"), "{output}");
    home.assert_no_process_is_left();
    assert_eq!(home.auth_bytes(), None);
}

#[test]
fn a_killed_host_ends_its_worker() {
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    let run = home.mesheryctl().args([
        "system",
        "login",
        "-p",
        "mock",
        "--set",
        "steps=tell:before,hang",
    ]);
    let running = run.spawn();
    running.wait_for_stderr("before");
    running.kill(Signal::KILL);
    let _ = running.wait();
    home.assert_no_process_is_left();
}

#[test]
fn a_library_truncated_at_each_tenth_of_its_length_is_refused() {
    let home = Home::new();
    home.write_auth("old bytes");
    let whole = fs::read(built_library("mock-provider")).unwrap();
    let cut = home.path().join("cut");
    for tenth in 0..10 {
        fs::write(&cut, &whole[..whole.len() * tenth / 10]).unwrap();
        let place = install_as(&home, &cut, "mock-provider");
        let inspected = home.mesheryctl().args(["plugin", "inspect"]).args([&place]).run();
        if inspected.code == Some(0) {
            // The manifest is complete, so the loader in the worker refuses the library.
            let hash = sha256(&home, &place);
            let _ = home
                .mesheryctl()
                .args(["plugin", "trust", "mock", "--sha256", &hash])
                .run()
                .exited(0);
        }
        let output = home.mesheryctl().args(["system", "login", "-p", "mock"]).run();
        assert!(matches!(output.code, Some(2 | 8)), "{tenth} tenths: {output}");
        assert_eq!(home.auth_text(), "old bytes");
    }
}

#[test]
fn a_failure_of_a_plugin_has_the_exit_code_of_its_kind_and_the_plugins_name() {
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    for (kind, code) in [
        ("denied", 4),
        ("unreachable", 5),
        ("timed_out", 6),
        ("refused", 8),
        ("unsupported", 1),
        ("needs_terminal", 2),
        ("invalid_answer", 1),
        ("internal", 8),
    ] {
        let set = format!("error={kind}");
        let run = home.mesheryctl().args(["system", "login", "-p", "mock", "--set", &set]);
        let output = run.run().exited(code);
        assert!(output.stderr.contains("Mock: This failure was asked for."), "{output}");
        assert_eq!(home.auth_bytes(), None);
    }
}

#[test]
fn a_message_of_a_plugin_cannot_control_the_terminal() {
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    let steps = "steps=tell:\u{1b}[2J\u{1b}]0;title\u{7}evil\r\nSigned in to Layer5.\u{202e}";
    let account = "account=\u{1b}[31mroot\n";
    let run =
        home.mesheryctl().args(["system", "login", "-p", "mock", "--set", steps, "--set", account]);
    let output = run.run().exited(0);
    assert!(!output.stderr.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{output}");
    assert!(
        output
            .stderr
            .lines()
            .all(|line| line.starts_with("Mock: ") || line.starts_with("Signed in to Mock as ")),
        "{output}"
    );
}

#[test]
fn a_question_of_a_plugin_ends_when_the_login_ends() {
    for step in ["secret:Pin", "ask:Name", "choose:red|green"] {
        let home = Home::new();
        install_trusted(&home, "mock-provider", "mock");
        let set = format!("steps={step}");
        let run = home.mesheryctl().args([
            "system",
            "login",
            "-p",
            "mock",
            "--timeout",
            "2s",
            "--set",
            &set,
        ]);
        let screen = run.on_terminal(24, 80);
        screen.wait_for("Mock:");
        assert_eq!(screen.wait(), 6, "{step}: {}", screen.contents());
        assert!(screen.contents().contains("Timed out after 2 seconds"), "{}", screen.contents());
        assert_eq!(screen.mode(), Mode::NORMAL);
        assert!(screen.cursor_visible());
        home.assert_no_process_is_left();
    }
}

#[test]
fn fetches_with_too_many_headers_or_connection_headers_are_refused() {
    let cloud = Cloud::start();
    let url = format!("url={}", cloud.url());
    for (step, why) in [
        ("headers:40000", "A request may have at most 100 headers, 64 KiB in total."),
        ("header:Host", "The header Host may not be sent."),
        ("header:Transfer-Encoding", "The header Transfer-Encoding may not be sent."),
        ("header:Proxy-Authorization", "The header Proxy-Authorization may not be sent."),
        ("header:a b", "The header a b may not be sent."),
    ] {
        let home = Home::new();
        install_trusted(&home, "mock-provider", "mock");
        let set = format!("steps={step}");
        let run =
            home.mesheryctl().args(["system", "login", "-p", "mock", "--set", &set, "--set", &url]);
        let output = run.run().exited(8);
        assert!(output.stderr.contains(why), "{output}");
    }
    assert_eq!(cloud.requests().len(), 0);
}

#[test]
fn a_callback_can_be_visited_only_once() {
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    let cloud = Cloud::start();
    let url = format!("url={}", cloud.url());
    let login = |steps: &str| {
        let set = format!("steps={steps}");
        let run = home.mesheryctl().args(["system", "login", "-p", "mock"]);
        run.args(["--set", &set, "--set", &url])
    };
    let none = login("visit:/login").run().exited(8);
    assert!(none.stderr.contains("A visit needs a new callback first."), "{none}");
    let fixed = login("callback-fixed,visit:/login").run().exited(8);
    assert!(fixed.stderr.contains("it has no `state` parameter"), "{fixed}");
    let nine = ["callback"; 9].join(",");
    let many = login(&nine).run().exited(8);
    assert!(many.stderr.contains("Mock: Too many callbacks"), "{many}");
}

#[test]
fn a_panic_is_reported_with_its_location_and_without_advice_that_cannot_reach_a_plugin() {
    let home = Home::new();
    let file = faulty::install_faulty(&home, faulty::PluginFault::Panic, "");
    crate::plugins::lifecycle::trust(&home, &file, "faulty");
    let run = home.mesheryctl().args(["system", "login", "-p", "faulty", "-v"]);
    let output = run.env("RUST_BACKTRACE", "1").run().exited(8);
    assert_eq!(output.stderr.matches("(faults/src/crash.rs:").count(), 2, "{output}");
    assert!(!output.stderr.contains("RUST_BACKTRACE"), "{output}");
}

#[test]
fn a_question_without_a_terminal_suggests_the_settings_that_have_no_value() {
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    let run = home.mesheryctl().args(["system", "login", "-p", "mock"]);
    let run = run.args(["--set", "steps=ask:Which tenant", "--set", "account=a@b.example"]);
    let output = run.run().exited(2);
    assert!(output.stderr.contains("Mock needs to ask \"Which tenant\", but "), "{output}");
    let command = "  If a setting answers it:  mesheryctl system login --provider mock \
                   --set 'steps=ask:Which tenant' --set 'account=a@b.example' --set script=… --set error=… --set expires_in=…\n";
    assert!(output.stderr.contains(command), "{output}");
}

#[test]
fn a_chosen_port_is_for_one_callback() {
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    let port = free_port().to_string();
    let run = home.mesheryctl().args(["system", "login", "-p", "mock", "--callback-port", &port]);
    let output = run.args(["--set", "steps=callback,callback"]).run().exited(8);
    let says = "Mock: A second callback cannot use the port of --callback-port.";
    assert!(output.stderr.contains(says), "{output}");
}

#[test]
fn a_command_in_a_plugins_hint_is_not_suggested_by_the_program() {
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    let run = home.mesheryctl().args(["system", "login", "-p", "mock", "--set", "error=denied"]);
    let output = run.args(["--set", "hint=mesheryctl plugin trust evil"]).run().exited(4);
    let said: Vec<&str> = output.stderr.lines().filter(|it| it.contains("trust evil")).collect();
    let [line, again] = said[..] else { panic!("{output}") };
    assert!(line.starts_with("error: Mock: "), "{output}");
    assert!(
        again.starts_with("  Try again:  mesheryctl system login --provider mock "),
        "{output}"
    );
}
