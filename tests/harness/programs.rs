//! Programs without a terminal.

use mesheryctl_tests::*;

fn sh<'h>(home: &'h Home, text: &str) -> Program<'h> {
    home.program(home.script("program", text))
}

#[test]
fn exit_code_stdout_and_stderr_are_separate() {
    let home = Home::new();
    let output = sh(&home, "echo out; echo err >&2; exit 7").run();
    let expected =
        Output { code: Some(7), signal: None, stdout: "out\n".into(), stderr: "err\n".into() };
    assert_eq!(output, expected);
}

#[test]
fn an_exit_code_and_a_signal_are_distinct() {
    let home = Home::new();
    let output = sh(&home, "exit 130").run();
    assert_eq!((output.code, output.signal), (Some(130), None));
    let output = sh(&home, "kill -INT $$").run();
    assert_eq!((output.code, output.signal), (None, Some(2)));
}

#[test]
fn the_environment_is_built_and_not_inherited() {
    let home = Home::new();
    let program = home.program("/usr/bin/env").env("MESHERY_TOKEN", "t").env_remove("DISPLAY");
    let output = program.run().exited(0);
    let mut names: Vec<_> =
        output.stdout.lines().filter_map(|line| line.split('=').next()).collect();
    names.sort_unstable();
    assert_eq!(names, ["HOME", "LANG", "MESHERY_TOKEN", "PATH", "TERM", "TMPDIR"]);
}

#[test]
fn a_program_starts_in_its_home_without_a_terminal() {
    let home = Home::new();
    let text = "pwd; test -e /dev/tty && (: </dev/tty) 2>/dev/null && echo 'a terminal'; test -t 0; echo $?";
    let output = sh(&home, text).run().exited(0);
    assert_eq!(output.stdout, format!("{}\n1\n", home.path().display()));
}

#[test]
fn stdin_delivers_all_bytes_and_ends() {
    let home = Home::new();
    let long = "x".repeat(300_000);
    assert_eq!(home.program("/bin/cat").stdin(&long).run().exited(0).stdout, long);
    assert_eq!(home.program("/bin/cat").run().exited(0).stdout, "");
}

#[test]
fn unread_stdin_does_not_block_the_program() {
    let home = Home::new();
    let _ = sh(&home, "exit 0").stdin("x".repeat(300_000)).run().exited(0);
}

#[test]
fn a_redirection_works_as_in_a_shell() {
    let home = Home::new();
    let output = sh(&home, "echo x || exit 4").redirected(">/dev/full").run();
    assert_eq!(output.code, Some(4), "{output}");
    let _ = sh(&home, "echo x").redirected(">out.txt").run().exited(0);
    assert_eq!(home.snapshot().bytes("out.txt"), Some(&b"x\n"[..]));
}

#[test]
fn a_running_program_can_be_observed_and_signalled() {
    let home = Home::new();
    let running = sh(
        &home,
        "trap 'echo cancelled >&2; exit 130' INT; echo ready >&2; while :; do sleep 0.01; done",
    );
    let running = running.spawn();
    assert_eq!(running.wait_for_stderr("ready"), "ready\n");
    running.kill(Signal::INT);
    assert_eq!(running.wait().exited(130).stderr, "ready\ncancelled\n");
}

#[test]
#[should_panic(
    expected = "stderr should contain \"done\"; it ended before: exit code 0\n--- stdout\nsome\n"
)]
fn a_wait_for_text_fails_when_the_stream_ends() {
    let home = Home::new();
    sh(&home, "echo some").spawn().wait_for_stderr("done");
}

#[test]
#[should_panic(
    expected = "the exit code should be 0, but: exit code 3\n--- stdout\n\n--- stderr\nwhy\n"
)]
fn a_wrong_exit_code_is_reported_with_the_output() {
    let home = Home::new();
    let _ = sh(&home, "echo why >&2; exit 3").run().exited(0);
}

#[test]
fn dropping_a_program_kills_its_children() {
    let home = Home::new();
    let running = sh(&home, "sleep 1000 & echo ready; sleep 1000").spawn();
    running.wait_for_stdout("ready");
    drop(running);
    home.assert_no_process_is_left();
}

#[test]
fn permissions_apply_to_the_user_nobody() {
    let home = Home::new();
    home.write_auth("secret");
    set_mode(&home.meshery(), 0o500);
    let text = "id -u; cat .meshery/auth.json; echo >.meshery/new || echo refused; echo >mine && echo made";
    let output = sh(&home, text).as_nobody().run();
    assert!(output.stdout.ends_with("\nsecretrefused\nmade\n"), "{output}");
    assert!(!output.stdout.starts_with("0\n"), "{output}");
}

/// A killed test process: it drops nothing.
fn assert_killed_with_its_thread(start: impl Fn(&Home) -> Running<'_> + Sync) {
    let home = Home::new();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let running = start(&home);
            running.wait_for_stdout("ready");
            std::mem::forget(running);
        });
    });
    home.assert_no_process_is_left();
}

#[test]
fn a_program_is_killed_with_the_thread_that_started_it() {
    assert_killed_with_its_thread(|home| sh(home, "echo ready; exec sleep 1000").spawn());
}

#[test]
fn a_program_of_the_user_nobody_is_killed_with_the_thread_that_started_it() {
    assert_killed_with_its_thread(|home| {
        sh(home, "echo ready; exec sleep 1000").as_nobody().spawn()
    });
}

#[test]
fn the_user_nobody_has_no_supplementary_groups() {
    let home = Home::new();
    let output = sh(&home, "id -u; id -G").as_nobody().run().exited(0);
    let own = rustix::process::geteuid().as_raw().to_string();
    let expected = if own == "0" { "65534\n65534\n" } else { own.as_str() };
    assert!(output.stdout.starts_with(expected), "{output}");
}

#[test]
fn concurrent_programs_have_separate_output() {
    std::thread::scope(|scope| {
        for number in 0..16 {
            scope.spawn(move || {
                let home = Home::new();
                let output =
                    sh(&home, &format!("cat; exit {number}")).stdin(number.to_string()).run();
                assert_eq!(output.exited(number).stdout, number.to_string());
            });
        }
    });
}
