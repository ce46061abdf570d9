//! `plugin try`: one sign-in with a plugin that is not trusted, which leaves nothing behind.

use std::fs;
use std::path::PathBuf;

use mesheryctl_tests::*;

/// A home without a folder of Meshery, and a plugin outside of it.
fn homes() -> (Home, Home) {
    (Home::new(), Home::new())
}

#[test]
fn a_plugin_signs_in_once_without_trust_and_leaves_no_file() {
    let (home, elsewhere) = homes();
    let file = super::lifecycle::install(&elsewhere, "mock-provider");
    let before = home.snapshot();
    let run = home.mesheryctl().args(["plugin", "try"]).args([&file]);
    let output = run.args(["--set", "steps=now,random:8", "--set", "account=Ada"]).run().exited(0);
    for line in [
        "Mock runs once, and is not trusted. SHA-256 ",
        "  call 1: now\n",
        "  call 3: random 8 bytes\n",
        "Mock: random gave 11 characters\n",
        "Signed in to Mock as Ada.\n",
        "The plugin made 5 calls. The token was not stored.\n",
    ] {
        assert!(output.stderr.contains(line), "{line:?}: {output}");
    }
    assert_unchanged(&before, &home.snapshot());
    assert_eq!(home.temporary_files(), [""; 0].map(PathBuf::from), "{output}");
    home.assert_no_process_is_left();
}

#[test]
fn a_trace_shows_calls_and_answers_without_secrets() {
    let (home, elsewhere) = homes();
    let file = super::lifecycle::install(&elsewhere, "mock-provider");
    let cloud = Cloud::start();
    let run = home.mesheryctl().args(["plugin", "try", "--trace"]).args([&file]);
    let url = format!("url={}", cloud.url());
    let run = run.args(["--set", "steps=fetch:/x?code=canary,random:8", "--set", &url]);
    let output = run.args(["--set", "token=canary-of-a-token"]).run().exited(0);
    for line in
        ["  call 1: fetch GET http://", "/x code=●", "  answer 1: status ", "  answer 3: ●\n"]
    {
        assert!(output.stderr.contains(line), "{line:?}: {output}");
    }
    assert!(!output.stderr.contains("canary"), "{output}");
}

#[test]
fn a_call_is_shown_without_a_password_and_a_parameter_in_its_path_also_without_a_trace() {
    let (home, elsewhere) = homes();
    let file = super::lifecycle::install(&elsewhere, "mock-provider");
    let cloud = Cloud::start();
    let url = format!("url={}", cloud.url());
    for (flags, shown) in
        [(&[][..], "/●\n"), (&["--trace"], "/● ●&client_id=my-app&account=Ada&x=●")]
    {
        let run = home.mesheryctl().args(["plugin", "try"]).args(flags).args([&file]);
        let path = "/a;token=canary?canary&client_id=my-app&account=Ada&x=canary";
        let steps = format!("steps=fetch:{path}");
        let run = run.args(["--set", &steps, "--set", &url, "--set", "account=Ada"]);
        let output = run.run().exited(0);
        assert!(output.stderr.contains("  call 1: fetch GET http://"), "{output}");
        assert!(output.stderr.contains(shown), "{output}");
        assert!(!output.stderr.contains("canary"), "{output}");
    }
    let steps = "steps=goto:https://user:canary@mock.example/a";
    let run = home.mesheryctl().args(["plugin", "try"]).args([&file]);
    let output = run.args(["--set", steps]).run();
    assert!(output.stderr.contains("  call 1: fetch GET https://mock.example/a\n"), "{output}");
}

#[test]
fn a_token_is_stored_nowhere_also_not_for_a_moment() {
    let (home, elsewhere) = homes();
    let file = super::lifecycle::install(&elsewhere, "mock-provider");
    let run = home.mesheryctl().env("TMPDIR", "/nowhere").args(["plugin", "try"]).args([&file]);
    let output = run.args(["--set", "steps=now"]).run().exited(0);
    assert!(output.stderr.contains("The plugin made 3 calls. "), "{output}");
    let run = home.mesheryctl().args(["plugin", "try"]).args([&file]);
    let output = run.args(["--set", "steps="]).run().exited(0);
    assert!(output.stderr.contains("The plugin made 1 call. "), "{output}");
}

#[test]
fn a_failed_try_says_what_to_do_and_a_folder_is_that_of_a_crate() {
    let (home, elsewhere) = homes();
    let file = super::lifecycle::install(&elsewhere, "mock-provider");
    let run = |args: &[&str]| home.mesheryctl().args(["plugin", "try"]).args(args).run();
    let path = file.to_str().unwrap();
    let denied = run(&[path, "--set", "error=denied"]).exited(4);
    assert!(denied.stderr.contains("See each call:"), "{denied}");
    let traced = run(&[path, "--set", "error=denied", "--trace"]).exited(4);
    assert!(!traced.stderr.contains("See each call:"), "{traced}");
    let unknown = run(&[path, "--set", "tokn=x"]).exited(2);
    assert!(unknown.stderr.contains("Did you mean"), "{unknown}");
    let folder = elsewhere.path();
    let crates = folder.to_str().unwrap();
    let empty = run(&[crates]).exited(2);
    assert!(empty.stderr.contains("the folder has no Cargo.toml"), "{empty}");
    fs::write(folder.join("Cargo.toml"), "[package]\nname = \"acme-sso\"\n").unwrap();
    let unbuilt = run(&[crates]).exited(2);
    assert!(unbuilt.stderr.contains("cargo build --release --manifest-path"), "{unbuilt}");
    fs::create_dir_all(folder.join("target/release")).unwrap();
    fs::copy(&file, folder.join("target/release/libacme_sso.so")).unwrap();
    let _ = run(&[crates]).exited(0);
}
