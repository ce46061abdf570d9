//! `api`: large bodies, and files.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use mesheryctl_tests::*;

use crate::api::{api, at_server, server_for};

const PATH: &str = "api/perf/profile/result/result-1";
/// More than the memory that a program may have below.
const LARGE: u64 = 256 * 1024 * 1024;
/// In bytes.
const MEMORY: u64 = 20 * 1024 * 1024;

fn limited(run: Program<'_>) -> Program<'_> {
    run.behind(["/usr/bin/prlimit".to_owned(), format!("--data={MEMORY}")])
}

#[test]
fn a_large_body_takes_little_memory_on_its_way_down_and_up() {
    let cloud = Cloud::start().issuing_for(3600);
    let server = server_for(&cloud).with_api_fault(ApiFault::Bulk(LARGE));
    let home = at_server(&cloud, &server);
    let down = limited(api(&home, &[PATH])).redirected("> body").run();
    let _ = down.exited(0);
    assert_eq!(fs::metadata(home.path().join("body")).unwrap().len(), LARGE);
    let server = server_for(&cloud);
    home.write_config(&config_for(&server.endpoint()));
    for input in ["body", "-"] {
        fs::File::options()
            .write(true)
            .open(home.path().join("body"))
            .unwrap()
            .set_len(LARGE / 4)
            .unwrap();
        let up = limited(api(&home, &["api/echo", "--input", input])).redirected("< body").run();
        let said = crate::sessions::whoami::json_of(&up.exited(0));
        assert_eq!(said["length"], LARGE / 4, "{input}");
    }
}

/// The parts of this file, in the home directory.
fn parts(home: &Home, name: &str) -> Vec<PathBuf> {
    let all = fs::read_dir(home.path()).unwrap().flatten().map(|it| it.path());
    let is_part = |it: &PathBuf| {
        let file = it.file_name().unwrap().to_string_lossy().into_owned();
        file.starts_with(&format!("{name}.")) && file.ends_with(".part")
    };
    all.filter(is_part).collect()
}

#[test]
fn a_file_is_replaced_once_its_body_is_complete() {
    let cloud = Cloud::start().issuing_for(3600);
    let server = server_for(&cloud);
    let home = at_server(&cloud, &server);
    let file = home.path().join("result.yaml");
    fs::write(&file, "old").unwrap();
    set_mode(&file, 0o640);
    let args = [PATH, "--output-file", "result.yaml"];
    let output = api(&home, &args).run().exited(0);
    assert_eq!(output.stdout, "");
    assert!(output.stderr.starts_with("Saved 18 B in "), "{output}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "test:\n  qps: 99.5\n");
    assert_eq!(home.mode("result.yaml"), 0o640);
    assert_eq!(parts(&home, "result.yaml"), Vec::<PathBuf>::new());
    let server = server_for(&cloud).with_api_fault(ApiFault::BreaksOff);
    home.write_config(&config_for(&server.endpoint()));
    let output = api(&home, &args).run().exited(5);
    let part = parts(&home, "result.yaml").pop().unwrap();
    assert!(
        output.stderr.contains(&format!("The 12 B that came are in {}.", part.display())),
        "{output}"
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), "test:\n  qps: 99.5\n");
    assert_eq!(fs::read_to_string(&part).unwrap(), "{\"profiles\":");
    // An error has nothing to keep.
    let server = server_for(&cloud).with_api_fault(ApiFault::Status(404));
    home.write_config(&config_for(&server.endpoint()));
    let _ = api(&home, &[PATH, "--output-file", "new.yaml"]).run().exited(9);
    assert!(parts(&home, "new.yaml").is_empty() && !home.path().join("new.yaml").exists());
    let output = api(&home, &[PATH, "--output-file", "."]).run().exited(9);
    assert!(!output.stderr.contains("directory"), "{output}");
}

#[test]
fn links_and_devices_stay_what_they_are() {
    let cloud = Cloud::start().issuing_for(3600);
    let server = server_for(&cloud);
    let home = at_server(&cloud, &server);
    let (file, link) = (home.path().join("file"), home.path().join("link"));
    fs::write(&file, "old").unwrap();
    symlink("file", &link).unwrap();
    let _ = api(&home, &[PATH, "--output-file", "link"]).run().exited(0);
    assert_eq!(fs::read_to_string(&file).unwrap(), "test:\n  qps: 99.5\n");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    let _ = home.program("/usr/bin/mkfifo").args(["pipe"]).run().exited(0);
    let script = format!("cat pipe & mesheryctl api {PATH} --output-file pipe; wait");
    assert_eq!(home.shell(&script).run().exited(0).stdout, "test:\n  qps: 99.5\n");
    assert!(!fs::metadata(home.path().join("pipe")).unwrap().is_file());
    let _ = api(&home, &[PATH, "--output-file", "/dev/null"]).run().exited(0);
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
    let output = api(&home, &[PATH, "--output-file", "."]).run().exited(7);
    assert!(output.stderr.contains("Cannot write ."), "{output}");
    let output = api(&home, &[PATH, "--output-file", "/dev/full"]).run().exited(7);
    assert!(output.stderr.contains("the disk is full"), "{output}");
}

#[test]
fn ctrl_c_in_a_download_keeps_the_part_under_a_name_that_says_so() {
    let cloud = Cloud::start().issuing_for(3600);
    let server = server_for(&cloud).with_api_fault(ApiFault::Endless);
    let home = at_server(&cloud, &server);
    let file = home.path().join("result.json");
    fs::write(&file, "old").unwrap();
    let screen = api(&home, &[PATH, "--output-file", "result.json"]).on_terminal(24, 80);
    // The progress.
    screen.wait_for("iB/s");
    screen.press([Key::CtrlC]);
    assert_eq!(screen.wait(), 130, "{}", screen.contents());
    assert!(!screen.contents().contains("Nothing was changed"), "{}", screen.contents());
    assert_eq!(fs::read_to_string(&file).unwrap(), "old");
    let part = parts(&home, "result.json").pop().unwrap();
    assert!(fs::metadata(part).unwrap().len() > 0);
}
