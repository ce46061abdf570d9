//! `system check` as a doctor: one line for each thing that is wrong, with the command that mends it; and `--fix`.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::time::{SystemTime, UNIX_EPOCH};

use mesheryctl_tests::*;
use serde_json::{Value, json};

use super::remedies::assert_row;
use crate::sign_in::layer5::saved;

const TOKEN: &str = "T0123456789abcdef";

fn check(home: &Home) -> Program<'_> {
    home.mesheryctl().args(["system", "check"])
}

fn signed_in() -> Home {
    let home = Home::new();
    home.write_auth(saved(TOKEN));
    home
}

/// The lines of the report with this id.
fn lines(output: &Output, id: &str) -> Vec<Value> {
    let json: Value = serde_json::from_str(&output.stdout).unwrap();
    let all = json["authentication"].as_array().unwrap_or_else(|| panic!("{json:#}"));
    all.iter().filter(|it| it["id"] == id).cloned().collect()
}

#[test]
fn a_broken_config() {
    let home = signed_in();
    home.write_config("contexts: [\n");
    let output = check(&home).run().exited(2);
    assert_row("a broken config", &home, &output);
    assert!(output.stdout.contains("- The token of Layer5 is not verified ("), "{output}");
    let json = check(&home).args(["-o", "json"]).run().exited(2);
    let error: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(error["error"]["code"], "config_invalid");
    let [line] = &lines(&json, "config")[..] else { panic!("{json}") };
    assert_eq!(line["status"], "failed");
    assert!(line["fix"].as_str().unwrap().starts_with("mv "), "{line}");
    home.write_auth("");
    let both = check(&home).args(["-o", "json"]).run().exited(3);
    assert_eq!(lines(&both, "token")[0]["fix"], "mesheryctl system login");
}

#[test]
fn a_corrupt_token_file() {
    let home = Home::new();
    home.write_auth("<html>");
    let output = check(&home).run().exited(3);
    assert_row("a corrupt token file", &home, &output);
    let line = "auth.json is a web page, not a token file. Sign in: mesheryctl system login\n";
    assert!(output.stdout.contains(line), "{output}");
    // Outside of ~/.meshery no login replaces it.
    fs::write(home.path().join("page"), "<html>").unwrap();
    home.write_config(&config_for("http://localhost:1").replace("auth.json", "~/page"));
    let output = check(&home).run().exited(3);
    let aside = format!("{0} {0}.bak\n", home.path().join("page").display());
    assert!(output.stdout.contains(&format!("move it away: mv {aside}")), "{output}");
}

#[test]
fn a_token_file_that_is_a_directory() {
    let home = Home::new();
    fs::create_dir_all(home.auth_json()).unwrap();
    let output = check(&home).run().exited(3);
    assert_row("a token file that is a directory", &home, &output);
    assert!(!output.stderr.contains("system login"), "{output}");
}

#[test]
fn a_folder_that_you_cannot_write() {
    let home = signed_in();
    let run = check(&home).as_nobody();
    set_mode(&home.meshery(), 0o500);
    let output = run.clone().run().exited(0);
    assert_row("a folder that you cannot write", &home, &output);
    let login = home.mesheryctl().args(["system", "login", "-p", "None"]).as_nobody();
    let login = login.run().exited(7);
    assert!(login.stderr.contains("chmod u+rwx "), "{login}");
    set_mode(&home.meshery(), 0o700);
    let _ = fs::remove_file(home.auth_json());
    set_mode(&home.meshery(), 0o500);
    let missing = run.run().exited(3);
    assert!(missing.stdout.contains("!! No token can be saved in "), "{missing}");
    set_mode(&home.meshery(), 0o700);
}

#[test]
fn a_folder_of_another_user() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let home = signed_in();
    let run = check(&home).as_nobody();
    rustix::fs::chown(home.meshery(), Some(rustix::fs::Uid::ROOT), None).unwrap();
    set_mode(&home.meshery(), 0o755);
    let output = run.run().exited(0);
    assert_row("a folder of another user", &home, &output);
}

#[test]
fn a_full_disk() {
    if !MachineKind::is_available() {
        return;
    }
    let home = Home::new();
    let script = format!(
        "mount -t tmpfs -o size=16k,mode=700 none .meshery || exit 1\n\
         head -c 100000 /dev/zero > .meshery/fill 2>/dev/null\n{} system check",
        binary().display()
    );
    fs::create_dir(home.meshery()).unwrap();
    let script = home.script("disk", &script);
    let output = home.program("/usr/bin/unshare").args(["-m"]).args([script]).run().exited(3);
    assert_row("a full disk", &home, &output);
}

#[test]
fn a_folder_that_every_user_can_change() {
    let home = signed_in();
    set_mode(&home.meshery(), 0o777);
    let output = check(&home).run().exited(0);
    assert_row("a folder that every user can change", &home, &output);
}

#[test]
fn a_token_that_is_valid_only_in_the_future() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let mut claims = token::claims("you@corp.example", Some(4_000_000_000));
    claims["nbf"] = json!(now + 7200);
    let home = Home::new();
    home.write_auth(saved(&token::jwt(&claims)));
    let output = check(&home).run().exited(3);
    assert_row("a token that is valid only in the future", &home, &output);
    assert!(!output.stdout.contains("✓ Signed in"), "{output}");
    claims["nbf"] = json!(now + 30);
    home.write_auth(saved(&token::jwt(&claims)));
    let _ = check(&home).run().exited(0);
}

#[test]
fn a_temporary_file_of_a_killed_process() {
    let home = signed_in();
    fs::write(home.meshery().join(".auth-x.tmp"), "half").unwrap();
    let running = File::create(home.meshery().join(".auth-y.tmp")).unwrap();
    running.lock().unwrap();
    let output = check(&home).run().exited(0);
    assert_row("a temporary file of a killed process", &home, &output);
    assert!(!output.stdout.contains(".auth-y.tmp"), "{output}");
}

#[test]
fn a_lock_that_another_process_holds() {
    let home = signed_in();
    let lock = File::create(home.meshery().join("auth.json.lock")).unwrap();
    assert!(lines(&check(&home).args(["-o", "json"]).run().exited(0), "lock").is_empty());
    lock.lock().unwrap();
    let output = check(&home).run().exited(0);
    assert_row("a lock that another process holds", &home, &output);
}

#[test]
fn a_variable_beside_a_saved_token() {
    let home = signed_in();
    let run = || check(&home).env("MESHERY_TOKEN", token::opaque("t"));
    let output = run().run().exited(0);
    assert_row("a variable beside a saved token", &home, &output);
    let ci = run().env("CI", "true").run().exited(0);
    assert!(!ci.stdout.contains("unset MESHERY_TOKEN"), "{ci}");
}

/// A signed-in home whose server spells the provider otherwise.
fn misspelled() -> (Home, MesheryServer) {
    let server = MesheryServer::start().provider("Tata Consulting", "https://tata.example");
    let server = server.accepts(TOKEN);
    let home = Home::new();
    home.write_config(&config_for(&server.endpoint()));
    home.write_auth(format!(
        "{{\"meshery-provider\":\"tata consulting\",\"token\":\"{TOKEN}\"}}\n"
    ));
    (home, server)
}

#[test]
fn a_provider_that_the_server_spells_otherwise() {
    let (home, _server) = misspelled();
    let output = check(&home).run().exited(0);
    assert_row("a provider that the server spells otherwise", &home, &output);
}

#[test]
fn a_file_that_other_users_can_read() {
    let home = signed_in();
    set_mode(&home.auth_json(), 0o644);
    let output = check(&home).run().exited(0);
    assert_row("a file that other users can read", &home, &output);
}

#[test]
fn fix_mends_modes_temporary_files_and_the_providers_name_and_says_so() {
    let (home, server) = misspelled();
    set_mode(&home.auth_json(), 0o644);
    fs::write(home.meshery().join(".auth-x.tmp"), "half").unwrap();
    let output = check(&home).args(["--fix"]).run().exited(0);
    for line in [
        "✓ Made ~/.meshery/auth.json readable only by you\n".to_owned(),
        "✓ Removed .auth-x.tmp\n".to_owned(),
        "✓ Changed the provider from tata consulting to Tata Consulting, as ".to_owned(),
        format!("✓ Accepted by {}\n", server.endpoint()),
    ] {
        assert!(output.stdout.contains(&line), "{line}: {output}");
    }
    let auth = format!("{{\"meshery-provider\":\"Tata Consulting\",\"token\":\"{TOKEN}\"}}\n");
    assert_eq!((home.auth_text(), home.mode(".meshery/auth.json")), (auth, 0o600));
    assert!(!home.meshery().join(".auth-x.tmp").exists());
    let again = check(&home).args(["--fix"]).run().exited(0);
    for done in ["Made ", "Removed ", "Changed "] {
        assert!(!again.stdout.contains(done), "{again}");
    }
}

#[test]
fn fix_changes_nothing_else() {
    let home = signed_in();
    home.write_config("contexts: [\n");
    set_mode(&home.meshery(), 0o755);
    fs::write(home.meshery().join("notes.tmp"), "mine").unwrap();
    fs::write(home.path().join("mine"), "mine").unwrap();
    set_mode(&home.path().join("mine"), 0o644);
    symlink("../mine", home.meshery().join("trust.json")).unwrap();
    let before = home.snapshot();
    let output = check(&home).args(["--fix"]).run().exited(2);
    assert!(output.stdout.contains("!! The config is invalid: "), "{output}");
    assert_unchanged(&before, &home.snapshot());
    let _ = check(&home).args(["--fix", "--token", "mine"]).run().exited(2);
}

#[test]
fn check_says_with_verbose_whom_it_asks() {
    let cloud = Cloud::start();
    let server = MesheryServer::start().provider("Layer5", cloud.url()).accepts(TOKEN);
    let home = signed_in();
    home.write_config(&config_for(&server.endpoint()));
    let of_provider = "Asking Layer5 whether the token is valid.\n";
    for args in [&["-v"][..], &["-v", "--verify"]] {
        let run = check(&home).args(args).env("MESHERYCTL_LAYER5_URL", cloud.url());
        let output = run.run();
        for line in [
            format!("Asking the Meshery Server {} for its providers.\n", server.endpoint()),
            format!("Asking {} whether the token is valid.\n", server.endpoint()),
        ] {
            assert!(output.stderr.contains(&line), "{line}: {output}");
        }
        // Only if it is asked.
        assert_eq!(output.stderr.contains(of_provider), args.len() == 2, "{output}");
    }
}
