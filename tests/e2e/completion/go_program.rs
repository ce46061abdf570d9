//! Completion of commands that are handed over: what the Go program offers, which is cobra's.

use std::fs;

use mesheryctl_tests::*;

use super::{offered_to, values_of};
use crate::handing_over::{link_to_this_program, program, stand_in};

/// Offers its own arguments, and notes that it was asked.
const OFFERS: &str = "echo \"$@\" >> \"$HOME/asked\"\n\
    printf 'list\\tList designs\\nlog in\\n$(touch x)\\nview\\n:4\\n'\n\
    echo 'Completion ended with directive: x' >&2";

fn asked(home: &Home) -> String {
    fs::read_to_string(home.path().join("asked")).unwrap_or_default()
}

#[test]
fn the_go_program_is_asked_for_what_follows_its_command() {
    let home = Home::new();
    stand_in(&home, "go", OFFERS);
    let offered = offered_to(program(&home, &["go"]), &["design", "l"]);
    assert_eq!(offered, [("list".to_owned(), "List designs".to_owned())]);
    let values = |words: &[&str]| values_of(program(&home, &["go"]), words);
    assert_eq!(values(&["system", "start", "--flag", "x", ""]), ["list", "view"]);
    assert_eq!(values(&["-c", "prod", "system", "provider", "switch", "v"]), ["view"]);
    assert_eq!(values(&["design", "--output=v"]), ["--output=view"]);
    assert_eq!(
        asked(&home),
        "__complete design l\n__complete system start --flag x \n\
         __complete -c prod system provider switch v\n__complete design --output=v\n"
    );
}

#[test]
fn the_go_program_is_not_asked_about_a_command_of_this_program() {
    let home = Home::new();
    stand_in(&home, "go", OFFERS);
    for words in [&["desig"][..], &["design"], &["system", "start"], &["system", "check", ""]] {
        let _ = values_of(program(&home, &["go"]), words);
    }
    assert_eq!(asked(&home), "");
}

#[test]
fn files_are_offered_if_the_go_program_says_so() {
    let home = Home::new();
    fs::create_dir(home.path().join("folder")).unwrap();
    for name in ["a.yaml", "b.txt"] {
        fs::write(home.path().join(name), "").unwrap();
    }
    for (answer, words, expected) in [
        (":0", &["design", "--file", ""][..], &[".", "a.yaml", "b.txt", "folder/"][..]),
        ("yaml\\n:8", &["design", "--file", ""], &["a.yaml", "folder/"]),
        (":16", &["design", "--folder="], &["--folder=.", "--folder=folder/"]),
        (":4", &["design", ""], &[]),
        (":1", &["design", ""], &[]),
        ("no answer", &["design", ""], &[]),
    ] {
        stand_in(&home, "go", &format!("printf '{answer}\\n'"));
        assert_eq!(values_of(program(&home, &["go"]), words), expected, "{answer}");
    }
}

#[test]
fn without_a_go_program_nothing_is_offered() {
    let home = Home::new();
    link_to_this_program(&home, "link");
    assert_eq!(offered_to(program(&home, &["link"]), &["design", ""]), []);
    stand_in(&home, "go", "exit 3");
    assert_eq!(offered_to(program(&home, &["go"]), &["design", ""]), []);
}

#[test]
fn a_go_program_that_does_not_answer_is_killed_with_its_children() {
    let home = Home::new();
    stand_in(&home, "go", "sleep 1000 & sleep 1000");
    assert_eq!(offered_to(program(&home, &["go"]), &["design", ""]), []);
    home.assert_no_process_is_left();
}

#[test]
fn a_script_that_asks_this_program_again_leads_on_to_the_go_program() {
    let home = Home::new();
    stand_in(&home, "wrapper", &format!("exec {} \"$@\"", binary().display()));
    stand_in(&home, "go", OFFERS);
    let values = values_of(program(&home, &["wrapper", "go"]), &["design", "l"]);
    assert_eq!(values, ["list"]);
    assert_eq!(values_of(program(&home, &["wrapper"]), &["design", "l"]), [""; 0]);
}
