//! Where the Go program is found, and what is said without one.

use std::fs;

use mesheryctl_tests::*;

use super::{PRINTS, folder, link_to_this_program, program, search_path, stand_in};

#[test]
fn without_a_go_program_its_command_is_described() {
    let home = Home::new();
    let output = program(&home, &[]).args(["design", "list", "--page", "2"]).run().exited(2);
    assert_eq!(
        output.stderr,
        "error: `design` (Import, apply, deploy and export designs) is a command of the Go \
         mesheryctl, which is not found along PATH. Nothing was changed.\n\
         \x20 Get it:              https://docs.meshery.io/installation/mesheryctl\n\
         \x20 If it is elsewhere:  MESHERYCTL_GO=/path/to/mesheryctl mesheryctl design\n"
    );
    assert_eq!(output.stdout, "");
    let json = program(&home, &[]).args(["system", "start", "-o", "json"]).run().exited(2);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["error"]["code"], "go_program_missing");
}

#[test]
fn a_flag_of_the_go_program_is_described_without_it() {
    let home = Home::new();
    let output = program(&home, &[]).args(["system", "check", "--preflight"]).run().exited(2);
    let start = "error: `system check --preflight` is an option of the Go mesheryctl, which is not";
    assert!(output.stderr.starts_with(start), "{output}");
}

#[test]
fn every_link_to_this_program_is_passed_over() {
    let home = Home::new();
    let first = link_to_this_program(&home, "first");
    for (name, before) in [("second", "first"), ("third", "second")] {
        let before = folder(&home, before).join("mesheryctl");
        std::os::unix::fs::symlink(before, folder(&home, name).join("mesheryctl")).unwrap();
    }
    let folders = ["third", "second", "first", "first", "go"];
    let alone = program(&home, &folders[..4]).args(["design"]).run().exited(2);
    let third = folder(&home, "third").join("mesheryctl");
    let says = format!("and this leads back to this program: {}.", third.display());
    assert!(alone.stderr.contains(&says), "{alone}");
    stand_in(&home, "go", PRINTS);
    let found = program(&home, &folders).args(["design"]).run().exited(0);
    assert_eq!(found.stdout, "go[design]\n");
    let by_link = home.program(&first).args(["design"]).env("PATH", search_path(&home, &folders));
    assert_eq!(by_link.run().exited(0).stdout, "go[design]\n");
}

#[test]
fn a_hard_link_to_this_program_is_passed_over() {
    let home = Home::new();
    // Of a copy in the home, since the build may be on another file system.
    let copy = folder(&home, "copy").join("mesheryctl");
    fs::copy(binary(), &copy).unwrap();
    fs::hard_link(&copy, folder(&home, "hard").join("mesheryctl")).unwrap();
    stand_in(&home, "go", PRINTS);
    let path = |folders: &[&str]| search_path(&home, folders);
    let run = |path| home.program(&copy).args(["design"]).env("PATH", path).run();
    assert_eq!(run(path(&["hard", "copy", "go"])).exited(0).stdout, "go[design]\n");
    assert!(run(path(&["hard"])).exited(2).stderr.contains("leads back"));
}

#[test]
fn a_copy_of_this_program_leads_on_to_the_go_program() {
    let home = Home::new();
    for name in ["one", "two"] {
        fs::copy(binary(), folder(&home, name).join("mesheryctl")).unwrap();
    }
    stand_in(&home, "go", PRINTS);
    let found = program(&home, &["one", "two", "go"]).args(["design"]).run().exited(0);
    assert_eq!(found.stdout, "go[design]\n");
    let _ = program(&home, &["one", "two"]).args(["design"]).run().exited(2);
}

#[test]
fn what_cannot_be_executed_is_passed_over_and_alone_ends_with_126() {
    let home = Home::new();
    let plain = stand_in(&home, "plain", PRINTS);
    set_mode(&plain, 0o644);
    fs::create_dir_all(folder(&home, "folder").join("mesheryctl")).unwrap();
    let folders = ["folder", "plain", "go"];
    let alone = program(&home, &folders[..2]).args(["design"]).run().exited(126);
    let says = format!("and this cannot be executed: {}.", plain.display());
    assert!(alone.stderr.contains(&says), "{alone}");
    let _ = program(&home, &folders[..1]).args(["design"]).run().exited(2);
    stand_in(&home, "go", PRINTS);
    let found = program(&home, &folders).args(["design"]).run().exited(0);
    assert_eq!(found.stdout, "go[design]\n");
}

#[test]
fn a_program_that_the_system_cannot_run_ends_with_126() {
    let home = Home::new();
    let _ = folder(&home, "go");
    let path = home.script("go/mesheryctl", "");
    fs::write(&path, "#!/missing/interpreter\n").unwrap();
    set_mode(&path, 0o755);
    let output = program(&home, &["go"]).args(["design"]).run().exited(126);
    assert!(output.stderr.starts_with("error: Cannot run the Go mesheryctl"), "{output}");
}

#[test]
fn a_script_without_an_interpreter_is_run_as_a_shell_runs_it() {
    let home = Home::new();
    let path = stand_in(&home, "go", "");
    fs::write(&path, "echo \"of the shell: $1\"\n").unwrap();
    set_mode(&path, 0o755);
    let output = program(&home, &["go"]).args(["design"]).run().exited(0);
    assert_eq!(output.stdout, "of the shell: design\n");
}

#[test]
fn a_variable_names_the_only_go_program_that_counts() {
    let home = Home::new();
    stand_in(&home, "go", PRINTS);
    let named = stand_in(&home, "named", PRINTS);
    let run = |value: &str| {
        let program = program(&home, &["go"]).env("MESHERYCTL_GO", value);
        program.args(["design"]).run()
    };
    assert_eq!(run(&named.display().to_string()).exited(0).stdout, "named[design]\n");
    assert_eq!(run("mesheryctl").exited(0).stdout, "go[design]\n");
    assert_eq!(run("../scripts/named/mesheryctl").exited(0).stdout, "named[design]\n");
    assert_eq!(run("").exited(0).stdout, "go[design]\n");
    for missing in ["/missing/mesheryctl", "mesheryctl-go", "./mesheryctl"] {
        let output = run(missing).exited(127);
        let says = format!("and MESHERYCTL_GO names no program: {missing}.");
        assert!(output.stderr.contains(&says), "{output}");
    }
    let this = run(&binary().display().to_string()).exited(127);
    assert!(this.stderr.contains("and MESHERYCTL_GO leads back to this program"), "{this}");
    let _ = run(&home.path().display().to_string()).exited(126);
    set_mode(&named, 0o600);
    let _ = run(&named.display().to_string()).exited(126);
}

#[test]
fn a_folder_that_was_only_entered_does_not_choose_what_runs() {
    let home = Home::new();
    let script = stand_in(&home, "go", "touch ran");
    fs::copy(script, home.path().join("mesheryctl")).unwrap();
    for path in ["", ".", ":", "/usr/bin::/bin", "/usr/bin:."] {
        let output = home.mesheryctl().args(["design"]).env("PATH", path).run().exited(2);
        let says = " A relative folder of PATH is not searched: ";
        assert!(output.stderr.contains(says), "{path}: {output}");
    }
    assert!(!home.path().join("ran").exists());
}

#[test]
fn system_check_names_the_go_program_and_misses_none() {
    let home = Home::new();
    let check = |folders: &[&str]| program(&home, folders).args(["system", "check"]).run().stdout;
    assert!(!check(&[]).contains("design"));
    let path = stand_in(&home, "go", PRINTS);
    let line = format!("- Other commands, such as design, are those of {}\n", path.display());
    let report = check(&["go"]);
    assert!(report.ends_with(&line), "{report}");
}

#[test]
fn a_program_for_another_machine_is_not_run_as_a_script_and_a_script_without_interpreter_is() {
    let home = Home::new();
    let path = home.script("mesheryctl", "");
    let run = || home.mesheryctl().args(["design", "x"]).env("MESHERYCTL_GO", &path).run();
    let mut program = fs::read("/bin/true").unwrap();
    // The machine of an ELF file: AArch64.
    program[18..20].copy_from_slice(&[0xb7, 0]);
    fs::write(&path, program).unwrap();
    let output = run().exited(126);
    assert!(output.stderr.contains("Cannot run the Go mesheryctl"), "{output}");
    fs::write(&path, "echo as a script: $1 $2\n").unwrap();
    assert_eq!(run().exited(0).stdout, "as a script: design x\n");
}
