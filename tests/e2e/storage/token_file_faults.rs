//! The token file on a full, read-only or removed disk and under concurrency: old or new, complete, 0600.

use std::fs;
use std::path::Path;

use mesheryctl_tests::permissions::NOBODY;
use mesheryctl_tests::*;
use rustix::fs::{Uid, chown};
use serde_json::Value;

const OLD: &str = r#"{"meshery-provider":"Old","token":"old"}"#;

const NONE: &str = "{\"meshery-provider\":\"None\",\"token\":\"\"}\n";
const LAYER5: [&str; 5] = ["system", "login", "-p", "Layer5", "--no-server-check"];

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Runs a login and a logout in a mount namespace with a separate file system on `~/.meshery`.
fn on_a_disk(options: &str, prepare: &str) -> Output {
    let home = Home::new();
    fs::create_dir(home.meshery()).unwrap();
    let program = binary();
    let script = format!(
        "set -e; mount -t tmpfs -o {options},mode=700 none .meshery\n\
         umask 077; printf '%s' '{OLD}' > .meshery/auth.json; set +e; {prepare}\n\
         {program} system login -p None; echo login $?\n\
         {program} system logout; echo logout $?\n\
         cat .meshery/auth.json; stat -c ' %a' .meshery/auth.json; ls -A .meshery",
        program = program.display()
    );
    let script = home.script("disk", &script);
    home.program("/usr/bin/unshare").args(["-m"]).args([script]).run().exited(0)
}

#[test]
fn a_full_or_read_only_disk_is_reported_and_the_old_token_stays() {
    if !MachineKind::is_available() {
        return;
    }
    let fill = "head -c 100000 /dev/zero > .meshery/fill 2>/dev/null";
    let same = &format!("login 7\nlogout 7\n{OLD} 600\n");
    for (options, prepare, why, end) in [
        // An empty file needs no space on a full disk.
        ("size=16k", fill, "the disk is full", "login 7\nlogout 0\n 600\n"),
        ("size=64k,nr_inodes=3", "touch .meshery/fill", "the disk is full", same),
        ("size=64k", "mount -o remount,ro .meshery", "the file system is read-only", same),
    ] {
        let output = on_a_disk(options, prepare);
        assert!(output.stdout.starts_with(end), "{why}: {output}");
        let said = output.stderr.matches(&format!("{why}. Nothing was changed.")).count();
        assert_eq!(said, end.matches(" 7").count(), "{output}");
        assert!(!output.stdout.contains(".tmp"), "{output}");
    }
}

#[test]
fn a_file_size_limit_leaves_the_old_token() {
    let home = Home::new();
    home.write_auth(OLD);
    let before = home.snapshot();
    let login = home.mesheryctl().args(["system", "login", "-p", "None"]);
    let output = login.behind(["/usr/bin/prlimit", "--fsize=10", "--core=0"]).run();
    assert_ne!(output.code, Some(0), "{output}");
    assert_eq!(home.auth_text(), OLD);
    let _ = home.mesheryctl().args(["system", "logout"]).run().exited(0);
    assert_eq!(home.auth_text(), "");
    let names = ["auth.json", "auth.json.lock"];
    assert_unchanged(&before.without(&names), &home.snapshot().without(&names));
}

/// A login during which this is done before the callback.
fn login_during(home: &Home, nobody: bool, change: impl FnOnce(&Home)) -> (Output, Cloud) {
    let cloud = Cloud::start();
    let browser = Browser::waiting(home);
    let login = home.mesheryctl().args(LAYER5).env("MESHERYCTL_LAYER5_URL", cloud.url());
    let login = if nobody { login.as_nobody() } else { login }.spawn();
    let url = browser.opened();
    change(home);
    let _ = Visitor::new().follow(&url);
    (login.wait(), cloud)
}

#[test]
fn a_folder_removed_during_the_sign_in_is_created_again() {
    let home = Home::new();
    home.write_auth(OLD);
    let (output, cloud) =
        login_during(&home, false, |home| fs::remove_dir_all(home.meshery()).unwrap());
    let _ = output.exited(0);
    assert!(home.auth_text().contains(&cloud.token()));
    assert_eq!((home.mode(".meshery"), home.mode(".meshery/auth.json")), (0o700, 0o600));
}

#[test]
fn a_folder_made_read_only_during_the_sign_in_is_reported_and_keeps_its_token() {
    let home = Home::new();
    home.write_auth(OLD);
    let close = |home: &Home| set_mode(&home.meshery(), 0o500);
    let (output, cloud) = login_during(&home, true, close);
    let output = output.exited(7);
    assert!(output.stderr.contains("permission denied. Nothing was changed."), "{output}");
    assert!(!output.stderr.contains(&cloud.token()), "{output}");
    assert_eq!(home.auth_text(), OLD);
    set_mode(&home.meshery(), 0o700);
    let names = home.snapshot().paths();
    assert!(!names.iter().any(|it| it.ends_with(".tmp")), "{names:?}");
}

#[test]
fn a_file_replaced_by_a_link_during_the_sign_in_is_not_written_through() {
    let home = Home::new();
    home.write_auth(OLD);
    let other = home.path().join("precious");
    fs::write(&other, "precious").unwrap();
    let (output, cloud) = login_during(&home, false, |home| {
        fs::remove_file(home.auth_json()).unwrap();
        std::os::unix::fs::symlink("../precious", home.auth_json()).unwrap();
    });
    let _ = output.exited(0);
    assert_eq!(fs::read_to_string(other).unwrap(), "precious");
    assert!(home.auth_text().contains(&cloud.token()));
    assert!(!home.auth_json().is_symlink());
}

#[test]
fn a_file_of_another_user_is_replaced_only_in_the_users_own_folder() {
    if !is_root() {
        return;
    }
    fn login(home: &Home) -> Program<'_> {
        let login = home.mesheryctl().args(["system", "login", "-p", "None"]).as_nobody();
        chown(home.auth_json(), Some(Uid::ROOT), None).unwrap();
        login
    }
    let home = Home::new();
    home.write_auth("root's");
    let _ = login(&home).run().exited(0);
    assert_eq!(home.auth_text(), NONE);
    let data = fs::metadata(home.auth_json()).unwrap();
    assert_eq!(std::os::unix::fs::MetadataExt::uid(&data), NOBODY);
    assert_eq!(home.mode(".meshery/auth.json"), 0o600);

    let home = Home::new();
    home.write_auth("root's");
    let login = login(&home);
    chown(home.meshery(), Some(Uid::ROOT), None).unwrap();
    set_mode(&home.meshery(), 0o755);
    let output = login.run().exited(7);
    assert!(output.stderr.contains("permission denied. Nothing was changed."), "{output}");
    assert_eq!(home.auth_text(), "root's");
}

#[test]
fn without_a_home_nothing_is_written() {
    let home = Home::new();
    let run =
        |home: &str| Home::new().mesheryctl().args(["system", "login"]).env("HOME", home).run();
    let output = run("relative").exited(1);
    assert!(output.stderr.contains("Cannot find your home directory."), "{output}");
    // Without HOME the passwd entry applies: that of `nobody` is a missing folder.
    if is_root() && !Path::new("/nonexistent").exists() {
        let login = home.mesheryctl().args(["system", "login", "-p", "None"]).as_nobody();
        let output = login.env_remove("HOME").run().exited(7);
        assert!(output.stderr.contains("Nothing was changed."), "{output}");
        // The folder above belongs to the system.
        assert!(!output.stderr.contains("chown"), "{output}");
    }
    assert_eq!(home.snapshot().paths(), Vec::<String>::new());
}

#[test]
fn sixty_four_concurrent_logins_and_logouts_leave_one_token_with_its_state() {
    let home = Home::new();
    let tokens: Vec<_> =
        (0..48).map(|it| token::jwt(&token::claims(&format!("{it}@x.org"), None))).collect();
    let login = |token: &String| {
        let login = home.mesheryctl().args(["system", "login", "-p", "Layer5", "--with-token"]);
        login.args(["--no-verify"]).stdin(token).spawn()
    };
    let logout = || home.mesheryctl().args(["system", "logout"]).spawn();
    let mut all = Vec::new();
    for three in tokens.chunks(3) {
        all.extend(three.iter().map(login));
        all.push(logout());
    }
    assert_eq!(all.len(), 64);
    for one in all {
        let _ = one.wait().exited(0);
    }
    let text = home.auth_text();
    let kept = fs::read_to_string(home.meshery().join("auth.json.kept")).ok();
    if text.is_empty() {
        assert_eq!(kept, None);
    } else {
        let auth: Value = serde_json::from_str(&text).unwrap();
        let winner = tokens.iter().position(|it| auth["token"] == it.as_str());
        let winner = winner.unwrap_or_else(|| panic!("one of the tokens, not {text}"));
        let kept: Value = serde_json::from_str(&kept.unwrap()).unwrap();
        assert_eq!(kept["account"], format!("{winner}@x.org"));
    }
    assert_eq!(home.mode(".meshery/auth.json"), 0o600);
    let names = home.snapshot().paths();
    assert!(!names.iter().any(|it| it.ends_with(".tmp")), "{names:?}");
}

#[test]
fn stored_state_is_removed_only_under_the_lock() {
    if !Trace::is_available() {
        return;
    }
    let home = Home::new();
    home.write_auth("");
    let record = "{\"provider_id\":\"layer5\",\"token_sha256\":\"0\"}";
    fs::write(home.meshery().join("auth.json.kept"), record).unwrap();
    let _ = Trace::of(home.mesheryctl().args(["system", "logout"]), &[]).run().exited(0);
    let calls = Trace::read(&home).calls;
    let at = |name: &str, about: &str| {
        calls.iter().position(|it| it.name.starts_with(name) && it.args.contains(about))
    };
    let (locked, removed) = (at("flock", "LOCK_EX"), at("unlink", "auth.json.kept"));
    assert!(locked.is_some() && locked < removed, "{locked:?} {removed:?}");
}
