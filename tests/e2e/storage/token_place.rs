//! The place of the token file: a location of config.yaml cannot make a login or logout replace any other file.

use std::fs;
use std::os::unix::fs::{chown, symlink};

use mesheryctl_tests::permissions::NOBODY;
use mesheryctl_tests::*;

const NONE: &str = "{\"meshery-provider\":\"None\",\"token\":\"\"}\n";

/// A home whose context has its token at this location.
fn with_location(location: &str) -> Home {
    let home = Home::new();
    home.write_config(&format!(
        "contexts:\n  a: {{token: t}}\ncurrent-context: a\ntokens:\n- name: t\n  location: {location}\n"
    ));
    home
}

fn login(home: &Home) -> Program<'_> {
    home.mesheryctl().args(["system", "login", "-p", "None"])
}

fn logout(home: &Home) -> Program<'_> {
    home.mesheryctl().args(["system", "logout"])
}

#[test]
fn a_login_or_logout_replaces_no_file_outside_of_the_folder_of_meshery_that_is_not_a_token_file() {
    let home = with_location("~/.ssh/id_ed25519");
    let key = home.path().join(".ssh/id_ed25519");
    fs::create_dir_all(key.parent().unwrap()).unwrap();
    fs::write(&key, "-----BEGIN OPENSSH PRIVATE KEY-----\n").unwrap();
    let before = home.snapshot();
    for program in [login(&home), logout(&home)] {
        let output = program.run().exited(7);
        let (said, aside) = (
            format!("Cannot use {} as the token file: it is not a token file.", key.display()),
            format!("mv {0} {0}.bak\n", key.display()),
        );
        assert!(output.stderr.contains(&said), "{output}");
        assert!(output.stderr.contains("Nothing was changed."), "{output}");
        assert!(output.stderr.contains(&aside), "{output}");
        assert_unchanged(&before, &home.snapshot());
    }
}

#[test]
fn no_new_file_that_begins_with_a_dot_is_created_outside_of_the_folder_of_meshery() {
    for location in ["~/.bash_aliases", "~/.zshenv"] {
        let home = with_location(location);
        let before = home.snapshot();
        let output = login(&home).run().exited(7);
        let said = "a new file outside of ~/.meshery must not begin with a dot. Nothing was";
        assert!(output.stderr.contains(said), "{output}");
        assert_unchanged(&before, &home.snapshot());
    }
    let home = with_location("~/.meshery/.prod");
    let _ = login(&home).run().exited(0);
}

#[test]
fn a_token_file_in_a_folder_that_another_user_can_replace_is_refused() {
    if !can_be_others() {
        return;
    }
    let shared = tempfile::tempdir().unwrap();
    let folder = shared.path().join("theirs/mine");
    fs::create_dir_all(&folder).unwrap();
    chown(&folder, Some(NOBODY), None).unwrap();
    set_mode(shared.path(), 0o755);
    for (owner, mode, exit) in [(NOBODY, 0o755, 0), (ANOTHER_USER, 0o755, 7), (0, 0o777, 7)] {
        let theirs = shared.path().join("theirs");
        chown(&theirs, Some(owner), None).unwrap();
        set_mode(&theirs, mode);
        let home = with_location(&folder.join("auth.json").display().to_string());
        let output = login(&home).as_nobody().run().exited(exit);
        let said = "another user can replace its folder";
        assert_eq!(output.stderr.contains(said), exit == 7, "{owner} {mode:o}: {output}");
    }
}

#[test]
fn a_lock_file_that_is_a_link_is_not_followed() {
    let home = Home::new();
    fs::create_dir_all(home.meshery()).unwrap();
    symlink(home.path().join("created"), home.meshery().join("auth.json.lock")).unwrap();
    let _ = login(&home).run().exited(7);
    assert!(!home.path().join("created").exists());
}

#[test]
fn a_location_that_leads_out_of_a_folder_that_does_not_exist_is_outside() {
    for location in ["x/../../.bashrc", "~/.meshery/x/../../.bashrc"] {
        let home = with_location(location);
        fs::write(home.path().join(".bashrc"), "alias ll='ls -l'\n").unwrap();
        let before = home.snapshot();
        let _ = login(&home).run().exited(7);
        assert_unchanged(&before, &home.snapshot());
    }
}

#[test]
fn a_logout_leaves_no_copy_of_a_token_in_a_file_that_is_no_token_file() {
    let home = Home::new();
    home.write_auth("{\"meshery-provider\":\"Layer5\",\"token\":\"canary\",\"expires_in\":3600}");
    let _ = logout(&home).run().exited(0);
    assert_eq!(home.auth_text(), "");
    assert!(!home.meshery().join("auth.json.bad").exists());
}

#[test]
fn a_link_in_the_folder_of_meshery_does_not_make_another_file_a_token_file() {
    let home = Home::new();
    fs::create_dir_all(home.meshery()).unwrap();
    fs::write(home.path().join(".bashrc"), "alias ll='ls -l'\n").unwrap();
    symlink("../.bashrc", home.auth_json()).unwrap();
    let before = home.snapshot();
    let _ = login(&home).run().exited(7);
    let _ = logout(&home).run().exited(7);
    assert_unchanged(&before, &home.snapshot());
}

#[test]
fn a_token_file_outside_of_the_folder_of_meshery_is_written_and_emptied() {
    for text in [None, Some(""), Some("{\"meshery-provider\":\"Layer5\",\"token\":\"old\"}")] {
        let home = with_location("~/token.json");
        let file = home.path().join("token.json");
        if let Some(text) = text {
            fs::write(&file, text).unwrap();
        }
        let _ = login(&home).run().exited(0);
        assert_eq!(fs::read_to_string(&file).unwrap(), NONE);
        let _ = logout(&home).run().exited(0);
        assert_eq!(fs::read_to_string(&file).unwrap(), "");
        assert!(!home.path().join("token.json.bad").exists());
    }
}

#[test]
fn other_files_of_this_program_are_never_a_token_file() {
    for name in
        ["config.yaml", "trust.json", "plugins/libmock.so", "auth.json.lock", "auth.json.kept"]
    {
        let home = with_location(name);
        let file = home.meshery().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        if !file.exists() {
            fs::write(&file, "other").unwrap();
        }
        let before = home.snapshot();
        for program in [login(&home), logout(&home)] {
            let output = program.run().exited(7);
            assert!(output.stderr.contains("this name is used for another file"), "{output}");
            assert_unchanged(&before, &home.snapshot());
        }
    }
}

#[test]
fn a_web_page_that_the_go_cli_left_as_the_token_is_kept_as_a_copy_when_a_login_or_logout_replaces_it()
 {
    let page = "<!doctype html><title>Sign in</title>";
    for (program, expected) in [(login as fn(&Home) -> Program<'_>, NONE), (logout, "")] {
        let home = Home::new();
        fs::create_dir_all(home.meshery()).unwrap();
        fs::write(home.auth_json(), page).unwrap();
        let _ = program(&home).run().exited(0);
        assert_eq!(home.auth_text(), expected);
        let copy = fs::read_to_string(home.meshery().join("auth.json.bad")).unwrap();
        assert_eq!((copy.as_str(), home.mode(".meshery/auth.json.bad")), (page, 0o600));
    }
}
