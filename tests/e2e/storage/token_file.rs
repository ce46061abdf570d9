//! The token file: its location, atomic replacement, and mode 0600.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Instant;

use mesheryctl_tests::*;

const NONE: &str = "{\"meshery-provider\":\"None\",\"token\":\"\"}\n";

fn login_none(home: &Home) -> Program<'_> {
    home.mesheryctl().args(["system", "login", "-p", "None"])
}

#[test]
fn a_readable_old_token_file_is_0600_after_a_login() {
    let home = Home::new();
    home.write_auth("old");
    set_mode(&home.auth_json(), 0o644);
    let _ = login_none(&home).run().exited(0);
    assert_eq!(home.mode(".meshery/auth.json"), 0o600);
    assert_eq!(home.auth_text(), NONE);
}

#[test]
fn a_login_writes_through_a_symbolic_link() {
    for already_there in [true, false] {
        let home = Home::new();
        fs::create_dir_all(home.meshery()).unwrap();
        let target = home.path().join("vault.json");
        if already_there {
            fs::write(&target, NONE.replace("None", "Other")).unwrap();
        }
        symlink("../vault.json", home.auth_json()).unwrap();
        let _ = login_none(&home).run().exited(0);
        assert_eq!(fs::read_to_string(&target).unwrap(), NONE);
        assert!(fs::symlink_metadata(home.auth_json()).unwrap().is_symlink());
        assert_eq!(home.mode("vault.json"), 0o600);
    }
}

#[test]
fn circular_links_and_a_directory_in_place_of_the_file_are_reported_and_kept() {
    let home = Home::new();
    fs::create_dir_all(home.meshery()).unwrap();
    symlink("auth.json", home.auth_json()).unwrap();
    let output = login_none(&home).run().exited(7);
    assert!(output.stderr.contains("its links form a loop. Nothing was changed."), "{output}");

    let home = Home::new();
    fs::create_dir_all(home.auth_json()).unwrap();
    let before = home.snapshot();
    let output = login_none(&home).run().exited(7);
    assert!(output.stderr.contains("it is a directory. Nothing was changed."), "{output}");
    assert_unchanged(&before, &home.snapshot());
}

#[test]
fn a_path_that_is_not_a_regular_file_is_never_replaced() {
    for name in ["auth.json", "auth.json.lock"] {
        let home = Home::new();
        fs::create_dir_all(home.meshery()).unwrap();
        let fifo = home.meshery().join(name);
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, 0o600.into(), 0)
            .unwrap();
        let before = home.snapshot();
        let output = login_none(&home).run().exited(7);
        assert!(output.stderr.contains(&format!("{name}: it is not a regular file.")), "{output}");
        assert_unchanged(&before, &home.snapshot());
    }
}

#[test]
fn a_directory_in_place_of_the_kept_file_does_not_affect_a_login_without_state() {
    let home = Home::new();
    fs::create_dir_all(home.meshery().join("auth.json.kept")).unwrap();
    let _ = login_none(&home).run().exited(0);
    assert_eq!(home.auth_text(), NONE);
    let login =
        home.mesheryctl().args(["system", "login", "-p", "Layer5", "--with-token", "--no-verify"]);
    let _ = login.stdin("T0123456789abcdef").run().exited(7);
    assert_eq!(home.auth_text(), NONE);
}

#[test]
fn a_directory_in_place_of_the_stored_state_is_reported_before_the_sign_in() {
    let home = Home::new();
    fs::create_dir_all(home.meshery().join("auth.json.kept")).unwrap();
    let before = home.snapshot();
    let forbidden = Browser::forbidden(&home);
    let login = home.mesheryctl().args(["system", "login", "-p", "Layer5"]);
    let output = login.run().exited(7);
    let said = "auth.json.kept: it is a directory. Nothing was changed.";
    assert!(output.stderr.contains(said), "{output}");
    assert_unchanged(&before, &home.snapshot());
    drop(forbidden);
}

#[test]
fn a_login_or_logout_succeeds_and_warns_if_the_stored_state_cannot_be_written_or_removed() {
    if !Trace::is_available() {
        return;
    }
    let with_token =
        &["system", "login", "-p", "Layer5", "--with-token", "--no-verify", "-o", "json"][..];
    let cannot_write = ["-e", "inject=/^rename:error=ENOSPC:when=2"];
    let cannot_remove = ["-e", "inject=/^unlink:error=EIO"];
    for (args, fault, said) in [
        (
            with_token,
            &cannot_write,
            "The token is saved, but FILE cannot be written: the disk is full.",
        ),
        (
            &["system", "login", "-p", "None"][..],
            &cannot_remove,
            "The stored state in FILE could not be removed; it may contain a refresh token: Input/output error (os error 5).",
        ),
        (
            &["system", "logout"][..],
            &cannot_remove,
            "The stored state in FILE could not be removed; it may contain a refresh token: Input/output error (os error 5).",
        ),
    ] {
        let home = Home::new();
        let first = home.mesheryctl().args(with_token);
        let _ = first.stdin("FIRST0123456789abcdef").run().exited(0);
        let run = Trace::of(home.mesheryctl().args(args), fault)
            .stdin("SECOND0123456789abcdef")
            .run()
            .exited(0);
        let kept = home.meshery().join("auth.json.kept");
        let said = said.replace("FILE", &kept.display().to_string());
        assert!(run.stderr.contains(&format!("{said}\n")), "{run}");
        assert!(!home.auth_text().contains("FIRST"), "{run}");
    }
}

#[test]
fn an_unusable_lock_file_is_reported_before_the_sign_in() {
    let home = Home::new();
    home.write_auth("old bytes");
    let lock = home.meshery().join("auth.json.lock");
    fs::write(&lock, "").unwrap();
    let forbidden = Browser::forbidden(&home);
    let login = home.mesheryctl().args(["system", "login", "-p", "Layer5"]).as_nobody();
    // The files after a login by root.
    rustix::fs::chown(&lock, Some(rustix::fs::Uid::ROOT), None).unwrap();
    set_mode(&lock, 0o600);
    let output = login.run().exited(7);
    assert!(output.stderr.contains("auth.json.lock: permission denied."), "{output}");
    drop(forbidden);
}

#[test]
fn ctrl_c_while_another_process_holds_the_lock_changes_nothing() {
    let home = Home::new();
    home.write_auth("old bytes");
    let lock = fs::File::create(home.meshery().join("auth.json.lock")).unwrap();
    lock.lock().unwrap();
    let before = home.snapshot();
    let running = login_none(&home).spawn();
    // The temporary file is written, so the program now waits for the lock.
    let deadline = Instant::now() + timeouts::WAIT;
    // By its name alone: the file of the probe before it may be gone when it is read.
    let names = || fs::read_dir(home.meshery()).unwrap().map(|it| it.unwrap().file_name());
    while !names().any(|it| it.to_string_lossy().ends_with(".tmp")) {
        assert!(Instant::now() < deadline, "a file should be staged");
        std::thread::yield_now();
    }
    running.kill(Signal::INT);
    let output = running.wait().exited(130);
    assert_eq!(output.stderr, "Cancelled. Nothing was changed.\n");
    assert_unchanged(&before, &home.snapshot());
}

#[test]
fn concurrent_logins_list_the_token_once_without_warnings() {
    let home = Home::new();
    home.write_config("contexts:\n  local:\n    token: default\ncurrent-context: local\n");
    let logins: Vec<_> = (0..8).map(|_| login_none(&home).spawn()).collect();
    for login in logins {
        let output = login.wait().exited(0);
        assert!(!output.stderr.contains("config"), "{output}");
    }
    assert_eq!(fs::read_to_string(home.config_yaml()).unwrap().matches("auth.json").count(), 1);
}

#[test]
fn logins_of_several_contexts_at_once_each_list_their_token() {
    if !Trace::is_available() {
        return;
    }
    let names: Vec<String> = (0..6).map(|it| format!("context-{it}")).collect();
    let contexts: String = names.iter().map(|it| format!("  {it}: {{}}\n")).collect();
    let config = format!("contexts:\n{contexts}current-context: context-0\n");
    // Each has a home of its own for its trace; `~/.meshery` is one folder.
    let homes: Vec<Home> = names.iter().map(|_| Home::new()).collect();
    let shared = &homes[0];
    shared.write_config(&config);
    for home in &homes[1..] {
        symlink(shared.meshery(), home.meshery()).unwrap();
    }
    // Widens the gap between the last look at the config and the rename.
    let slow = ["-e", "trace=/^rename", "-e", "inject=/^rename:delay_enter=100000"];
    let logins: Vec<_> = homes
        .iter()
        .zip(&names)
        .map(|(home, name)| Trace::of(login_none(home).args(["-c", name]), &slow).spawn())
        .collect();
    for login in logins {
        let output = login.wait().exited(0);
        assert!(!output.stderr.contains("config"), "{output}");
    }
    let listed = fs::read_to_string(shared.config_yaml()).unwrap();
    assert_eq!(listed.matches("token: default").count(), names.len(), "{listed}");
    assert_eq!(listed.matches("auth.json").count(), 1, "{listed}");
}

#[test]
fn an_unwritable_folder_is_reported_before_the_sign_in() {
    let home = Home::new();
    home.write_auth("old bytes");
    home.give_to_nobody();
    set_mode(&home.auth_json(), 0o644);
    set_mode(&home.meshery(), 0o555);
    let forbidden = Browser::forbidden(&home);
    let before = home.snapshot();
    let login = home.mesheryctl().args(["system", "login", "-p", "Layer5"]);
    let output = login.as_nobody().run().exited(7);
    assert!(output.stderr.contains("permission denied. Nothing was changed."), "{output}");
    assert_unchanged(&before, &home.snapshot());
    drop(forbidden);
    set_mode(&home.meshery(), 0o755);
}

#[test]
fn an_unprivileged_user_signs_in_and_owns_a_0600_file() {
    let home = Home::new();
    home.give_to_nobody();
    let _ = login_none(&home).as_nobody().run().exited(0);
    assert_eq!((home.mode(".meshery"), home.mode(".meshery/auth.json")), (0o700, 0o600));
    assert_eq!(home.auth_text(), NONE);
}

#[test]
fn the_token_is_written_to_the_contexts_token_location() {
    let absolute = Home::new();
    let path = absolute.path().join("elsewhere/token.json");
    for (location, lands) in [
        ("auth.json", ".meshery/auth.json".to_owned()),
        ("sub/x.json", ".meshery/sub/x.json".to_owned()),
        ("~/x.json", "x.json".to_owned()),
        (path.to_str().unwrap(), path.display().to_string()),
    ] {
        let home = Home::new();
        home.write_config(&format!(
            "contexts:\n  Prod:\n    endpoint: http://localhost:1\n    token: t\n\
             current-context: prod\ntokens:\n- name: t\n  location: {location}\n"
        ));
        let before = fs::read(home.config_yaml()).unwrap();
        let _ = login_none(&home).run().exited(0);
        assert_eq!(fs::read_to_string(home.path().join(&lands)).unwrap(), NONE, "{location}");
        assert_eq!(home.mode(&lands), 0o600);
        assert_eq!(fs::read(home.config_yaml()).unwrap(), before);
    }
}

#[test]
fn a_context_without_a_token_entry_gets_one_and_no_other_byte_changes() {
    let home = Home::new();
    let config =
        "# mine\ncontexts:\n  local:\n    token: default # the one\ncurrent-context: local\n";
    home.write_config(config);
    set_mode(&home.config_yaml(), 0o640);
    let _ = login_none(&home).run().exited(0);
    let after = fs::read_to_string(home.config_yaml()).unwrap();
    let added: String =
        after.lines().filter(|line| !config.contains(line)).collect::<Vec<_>>().join("|");
    assert!(added.contains("auth.json") && added.contains("default"), "{after}");
    assert!(after.starts_with(config), "{after}");
    assert_eq!(home.mode(".meshery/config.yaml"), 0o640);
    assert_eq!(home.auth_text(), NONE);
}

#[test]
fn a_login_without_a_config_creates_none() {
    for config in [None, Some(""), Some("# nothing\n")] {
        let home = Home::new();
        if let Some(config) = config {
            home.write_config(config);
        }
        let _ = login_none(&home).run().exited(0);
        assert_eq!(fs::read_to_string(home.config_yaml()).ok().as_deref(), config);
    }
}

#[test]
fn an_invalid_config_is_reported_with_line_and_column_and_not_changed() {
    let home = Home::new();
    home.write_config("contexts:\n  local:\n\tendpoint: x\n");
    let before = home.snapshot();
    let output = login_none(&home).run().exited(2);
    assert!(output.stderr.contains("line 3, column 2"), "{output}");
    assert_unchanged(&before, &home.snapshot());
}

#[test]
fn an_unknown_context_and_a_missing_config_file_are_usage_errors() {
    let home = Home::new();
    home.write_config(&config_for("http://localhost:1"));
    let output = login_none(&home).args(["-c", "locla"]).run().exited(2);
    assert!(output.stderr.contains("locla") && output.stderr.contains("local"), "{output}");
    let _ = login_none(&home).args(["--config", "nowhere.yaml"]).run().exited(2);
    assert_eq!(home.auth_bytes(), None);
}

#[test]
fn of_many_contexts_an_error_names_the_first_and_counts_the_others() {
    let home = Home::new();
    let rows: String = (10..1010).map(|it| format!("  c{it}: {{}}\n")).collect();
    home.write_config(&format!("contexts:\n{rows}current-context: c10\n"));
    let output = login_none(&home).args(["-c", "nowhere"]).run().exited(2);
    assert!(output.stderr.contains(" and 980 more.\n"), "{output}");
    assert!(output.stderr.len() < 1000, "{output}");
}

#[test]
fn sixteen_concurrent_logins_leave_one_complete_file_and_nothing_else() {
    let home = Home::new();
    let logins: Vec<_> = (0..16)
        .map(|index| {
            let login = home.mesheryctl().args(["system", "login", "-p", "Layer5", "--with-token"]);
            let login = login.args(["--no-verify"]);
            login.stdin(format!("token-0123456789-{index}")).spawn()
        })
        .collect();
    for login in logins {
        let _ = login.wait().exited(0);
    }
    let text = home.auth_text();
    assert!(
        (0..16).any(|index| text
            == format!(
                "{{\"meshery-provider\":\"Layer5\",\"token\":\"token-0123456789-{index}\"}}\n"
            )),
        "{text}"
    );
    assert_eq!(home.temporary_files(), Vec::<std::path::PathBuf>::new());
    assert_eq!(home.mode(".meshery/auth.json"), 0o600);
}

#[test]
fn a_file_size_limit_is_reported_like_a_full_disk_and_leaves_nothing_behind() {
    let home = Home::new();
    let script = format!("ulimit -f 0; exec {} system login -p None", binary().display());
    let output = home.program("/bin/sh").args(["-c", &script]).run().exited(7);
    assert!(output.stderr.contains("File too large"), "{output}");
    assert_eq!(home.auth_bytes(), None);
    let left =
        std::fs::read_dir(home.path().join(".meshery")).unwrap().map(|it| it.unwrap().file_name());
    let left: Vec<_> = left.filter(|it| it.to_string_lossy().ends_with(".tmp")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_login_says_on_a_terminal_that_it_waits_for_another_process() {
    let home = Home::new();
    home.write_auth("");
    let lock = fs::File::create(home.meshery().join("auth.json.lock")).unwrap();
    lock.lock().unwrap();
    let login = || home.mesheryctl().args(["system", "login", "-p", "None"]);
    let screen = login().on_terminal(24, 80);
    screen.wait_for_contents("Waiting for another mesheryctl…");
    drop(lock);
    assert_eq!(screen.wait(), 0, "{screen:?}");
    assert!(screen.contents().starts_with("Waiting for another mesheryctl…\n✔ Using None."));
    let at_once = login().on_terminal(24, 80);
    assert_eq!(at_once.wait(), 0);
    assert!(!at_once.contents().contains("Waiting"), "{at_once:?}");
}
