//! `api`: large bodies, and files.

use std::fs;

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

#[test]
fn a_file_is_replaced_once_its_body_is_complete() {
    let cloud = Cloud::start().issuing_for(3600);
    let server = server_for(&cloud);
    let home = at_server(&cloud, &server);
    let file = home.path().join("result.yaml");
    fs::write(&file, "old").unwrap();
    let args = [PATH, "--output-file", "result.yaml"];
    let output = api(&home, &args).run().exited(0);
    assert_eq!(output.stderr, "Saved 18 B in result.yaml.\n");
    assert_eq!(
        (output.stdout.as_str(), fs::read_to_string(&file).unwrap().as_str()),
        ("", "test:\n  qps: 99.5\n")
    );
    assert!(!home.path().join("result.yaml.part").exists());
    let server = server_for(&cloud).with_api_fault(ApiFault::BreaksOff);
    home.write_config(&config_for(&server.endpoint()));
    let output = api(&home, &args).run().exited(5);
    assert!(output.stderr.contains("The 12 B that came are in result.yaml.part."), "{output}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "test:\n  qps: 99.5\n");
    assert_eq!(fs::read_to_string(home.path().join("result.yaml.part")).unwrap(), "{\"profiles\":");
    let output = api(&home, &[PATH, "--output-file", "."]).run().exited(7);
    assert!(output.stderr.contains("it is a directory"), "{output}");
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
    assert!(fs::metadata(home.path().join("result.json.part")).unwrap().len() > 0);
}
