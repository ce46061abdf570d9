//! How the Go program is started: as the shell would start it, in the place of this process.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;

use mesheryctl_tests::*;

use super::{PRINTS, program, search_path, stand_in};

#[test]
fn every_argument_arrives_byte_for_byte() {
    let home = Home::new();
    stand_in(&home, "go", r#"printf '%s\0' "$@" | od -An -v -tx1"#);
    let arguments = ["design", "", " a\n\tb ", "--flag=x", "--", "-", "'\"$(touch x)`\\", "é"];
    let mut arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
    arguments.push(OsString::from_vec(vec![0xff, b'=', 0xc3, 0x28, 0x80]));
    let expected: Vec<String> = arguments
        .iter()
        .flat_map(|it| [it.as_encoded_bytes(), &[0]].concat())
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let output = program(&home, &["go"]).args(&arguments).run().exited(0);
    let printed: Vec<&str> = output.stdout.split_whitespace().collect();
    assert_eq!(printed, expected);
}

#[test]
fn the_global_flags_before_a_command_arrive_as_they_were_typed() {
    let home = Home::new();
    stand_in(&home, "go", PRINTS);
    let arguments = ["-v", "--config", "design", "--config=b c", "-ycprod", "design", "list", "-h"];
    let output = program(&home, &["go"]).args(arguments).run().exited(0);
    let expected = arguments.map(|it| format!("[{it}]")).concat();
    assert_eq!(output.stdout, format!("go{expected}\n"));
}

#[test]
fn every_exit_code_is_that_of_the_go_program() {
    let home = Home::new();
    stand_in(&home, "go", "exit $2");
    let script = "code=0; while [ $code -le 255 ]; do ended=0; \"$0\" design $code || ended=$?; \
                  [ $ended = $code ] || echo \"$code: $ended\"; code=$((code + 1)); done";
    let shell = home.program("/bin/sh").args(["-c", script]).args([binary()]);
    let output = shell.env("PATH", search_path(&home, &["go"])).run().exited(0);
    assert_eq!(output.stdout, "");
}

#[test]
fn a_signal_that_ends_the_go_program_ends_this_one() {
    let home = Home::new();
    stand_in(&home, "go", "ulimit -c 0; kill -$2 $$");
    for (name, signal) in [("SEGV", 11), ("KILL", 9), ("TERM", 15), ("PIPE", 13)] {
        let output = program(&home, &["go"]).args(["design", name]).run();
        assert_eq!((output.code, output.signal), (None, Some(signal)), "{output}");
    }
}

#[test]
fn it_is_the_same_process_with_the_same_input_and_directory() {
    let home = Home::new();
    stand_in(&home, "go", "echo $$; pwd; cat");
    let running = program(&home, &["go"]).args(["design"]).stdin(b"of a pipe\n").spawn();
    let pid = running.pid();
    let output = running.wait().exited(0);
    assert_eq!(output.stdout, format!("{pid}\n{}\nof a pipe\n", home.path().display()));
}

#[test]
fn the_environment_has_one_variable_more() {
    let home = Home::new();
    let direct = stand_in(&home, "go", "/usr/bin/env -0 | sort -z | tr '\\0' '\\n'");
    let extra = OsString::from_vec(vec![0xff, b'\'', 0x80]);
    let started = |program: Program<'_>| {
        let program = program.env("ODD", &extra).env("COMPLETE", "bash").env("OLD", "");
        program.env("MESHERYCTL_HANDED_OVER", "1:x:1.2").args(["design"]).run().exited(0).stdout
    };
    let path = search_path(&home, &["go"]);
    let without = |text: String| {
        let lines = text.lines().map(str::to_owned);
        lines.filter(|it| !it.starts_with("MESHERYCTL_HANDED_OVER=")).collect::<Vec<_>>()
    };
    let (handed, direct) =
        (started(program(&home, &["go"])), started(home.program(direct).env("PATH", path)));
    assert_eq!(handed.matches("MESHERYCTL_HANDED_OVER=2:").count(), 1, "{handed}");
    assert_eq!(without(handed), without(direct));
}

#[test]
fn signals_are_ignored_and_blocked_as_they_were_and_a_closed_pipe_ends_it() {
    let home = Home::new();
    let direct = stand_in(&home, "go", "exec grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status");
    let inherited = ["/usr/bin/env", "--ignore-signal=USR2", "--block-signal=USR1"];
    let handed = program(&home, &["go"]).behind(inherited).args(["design"]).run().exited(0);
    let direct = home.program(direct).behind(inherited).args(["design"]).run().exited(0);
    assert_eq!(handed.stdout, direct.stdout);
    assert!(direct.stdout.contains("SigBlk:\t0000000000000200"), "{direct}");
}

#[test]
fn an_open_descriptor_stays_open_and_no_other_is_added() {
    let home = Home::new();
    fs::write(home.path().join("file"), "of the file").unwrap();
    let direct = stand_in(&home, "go", "exec ls -l /proc/self/fd");
    let names = |output: Output| {
        let lines: Vec<_> = output.stdout.lines().map(str::to_owned).collect();
        let names = lines.iter().filter_map(|it| it.split_once(" -> "));
        let names = names.map(|(fd, _)| fd.rsplit(' ').next().unwrap_or_default().to_owned());
        names.collect::<Vec<_>>()
    };
    let handed = program(&home, &["go"]).redirected("7<file").args(["design"]).run().exited(0);
    let direct = home.program(direct).redirected("7<file").args(["design"]).run().exited(0);
    assert!(names(direct.clone()).contains(&"7".to_owned()), "{direct}");
    assert_eq!(names(handed), names(direct));
}

/// Rust's runtime opens the null device in place of a standard descriptor that is closed, and so does Go's.
#[test]
fn a_closed_standard_descriptor_is_the_null_device() {
    let home = Home::new();
    stand_in(&home, "go", "readlink /proc/$$/fd/0 /proc/$$/fd/2 >out");
    let _ = program(&home, &["go"]).redirected("<&- >&- 2>&-").args(["design"]).run().exited(0);
    let out = fs::read_to_string(home.path().join("out")).unwrap();
    assert_eq!(out, "/dev/null\n/dev/null\n");
}

#[test]
fn the_terminal_is_handed_over_as_it_is() {
    let home = Home::new();
    let script =
        r#"[ -t 0 ] && [ -t 1 ] && [ -t 2 ] && stty -g >mode && read answer && echo "<$answer>""#;
    let direct = stand_in(&home, "go", script);
    let mut modes = Vec::new();
    for program in [program(&home, &["go"]).args(["design"]), home.program(direct)] {
        let screen = program.on_terminal(24, 80);
        screen.send(b"typed\r");
        screen.wait_for("<typed>");
        let _ = screen.wait();
        modes.push(fs::read_to_string(home.path().join("mode")).unwrap());
    }
    assert_eq!(modes[0], modes[1]);
}

#[test]
fn ctrl_c_goes_to_the_go_program_alone() {
    let home = Home::new();
    let script = "trap 'echo interrupted; exit 5' INT; echo ready; read line";
    stand_in(&home, "go", script);
    let screen = program(&home, &["go"]).args(["design"]).on_terminal(24, 80);
    screen.wait_for("ready");
    screen.send(b"\x03");
    screen.wait_for("interrupted");
    assert_eq!(screen.wait(), 5);
}
