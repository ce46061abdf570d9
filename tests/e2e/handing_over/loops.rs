//! Programs that run this one again: each loop ends, and no machine is filled with processes.

use std::fs;

use mesheryctl_tests::*;

use super::{PRINTS, folder, program, search_path, stand_in};

/// Runs this program again with the same arguments.
fn again(how: &str) -> String {
    format!("echo wrapper; {how} {} \"$@\"", binary().display())
}

#[test]
fn a_script_that_runs_this_program_again_leads_on_to_the_next_one() {
    for how in ["", "exec", "env", "exec env"] {
        let home = Home::new();
        stand_in(&home, "wrapper", &again(how));
        stand_in(&home, "second", &again(how));
        stand_in(&home, "go", &format!("{PRINTS}; exit 7"));
        let folders = ["wrapper", "second", "go"];
        let output = program(&home, &folders).args(["design", "a b"]).run().exited(7);
        assert_eq!(output.stdout, "wrapper\nwrapper\ngo[design][a b]\n", "{how}");
        let alone = program(&home, &folders[..2]).args(["design"]).run().exited(2);
        assert!(alone.stderr.contains("this leads back to this program: "), "{alone}");
    }
}

#[test]
fn a_variable_that_names_such_a_script_ends_with_127() {
    let home = Home::new();
    let wrapper = stand_in(&home, "wrapper", &again(""));
    let output = program(&home, &[]).env("MESHERYCTL_GO", &wrapper).args(["design"]).run();
    let output = output.exited(127);
    assert_eq!(output.stdout, "wrapper\n");
}

/// How often a script ran that ends with this command, where `THIS` is this program, and how that ended. The limit of
/// processes is only reached by a loop without an end.
fn runs(command: &str) -> (usize, Output) {
    let home = Home::new();
    // A copy that the user of the limit can reach; the limit does not apply to root.
    let copy = folder(&home, "copy").join("mesheryctl");
    fs::copy(binary(), &copy).unwrap();
    let command = command.replace("THIS", &copy.display().to_string());
    stand_in(&home, "wrapper", &format!("echo ran >> {}/runs\n{command}", home.path().display()));
    let path = search_path(&home, &["wrapper"]);
    let program = home.program(&copy).env("PATH", path).args(["design"]).as_nobody();
    let output = program.behind(["/usr/bin/prlimit", "--nproc=1000", "--cpu=60"]).run();
    let ran = fs::read_to_string(home.path().join("runs")).unwrap_or_default();
    (ran.lines().count(), output)
}

#[test]
fn a_script_that_adds_an_argument_each_time_ends_after_ten_times() {
    for how in ["", "exec"] {
        let (runs, output) = runs(&format!("{how} THIS \"$@\" more"));
        let output = output.exited(1);
        assert_eq!(runs, 10, "{output}");
        assert!(output.stderr.contains("runs this program again, more than ten times"), "{output}");
    }
}

#[test]
fn scripts_with_alternating_arguments_end_after_ten_times() {
    let (runs, output) = runs("[ \"$1\" = design ] && exec THIS perf\nexec THIS design");
    assert_eq!((runs, output.code), (10, Some(1)), "{output}");
}

#[test]
fn a_script_that_empties_the_environment_ends_by_the_number_of_its_processes() {
    let (runs, output) = runs("env -i PATH=\"$PATH\" THIS \"$@\"; exit");
    assert_eq!((runs, output.code), (11, Some(1)), "{output}");
}

#[test]
fn a_go_program_may_run_this_one_for_another_command() {
    let home = Home::new();
    let this = binary();
    let script = format!(
        "[ \"$1\" = perf ] && exec {this} design inner\n\
         [ \"$1\" = exp ] && {{ {this} perf && {this} model; exit; }}\n{PRINTS}",
        this = this.display()
    );
    stand_in(&home, "go", &script);
    let run = |command: &str| program(&home, &["go"]).args([command]).run().exited(0).stdout;
    assert_eq!(run("perf"), "go[design][inner]\n");
    assert_eq!(run("exp"), "go[design][inner]\ngo[model]\n");
}
