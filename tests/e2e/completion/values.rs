//! The values that files of this computer give: contexts, tokens, providers, settings and plugins.

use std::fs;

use mesheryctl_tests::*;

use super::{offered_to, values_of};
use crate::plugins::lifecycle::install;

fn values(home: &Home, words: &[&str]) -> Vec<String> {
    values_of(home.mesheryctl(), words)
}

const NONE: [&str; 0] = [];

#[test]
fn contexts_and_tokens_are_those_of_the_config_file_that_the_line_names() {
    let home = Home::new();
    home.write_config("contexts: {local: {}, prod: {}}\ntokens: [{name: default}, {name: ci}]\n");
    fs::write(home.path().join("other.yaml"), "contexts: {other: {}}\n").unwrap();
    assert_eq!(values(&home, &["--context", ""]), ["local", "prod"]);
    assert_eq!(values(&home, &["system", "login", "-c", "p"]), ["prod"]);
    assert_eq!(values(&home, &["system", "token", "view", ""]), ["default", "ci"]);
    for words in [
        &["--config", "other.yaml", "-c", ""][..],
        &["--config=other.yaml", "system", "check", "-c", ""],
        &["system", "check", "--config", "~/other.yaml", "--context", ""],
    ] {
        assert_eq!(values(&home, words), ["other"], "{words:?}");
    }
}

#[test]
fn a_name_that_a_shell_would_not_read_as_one_word_is_not_offered() {
    let home = Home::new();
    home.write_config("contexts: {\"a b\": {}, \"$(touch x)\": {}, \"x;y\": {}, plain: {}}\n");
    assert_eq!(values(&home, &["-c", ""]), ["plain"]);
}

#[test]
fn files_that_cannot_be_read_give_no_values_and_no_message() {
    let home = Home::new();
    for config in ["contexts: [", "\u{0}", "contexts: 5"] {
        home.write_config(config);
        assert_eq!(values(&home, &["-c", ""]), NONE, "{config:?}");
        assert_eq!(values(&home, &["system", "token", "view", ""]), NONE, "{config:?}");
    }
    fs::write(home.meshery().join("plugins"), "no folder").unwrap();
    fs::write(home.meshery().join("trust.json"), "{").unwrap();
    assert_eq!(values(&home, &["plugin", "trust", ""]), NONE);
    assert_eq!(values(&home, &["plugin", "untrust", ""]), NONE);
    assert_eq!(values(&home, &["system", "login", "-p", ""]), ["Layer5", "None"]);
    let relative = home.mesheryctl().env("HOME", "relative");
    assert_eq!(values_of(relative, &["-c", ""]), NONE);
}

#[test]
fn providers_are_offered_by_name_and_by_id_with_their_settings() {
    let home = Home::new();
    let _ = install(&home, "hello-provider");
    let all = values(&home, &["system", "login", "--provider", ""]);
    assert_eq!(all[..2], ["Layer5", "None"]);
    assert_eq!(all.len(), 3, "{all:?}");
    assert_eq!(values(&home, &["system", "login", "-p", "lay"]), ["layer5"]);
    let settings = offered_to(home.mesheryctl(), &["system", "login", "-p", "Layer5", "--set", ""]);
    let url = ("url=".to_owned(), "The base URL of the cloud to sign in to.".to_owned());
    assert_eq!(settings, [url]);
    assert_eq!(values(&home, &["system", "login", "--provider=None", "--set", ""]), NONE);
    assert_eq!(values(&home, &["system", "login", "--set", ""]), NONE);
}

#[test]
fn plugins_are_offered_by_id_and_by_file() {
    let home = Home::new();
    let file = install(&home, "hello-provider");
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    let ids = values(&home, &["plugin", "trust", ""]);
    assert_eq!(ids.len(), 1, "{ids:?}");
    let inspected = values(&home, &["plugin", "inspect", ""]);
    assert!(inspected.contains(&ids[0]) && inspected.contains(&name), "{inspected:?}");
    assert_eq!(values(&home, &["plugin", "untrust", ""]), NONE);
    let folder = file.parent().unwrap().to_owned();
    let elsewhere = home.path().join("elsewhere");
    fs::rename(folder, &elsewhere).unwrap();
    assert_eq!(values(&home, &["plugin", "trust", ""]), NONE);
    let named = ["plugin", "trust", "--plugins-dir", "elsewhere", ""];
    assert_eq!(values(&home, &named), ids);
}

#[test]
fn nothing_is_asked_of_the_network_and_no_process_is_started() {
    if !Trace::is_available() {
        return;
    }
    let home = Home::new();
    let _ = install(&home, "hello-provider");
    home.write_config(&config_for("http://localhost:1"));
    for words in [&["-c", ""][..], &["system", "login", "-p", ""], &["plugin", "inspect", ""]] {
        let before = home.snapshot();
        let program = Trace::of(home.mesheryctl(), &["-e", "trace=network,process"]);
        let _ = offered_to(program, words);
        let names: Vec<_> = Trace::read(&home).calls.into_iter().map(|it| it.name).collect();
        let is_allowed = |it: &String| ["execve", "exit_group"].contains(&it.as_str());
        assert!(names.iter().all(is_allowed), "{words:?}: {names:?}");
        assert_unchanged(&before, &home.snapshot());
    }
}
