//! The files in which settings are kept: private, whole or not at all, and refused where they cannot be trusted.

use std::fs;
use std::os::unix::fs::symlink;

use mesheryctl_tests::*;
use serde_json::json;

use super::kept_settings::{A, configure, configured, file, home, login};

#[test]
fn the_files_are_private_from_their_creation_whatever_the_umask() {
    let home = home();
    let script = format!(
        "umask 000; mesheryctl system provider configure keyed server={A} key=@key.txt; \
         mesheryctl system provider configure keyed key=@key.txt label=x"
    );
    let _ = home.shell(&script).run().exited(0);
    for name in ["providers.json", "provider-secrets.json", "providers.json.lock"] {
        assert_eq!(home.mode(format!(".meshery/{name}")), 0o600, "{name}");
    }
}

#[test]
fn a_file_that_cannot_be_used_is_refused_and_never_overwritten() {
    for (name, contents, said) in [
        ("providers.json", "{", "line 1, column 1: it is no valid JSON"),
        ("providers.json", "{\"version\": 1, \"settings\": []}", "another type is expected"),
        ("providers.json", "{}", "it has no version"),
        ("providers.json", "{\"version\": 2}", "was written by a newer version of mesheryctl."),
        ("provider-secrets.json", "{\"version\": 1, \"secrets\": \"hunter2\"}", "another type"),
        ("provider-secrets.json", "{\"version\": 9, \"x\": \"hunter2\"}", "newer version"),
    ] {
        let home = configured();
        let path = home.meshery().join(name);
        fs::write(&path, contents).unwrap();
        for run in [configure(&home, &["keyed", "label=x"]), login(&home, &[])] {
            let output = run.args(["-o", "json"]).run().exited(2);
            assert!(output.stdout.contains("\"kept_settings_invalid\""), "{contents}: {output}");
            assert!(output.stdout.contains(said), "{contents}: {output}");
            assert!(output.stdout.contains(&format!("mv {}", path.display())), "{output}");
            assert!(!format!("{output}").contains("hunter"), "{output}");
            assert_eq!(fs::read_to_string(&path).unwrap(), contents);
        }
        let check = home.mesheryctl().args(["system", "check"]).run().exited(3);
        assert!(check.stdout.contains(&format!("!! {}", path.display())), "{check}");
    }
}

#[test]
fn a_file_that_another_user_could_have_written_is_refused() {
    let home = configured();
    let file = home.meshery().join("provider-secrets.json");
    set_mode(&file, 0o620);
    let output = login(&home, &[]).run().exited(2);
    assert!(output.stderr.contains("other users can write to it"), "{output}");
    set_mode(&file, 0o600);
    set_mode(&home.meshery(), 0o777);
    let output = configure(&home, &["layer5", "url=https://x.example"]).run().exited(2);
    assert!(output.stderr.contains("Other users can replace files in"), "{output}");
}

#[test]
fn members_that_are_not_known_and_links_are_preserved() {
    let home = configured();
    let (path, elsewhere) = (home.meshery().join("providers.json"), home.path().join("kept.json"));
    let mut open = file(&home, "providers.json");
    open["later"] = json!({"a": [1, 2]});
    open["settings"]["gone"] = json!({"b": "c"});
    fs::write(&elsewhere, open.to_string()).unwrap();
    set_mode(&elsewhere, 0o600);
    fs::remove_file(&path).unwrap();
    symlink(&elsewhere, &path).unwrap();
    let _ = configure(&home, &["keyed", "label=x"]).run().exited(0);
    assert_eq!(fs::read_link(&path).unwrap(), elsewhere);
    let after = file(&home, "providers.json");
    assert_eq!(after["later"], json!({"a": [1, 2]}));
    assert_eq!(after["settings"]["gone"], json!({"b": "c"}));
    assert_eq!(after["settings"]["keyed"], json!({"server": A, "label": "x"}));
}

#[test]
fn a_change_that_cannot_be_written_leaves_the_old_files() {
    let home = configured();
    let before = home.snapshot();
    let full = configure(&home, &["keyed", "label=x", "key=@key.txt"]);
    let output = full.behind(["/usr/bin/prlimit", "--fsize=0"]).run().exited(7);
    assert!(output.stderr.contains("Cannot write"), "{output}");
    assert_unchanged(&before, &home.snapshot());
}

#[test]
fn a_token_file_never_takes_the_place_of_kept_settings() {
    let home = configured();
    for name in ["providers.json", "provider-secrets.json"] {
        let config = config_for("http://127.0.0.1:9").replace("auth.json", name);
        home.write_config(&config);
        let before = fs::read(home.meshery().join(name)).unwrap();
        let output = home.mesheryctl().args(["system", "login", "-p", "None"]).run().exited(7);
        assert!(output.stderr.contains(name), "{output}");
        assert_eq!(fs::read(home.meshery().join(name)).unwrap(), before);
    }
}
