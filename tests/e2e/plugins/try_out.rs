//! `plugin try`: one sign-in with a plugin that is not trusted, which leaves nothing behind.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

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
fn a_failed_try_says_what_to_do() {
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
}

/// A crate in this folder, whose library cargo has not built.
fn crate_in(folder: &Path) {
    fs::create_dir_all(folder.join("src")).unwrap();
    let cargo_toml = "[package]\nname = \"acme-sso\"\nedition = \"2024\"\n[workspace]\n[lib]\n";
    fs::write(folder.join("Cargo.toml"), format!("{cargo_toml}crate-type = [\"cdylib\"]\n"))
        .unwrap();
    fs::write(folder.join("src/lib.rs"), "").unwrap();
}

/// Puts the library where cargo would, with this age in seconds.
fn built(folder: &Path, library: &Path, profile: &str, age: u64) {
    let file = folder.join("target").join(profile).join("libacme_sso.so");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::copy(library, &file).unwrap();
    let time = SystemTime::now() - Duration::from_secs(age);
    fs::File::options().append(true).open(&file).unwrap().set_modified(time).unwrap();
}

#[test]
fn a_folder_stands_for_the_newest_library_of_its_crate_and_the_file_is_named() {
    let (home, elsewhere) = homes();
    let file = super::lifecycle::install(&elsewhere, "mock-provider");
    let folder = home.path().join("crate");
    crate_in(&folder);
    // With the cargo of this system, and without one.
    let cargo = cargo();
    let with_cargo = Path::new(cargo.get_program()).parent().unwrap();
    for path in [with_cargo, Path::new("/nowhere")] {
        let run =
            |named: &str| home.mesheryctl().args(["plugin", "try", named]).env("PATH", path).run();
        let unbuilt = run("crate").exited(2);
        let next = "cargo build --release --manifest-path crate/Cargo.toml\n";
        assert!(unbuilt.stderr.contains(next), "{unbuilt}");
        built(&folder, &file, "release", 200);
        built(&folder, &file, "debug", 100);
        let output = run("crate").exited(0);
        assert!(output.stderr.contains("Using crate/target/debug/libacme_sso.so.\n"), "{output}");
        let newer = "crate/src/lib.rs is newer than the library: cargo build --release";
        assert!(output.stderr.contains(newer), "{output}");
        built(&folder, &file, "release", 0);
        let output = run("crate").exited(0);
        assert!(output.stderr.contains("Using crate/target/release/libacme_sso.so.\n"), "{output}");
        assert!(!output.stderr.contains("is newer"), "{output}");
        fs::remove_dir_all(folder.join("target")).unwrap();
        // Another user could put one there.
        built(folder.parent().unwrap(), &file, "release", 0);
        let _ = run("crate").exited(2);
        fs::remove_dir_all(home.path().join("target")).unwrap();
    }
}

#[test]
fn a_crate_of_a_workspace_is_built_in_the_target_directory_of_the_workspace() {
    let (home, elsewhere) = homes();
    let file = super::lifecycle::install(&elsewhere, "mock-provider");
    let folder = home.path().join("crate");
    crate_in(&folder);
    let text = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    fs::write(folder.join("Cargo.toml"), text.replace("[workspace]\n", "")).unwrap();
    fs::write(home.path().join("Cargo.toml"), "[workspace]\nmembers = [\"crate\"]\n").unwrap();
    built(&home.path(), &file, "release", 0);
    let cargo = cargo();
    let path = Path::new(cargo.get_program()).parent().unwrap();
    let output = home.mesheryctl().args(["plugin", "try", "crate"]).env("PATH", path).run();
    assert!(output.stderr.contains("Using target/release/libacme_sso.so.\n"), "{output}");
}

#[test]
fn a_folder_whose_crate_makes_no_plugin_or_whose_manifest_is_no_file_is_refused() {
    let home = Home::new();
    let folder = home.path().join("crate");
    crate_in(&folder);
    let run = || home.mesheryctl().args(["plugin", "try", "crate"]).run().exited(2);
    fs::write(folder.join("Cargo.toml"), "[package]\nname = \"a\"\n[lib]\n[workspace]\n").unwrap();
    let output = run();
    assert!(output.stderr.contains("its Cargo.toml has no crate-type cdylib"), "{output}");
    for line in ["Add to Cargo.toml:  [lib]\n", "and below it:       crate-type = [\"cdylib\"]\n"] {
        assert!(output.stderr.contains(line), "{output}");
    }
    fs::remove_file(folder.join("Cargo.toml")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        folder.join("Cargo.toml"),
        rustix::fs::FileType::Fifo,
        0o600.into(),
        0,
    )
    .unwrap();
    let output = run();
    assert!(output.stderr.contains("its Cargo.toml cannot be read: it is not a file"), "{output}");
}

#[test]
fn a_plugin_outside_of_the_directory_of_the_policy_is_neither_tried_nor_validated() {
    let (home, elsewhere) = homes();
    let file = super::lifecycle::install(&elsewhere, "mock-provider");
    if !Policy::is_available() {
        return;
    }
    let fixed = home.path().join("fixed");
    fs::create_dir(&fixed).unwrap();
    fs::copy(&file, fixed.join("libmock.so")).unwrap();
    let policy = Policy::of(format!("plugins_dir: {}\n", fixed.display()));
    let run = |command: &str, file: &Path| {
        let only: &[&str] = if command == "validate" { &["--only", "loads"] } else { &[] };
        let run = home.mesheryctl().args(["plugin", command]).args(only).args([file]);
        run.under(&policy).run()
    };
    for command in ["validate", "try"] {
        let output = run(command, &file).exited(8);
        let named = "the plugin directory that is set by /etc/mesheryctl/policy.yaml";
        assert!(output.stderr.contains(named), "{output}");
        let _ = run(command, &fixed.join("libmock.so")).exited(0);
        let _ = run(command, Path::new("fixed/../fixed/libmock.so")).exited(0);
    }
}
