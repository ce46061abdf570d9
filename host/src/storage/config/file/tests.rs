//! Unit tests of reading config.yaml: a missing file, a directory, a pipe, and bytes that are not text.

use std::fs;
use std::path::Path;

use crate::error::{Code, Error, Exit};
use crate::storage::config::Config;
use crate::storage::config::samples::GO_DEFAULT;

fn load(path: &Path, named: bool) -> Error {
    Config::load(path, named).expect_err("an error")
}

#[test]
fn a_missing_default_file_is_no_config_and_a_missing_named_file_is_an_error() {
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("config.yaml");
    assert!(Config::load(&path, false).expect("no error").is_none());
    let error = load(&path, true);
    assert_eq!((error.code, error.exit()), (Code::ConfigNotFound, Exit::Usage));
    fs::write(&path, "").expect("written");
    assert!(Config::load(&path, false).expect("no error").is_none());
    assert!(Config::load(&path, true).expect("no error").is_none());
    fs::write(&path, GO_DEFAULT).expect("written");
    let config = Config::load(&path, true).expect("no error").expect("a config");
    assert_eq!(config.text(), GO_DEFAULT);
}

#[test]
fn bytes_that_are_not_text_are_reported_with_their_position() {
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("my config.yaml");
    for (bytes, expected) in [
        (&b"a: 1\nb\xc3\xa9: \xff\n"[..], "line 2, column 5: this is not UTF-8 text."),
        (b"\xff\xfea\0", "line 1, column 1: the file is UTF-16, save it as UTF-8."),
        (b"a: \0", "line 1, column 4: the character U+0000 is not allowed here."),
        (&vec![b'#'; 1024 * 1024 + 1], "is larger than 1 MiB, so it is not a config file."),
    ] {
        fs::write(&path, bytes).expect("written");
        let error = load(&path, false);
        assert_eq!((error.code, error.exit()), (Code::ConfigInvalid, Exit::Usage));
        assert!(error.to_string().ends_with(expected), "{error}");
        assert!(
            error.suggestions()[0].command.to_string().starts_with("mv "),
            "{:?}",
            error.suggestions()
        );
    }
    fs::write(&path, vec![b'#'; 1024 * 1024]).expect("written");
    assert!(Config::load(&path, false).expect("no error").is_none());
}

/// Moving a device away would stop other programs.
#[test]
fn only_a_regular_file_in_a_folder_of_this_user_is_to_be_moved_away() {
    let home = tempfile::tempdir().expect("a folder");
    let own = home.path().join("config.yaml");
    fs::write(&own, "[").expect("written");
    std::os::unix::fs::symlink(&own, home.path().join("link")).expect("a link");
    for (path, is_moved) in [
        (own.as_path(), true),
        (&home.path().join("link"), true),
        (home.path(), false),
        (Path::new("/dev/full"), false),
        (Path::new("/proc/version"), false),
    ] {
        let shown = load(path, true).suggestions()[0].command.to_string();
        assert_eq!(shown.starts_with("mv "), is_moved, "{shown}");
        assert!(is_moved || shown.starts_with("ls -ld "), "{shown}");
    }
}

#[test]
fn a_file_below_a_file_is_an_error_in_plain_words() {
    let home = tempfile::tempdir().expect("a folder");
    fs::write(home.path().join("file"), "").expect("written");
    let error = load(&home.path().join("file/config.yaml"), true);
    assert!(error.to_string().ends_with(": part of the path is not a directory."), "{error}");
}

#[test]
fn a_directory_is_rejected() {
    let home = tempfile::tempdir().expect("a folder");
    for named in [true, false] {
        let error = load(home.path(), named);
        assert_eq!((error.code, error.exit()), (Code::ConfigInvalid, Exit::Usage));
        assert!(error.to_string().ends_with("is a directory, not a config file."));
    }
}

#[test]
fn a_default_file_that_is_a_pipe_is_not_opened() {
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("config.yaml");
    let made = std::process::Command::new("mkfifo").arg(&path).status().expect("mkfifo runs");
    assert!(made.success());
    assert_eq!(load(&path, false).code, Code::ConfigUnreadable);
    assert!(Config::load(Path::new("/dev/null"), true).expect("no error").is_none());
}
