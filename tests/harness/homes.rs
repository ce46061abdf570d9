//! Homes, snapshots and orphans.

use std::fs;
use std::os::unix::fs::symlink;

use mesheryctl_tests::snapshot::changes;
use mesheryctl_tests::*;

#[test]
fn a_new_home_is_empty_and_removed_on_drop() {
    let home = Home::new();
    assert_eq!(home.snapshot(), Snapshot::default());
    assert_eq!(home.auth_bytes(), None);
    home.write_auth("secret");
    let path = home.path();
    drop(home);
    assert!(!path.exists() && !path.parent().unwrap().exists(), "{} is left", path.display());
}

#[test]
fn files_written_into_a_home_have_realistic_modes() {
    let home = Home::new();
    home.write_auth(b"{}");
    home.write_config(&config_for("http://localhost:9081"));
    assert_eq!(home.mode(".meshery"), 0o700);
    assert_eq!(home.mode(home.auth_json()), 0o600);
    assert_eq!(home.mode(home.config_yaml()), 0o644);
    assert_eq!(home.auth_text(), "{}");
}

#[test]
fn the_default_config_equals_that_of_the_go_cli() {
    let expected = "\
contexts:
    local:
        endpoint: http://localhost:9081
        token: default
        platform: kubernetes
        channel: stable
        version: latest
        provider: Meshery
current-context: local
tokens:
    - name: default
      location: auth.json
";
    assert_eq!(config_for("http://localhost:9081"), expected);
}

#[test]
fn a_snapshot_detects_every_kind_of_change() {
    let home = Home::new();
    home.write_auth("old");
    for name in ["kept", "gone", "loosened"] {
        fs::write(home.meshery().join(name), name).unwrap();
        set_mode(&home.meshery().join(name), 0o644);
    }
    symlink("kept", home.meshery().join("link")).unwrap();
    let before = home.snapshot();
    assert_unchanged(&before, &home.snapshot());

    home.write_auth("new");
    fs::remove_file(home.meshery().join("gone")).unwrap();
    set_mode(&home.meshery().join("loosened"), 0o666);
    fs::remove_file(home.meshery().join("link")).unwrap();
    symlink("elsewhere", home.meshery().join("link")).unwrap();
    fs::write(home.path().join("litter"), "").unwrap();
    set_mode(&home.path().join("litter"), 0o640);
    assert_eq!(
        changes(&before, &home.snapshot()),
        [
            r#".meshery/auth.json was 3 bytes "old" (0600), now 3 bytes "new" (0600)"#,
            r#".meshery/gone is gone; it was 4 bytes "gone" (0644)"#,
            ".meshery/link was a link to kept, now a link to elsewhere",
            r#".meshery/loosened was 8 bytes "loosened" (0644), now 8 bytes "loosened" (0666)"#,
            r#"litter is new: 0 bytes "" (0640)"#,
        ]
    );
}

#[test]
fn allowed_files_can_be_excluded_from_a_comparison() {
    let home = Home::new();
    home.write_auth("old");
    let before = home.snapshot();
    fs::write(home.meshery().join("auth.json.lock"), "").unwrap();
    assert_unchanged(&before, &home.snapshot().without(&["auth.json.lock"]));
}

#[test]
#[should_panic(expected = "auth.json was 3 bytes \"old\"")]
fn an_overwritten_token_is_detected_as_a_change() {
    let home = Home::new();
    home.write_auth("old");
    let before = home.snapshot();
    home.write_auth("new");
    assert_unchanged(&before, &home.snapshot());
}

#[test]
fn a_detached_process_is_found_by_its_home() {
    let home = Home::new();
    // Another session, a cleared environment, and no living ancestor.
    let hide =
        home.script("hide", "env -i -C / setsid sh -c 'echo hidden; exec sleep 1000 >&- 2>&-' &");
    let output = home.program(hide).run().exited(0);
    assert_eq!(output.stdout, "hidden\n");
    let commands: Vec<_> = home.processes().into_iter().map(|process| process.command).collect();
    assert_eq!(commands, ["sleep 1000"]);
}

#[test]
fn dropping_a_home_kills_its_processes() {
    let home = Home::new();
    let stay = home.script("stay", "setsid sleep 1000 >&- 2>&- & echo $!");
    let pid = home.program(stay).run().exited(0).stdout;
    let pid = pid.trim().to_owned();
    drop(home);
    let command = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    assert!(!command.contains("sleep"), "{pid} still runs: {command:?}");
}
