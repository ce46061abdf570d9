//! Unit tests of changes of the file: its lock, other programs, modes and links.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::thread;

use super::*;
use crate::storage::config::TokenEntry;
use crate::storage::config::samples::GO_DEFAULT;

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(".meshery/config.yaml");
    (folder, path)
}

fn token(name: &str) -> Change {
    let location = "auth.json".to_owned();
    Change::AddToken(TokenEntry { name: name.to_owned(), location })
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("a file").permissions().mode() & 0o7777
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).expect("a file")
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(atomic_file::folder_of(path)).expect("a folder");
    fs::write(path, text).expect("written");
}

#[test]
fn an_absent_file_is_created_for_its_owner_only() {
    let (_folder, path) = folder();
    let new = Config::change(&path, |old| {
        assert_eq!((old.text(), old.names()), ("", Vec::new()));
        Ok(vec![token("default")])
    });
    assert_eq!(new.expect("changed").text(), text(&path));
    assert_eq!(text(&path), "tokens:\n    - name: default\n      location: auth.json\n");
    let folder = atomic_file::folder_of(&path);
    assert_eq!(
        (mode(&path), mode(folder), mode(&folder.join("config.yaml.lock"))),
        (0o600, 0o700, 0o600)
    );
}

#[test]
fn a_config_that_was_read_before_changes_what_the_file_contains_now() {
    let (_folder, path) = folder();
    write(&path, GO_DEFAULT);
    let known = Config::load(&path, false).expect("read").expect("a config");
    for (now, names) in
        [(GO_DEFAULT, vec!["local"]), ("contexts: {a: {}, b: {}}\n", vec!["a", "b"])]
    {
        write(&path, now);
        let changes = |old: &Config| {
            assert_eq!((old.text(), old.names()), (now, names.clone()));
            Ok(vec![token("t")])
        };
        let new = known.change_file(changes).expect("changed");
        assert_eq!(new.text(), text(&path));
        let again =
            Config::load_known(&path, false, Some(&known)).expect("read").expect("a config");
        assert_eq!((again.text(), again.names()), (new.text(), names.clone()));
    }
    write(&path, "# empty\n");
    let blank = Config::change(&path, |_| Ok(Vec::new())).expect("no change");
    assert!(Config::load_known(&path, false, Some(&blank)).expect("read").is_none());
}

#[test]
fn an_empty_list_writes_nothing() {
    let (_folder, path) = folder();
    Config::change(&path, |_| Ok(Vec::new())).expect("no change");
    assert!(!path.exists());
    write(&path, GO_DEFAULT);
    let before = fs::metadata(&path).expect("a file").modified().expect("a time");
    let new = Config::change(&path, |_| Ok(vec![token("default")])).expect("so already");
    assert_eq!(new.text(), GO_DEFAULT);
    assert_eq!(fs::metadata(&path).expect("a file").modified().expect("a time"), before);
}

#[test]
fn the_mode_and_a_link_stay_and_the_lock_is_beside_the_file_itself() {
    for kept in [0o644, 0o640, 0o600] {
        let (folder, path) = folder();
        let real = folder.path().join("dotfiles/meshery.yaml");
        write(&real, GO_DEFAULT);
        fs::set_permissions(&real, Permissions::from_mode(kept)).expect("a mode");
        fs::create_dir(atomic_file::folder_of(&path)).expect("a folder");
        symlink("../dotfiles/meshery.yaml", &path).expect("a link");
        let new = Config::change(&path, |_| Ok(vec![token("t")])).expect("changed");
        assert_eq!(new.path(), path);
        assert!(fs::symlink_metadata(&path).expect("a link").is_symlink());
        assert_eq!((mode(&real), text(&real)), (kept, new.text().to_owned()));
        assert!(folder.path().join("dotfiles/meshery.yaml.lock").exists());
    }
}

#[test]
fn processes_that_change_the_file_at_once_lose_nothing() {
    let (_folder, path) = folder();
    write(&path, "# mine\ntokens: # all\n# end\n");
    thread::scope(|scope| {
        for number in 0..8 {
            let path = &path;
            scope.spawn(move || {
                for turn in 0..4 {
                    let name = format!("t{number}-{turn}");
                    Config::change(path, |_| Ok(vec![token(&name)])).expect("changed");
                }
            });
        }
    });
    let config = Config::load(&path, true).expect("read").expect("values");
    let mut names: Vec<_> = config.tokens().into_iter().map(|it| it.name).collect();
    names.sort();
    let all = (0..8).flat_map(|number| (0..4).map(move |turn| format!("t{number}-{turn}")));
    assert_eq!(names, all.collect::<Vec<_>>());
    assert!(config.text().starts_with("# mine\ntokens: # all\n    - name: "), "{}", config.text());
    assert!(config.text().ends_with("# end\n"), "{}", config.text());
}

#[test]
fn a_file_that_another_program_changes_meanwhile_is_decided_anew() {
    for absent in [false, true] {
        let (_folder, path) = folder();
        if !absent {
            write(&path, GO_DEFAULT);
        }
        let mut seen = Vec::new();
        let new = Config::change(&path, |old| {
            seen.push(old.tokens().len());
            if seen.len() == 1 {
                write(&path, "tokens:\n- name: theirs\n- name: more\n");
            }
            Ok(vec![token("ours")])
        });
        let names: Vec<_> = new.expect("changed").tokens().into_iter().map(|it| it.name).collect();
        assert_eq!(names, ["theirs", "more", "ours"]);
        assert_eq!(seen, [if absent { 0 } else { 1 }, 2]);
    }
}

#[test]
fn a_file_that_keeps_changing_is_left_alone() {
    let (_folder, path) = folder();
    let mut tries = 0;
    let error = Config::change(&path, |_| {
        tries += 1;
        write(&path, &format!("# {tries}\n"));
        Ok(vec![token("ours")])
    });
    let error = error.expect_err("it keeps changing");
    assert_eq!((error.code, tries), (Code::NotStored, TRIES));
    assert!(error.to_string().contains("other programs keep changing it"), "{error}");
    assert_eq!(text(&path), format!("# {TRIES}\n"));
    let left = fs::read_dir(atomic_file::folder_of(&path)).expect("a folder").count();
    assert_eq!(left, 2, "the file and its lock");
}

#[test]
fn a_file_that_another_process_holds_is_not_changed() {
    let (_folder, path) = folder();
    write(&path, GO_DEFAULT);
    let held = Lock::take(&path).expect("the lock");
    let change = || Config::change_within(&path, Duration::ZERO, |_| Ok(vec![token("t")]));
    let error = change().expect_err("held");
    assert!(error.to_string().starts_with("Cannot lock "), "{error}");
    assert_eq!(text(&path), GO_DEFAULT);
    drop(held);
    change().expect("free");
}

#[test]
fn a_file_does_not_grow_beyond_what_is_read() {
    let (_folder, path) = folder();
    let length = usize::try_from(file::MAX_LENGTH).expect("a length");
    let filler = format!("#{}\n", "x".repeat(length - 2));
    write(&path, &filler);
    let error = Config::change(&path, |_| Ok(vec![token("t")])).expect_err("too large");
    assert_eq!(error.code, Code::ConfigEditFailed);
    assert!(error.to_string().contains("would become larger than 1 MiB"), "{error}");
    assert_eq!(text(&path), filler);
    Config::change(&path, |_| Ok(Vec::new())).expect("no change");
}
