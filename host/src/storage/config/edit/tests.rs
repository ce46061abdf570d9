//! Unit tests of edits of config.yaml: they add the expected lines and change no other byte.

use std::path::Path;

use crate::error::{Code, Exit, Result};
use crate::storage::config::samples::*;
use crate::storage::config::{Config, Context};

fn config(text: &str) -> Config {
    Config::parse(Path::new("/c.yaml"), text.to_owned()).expect(text).expect("not empty")
}

fn context(config: &Config, name: &str) -> Context {
    config.context(Some(name)).expect("known").expect("some")
}

fn edit(text: &str, name: &str) -> Result<Option<String>> {
    let config = config(text);
    let changes = config.token_changes(name)?;
    let new = config.with_changes(&changes)?;
    Ok((!changes.is_empty()).then_some(new.text))
}

/// The edited text; asserts that it has the token of the context, and that a second edit changes nothing.
fn edited(text: &str, name: &str) -> String {
    let new = edit(text, name).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let new = new.unwrap_or_else(|| panic!("already known:\n{text}"));
    let config = config(&new);
    let location = config.token_location(&context(&config, name), Path::new("/m"), Path::new("/h"));
    assert_eq!(location.as_deref(), Some(Path::new("/m/auth.json")), "{new}");
    assert_eq!(config.token_changes(name).expect("no error"), [], "{new}");
    new
}

/// The lines that are only in `new`; asserts that it contains all lines of `old` in order.
fn inserted(old: &str, new: &str) -> String {
    let mut old_lines = old.split_inclusive('\n').peekable();
    let mut added = String::new();
    for line in new.split_inclusive('\n') {
        match old_lines.next_if(|old| {
            old.trim_end_matches(['\r', '\n']) == line.trim_end_matches(['\r', '\n'])
        }) {
            Some(_) => {}
            None => added.push_str(line),
        }
    }
    assert_eq!(old_lines.next(), None, "a line is gone:\n{new}");
    assert_eq!(new.ends_with('\n'), old.ends_with('\n'), "the end changed:\n{new:?}");
    let crlf = old.contains("\r\n");
    assert_eq!(
        new.matches('\n').count(),
        if crlf { new.matches("\r\n").count() } else { new.matches('\n').count() }
    );
    assert!(crlf || !new.contains('\r'));
    added
}

fn without(text: &str, removed: &[&str]) -> String {
    removed.iter().fold(text.to_owned(), |text, removed| {
        assert!(text.contains(removed), "{removed:?}");
        text.replacen(removed, "", 1)
    })
}

const GO_ENTRY: &str = "tokens:\n    - name: default\n      location: auth.json\n";

#[test]
fn a_token_with_an_entry_needs_no_edit() {
    for text in [GO_DEFAULT, REWRITTEN, FIXTURE, ONE_LINE, LEGACY] {
        assert_eq!(edit(text, "local").expect("no error"), None, "{text}");
    }
    assert_eq!(edit(COMMENTED, "PROD").expect("no error"), None);
    let low = FIXTURE.replace("name: Default", "name: default");
    assert_eq!(edit(&low, "local").expect("no error"), None);
}

#[test]
fn a_named_token_gets_an_entry() {
    let text = GO_DEFAULT.replace("token: default", "token: mine");
    let new = edited(&text, "local");
    assert_eq!(new, format!("{text}    - name: mine\n      location: auth.json\n"));
    let text = REWRITTEN.replace("token: default", "token: mine");
    let new = edited(&text, "local");
    assert_eq!(new, format!("{text}- location: auth.json\n  name: mine\n"));
}

#[test]
fn a_missing_list_of_tokens_is_added() {
    let bare = without(GO_DEFAULT, &[GO_ENTRY]);
    for (tokens, end) in [
        ("", ""),
        ("tokens:", "\n"),
        ("tokens: ~", "\n"),
        ("tokens: {}", "\n"),
        ("tokens: []", "\n"),
    ] {
        let text = format!("{bare}{tokens}{end}");
        let new = edited(&text, "local");
        assert_eq!(new, format!("{bare}{GO_ENTRY}"), "{tokens}");
    }
}

#[test]
fn a_context_without_a_token_gets_the_default_one() {
    let text = without(GO_DEFAULT, &["        token: default\n", GO_ENTRY]);
    let new = edited(&text, "local");
    assert_eq!(inserted(&text, &new), format!("        token: default\n{GO_ENTRY}"));
}

#[test]
fn a_context_gets_the_spelling_of_the_existing_entry() {
    let text = without(FIXTURE, &["    token: Default\n"]);
    let new = edited(&text, "local");
    assert_eq!(inserted(&text, &new), "    token: Default\n");
    let text = without(REWRITTEN, &["    token: default\n"]);
    assert_eq!(inserted(&text, &edited(&text, "local")), "    token: default\n");
}

#[test]
fn an_empty_token_is_filled_in_place() {
    for empty in ["", " ~", " null", " ''", " \"\"", " # which?", " '' # which?"] {
        let text = GO_DEFAULT.replace("token: default", &format!("token:{empty}"));
        let comment = if empty.contains('#') { " # which?" } else { "" };
        let value = match empty.trim_start().get(..1) {
            Some("'") => "'default'",
            Some("\"") => "\"default\"",
            _ => "default",
        };
        let want = GO_DEFAULT.replace("token: default", &format!("token: {value}{comment}"));
        assert_eq!(edited(&text, "local"), want, "{empty}");
    }
}

#[test]
fn an_empty_context_gets_a_token() {
    for empty in ["", " ~", " null", " # mine"] {
        let text =
            format!("contexts:\n  a:{empty}\n  b:\n    token: x\ntokens:\n- name: default\n");
        let comment = if empty.contains('#') { empty } else { "" };
        let want = format!(
            "contexts:\n  a:{comment}\n    token: default\n  b:\n    token: x\ntokens:\n- name: default\n"
        );
        assert_eq!(edited(&text, "a"), want, "{empty}");
    }
    let flow = "contexts:\n  a: {}\ntokens: [{name: default}]\n";
    assert_eq!(edited(flow, "a"), flow.replace(" {}", "\n    token: default"));
    let flow = "contexts: {a: {}, b: {token: x}}\ntokens: [{name: default}]\n";
    assert_eq!(edited(flow, "a"), flow.replace("{}", "{token: default}"));
}

#[test]
fn comments_are_unchanged() {
    let text = without(COMMENTED, &["    token: prod # a name\n"]);
    let new = edited(&text, "Prod");
    assert_eq!(
        inserted(&text, &new),
        "    token: default\n  - location: auth.json\n    name: default\n"
    );
    assert!(
        new.contains("name: prod\n  - location: auth.json\n    name: default\n  # end\n"),
        "{new}"
    );
    let new = edited(COMMENTED, "local");
    assert!(
        new.contains("provider: \"Meshery\"\n    token: default\n    # last of local\n"),
        "{new}"
    );
    assert_eq!(inserted(COMMENTED, &new).lines().count(), 3);
}

#[test]
fn a_file_in_json_stays_json() {
    let bare = r#"{"contexts":{"local":{"endpoint":"http://h"}},"current-context":"local"}"#;
    let nothing = bare.replace("http://h\"", "http://h\",\"token\":null");
    let listed = ONE_LINE.replace("\"token\":\"default\"", "\"token\":\"y\"");
    let pretty = ONE_LINE.replace("{\"", "{\n  \"").replace(",\"token\":\"default\"", "");
    for text in [bare, &nothing, &listed, &pretty] {
        let new = edited(text, "local");
        let json: serde_json::Value = serde_json::from_str(&new).expect(&new);
        assert_eq!(json["tokens"].as_array().map(|tokens| tokens.last().is_some()), Some(true));
        assert_eq!(new.ends_with('\n'), text.ends_with('\n'));
    }
}

#[test]
fn a_name_that_yaml_would_not_read_as_a_string_is_quoted() {
    for name in [
        "y", "no", "on", "null", "007", "123", "1e3", "a: b", "a #b", "it's", "*x", "é ü", "- a",
        "~", "\"q\"",
    ] {
        let quoted = format!("'{}'", name.replace('\'', "''"));
        let text = format!("contexts: \n  a:\n    token: {quoted}\n");
        let new = edited(&text, "a");
        let config = config(&new);
        assert_eq!(config.token_entry(name).expect("an entry").name, name, "{new}");
        assert!(!new.contains("name: y\n") && !new.contains("name: no\n"), "{new}");
    }
}

#[test]
fn the_spelling_of_capitalised_keys_is_unchanged() {
    let text = "Contexts:\n  a:\n    Token: t\nTokens:\n- Name: x\n";
    let new = edited(text, "a");
    assert_eq!(inserted(text, &new), "- name: t\n  location: auth.json\n");
    let text = "Contexts:\n  a:\n    Token:\nTokens:\n- Name: default\n";
    assert_eq!(edited(text, "a"), text.replace("Token:\n", "Token: default\n"));
}

#[test]
fn text_before_and_after_the_document_is_unchanged() {
    let text = without(FIXTURE, &["    token: Default\n"]);
    for (before, after) in [
        ("# licence\n---\n", ""),
        ("---\n", "...\n"),
        ("%YAML 1.2\n---\n", "...\n# end\n"),
        ("\u{feff}# top\n\n", "\n\n# end"),
    ] {
        let text = format!("{before}{text}{after}");
        let new = edited(&text, "local");
        assert_eq!(inserted(&text, &new), "    token: Default\n", "{text:?}");
        assert!(new.starts_with(before) && new.ends_with(after), "{new:?}");
    }
}

#[test]
fn in_every_combination_of_styles_only_expected_lines_are_added() {
    let tokens = ["", "token: mine", "token: Default", "token: # x"];
    let lists = [
        "",
        "tokens: # names\n",
        "tokens:\n# c\n- name: other # o\n  location: /o\n",
        "tokens:\n    # c\n    - location: '/o'\n      name: \"other\"\n    # d\n",
        "tokens:\n  - {name: other, location: /o}\n",
        "tokens: [ {name: other} ] # list\n",
    ];
    let row = ["tokens:", "- location: auth", "- name:", "- {name:", "name:", "location: auth"];
    for (indent, bits) in [1, 4].into_iter().flat_map(|indent| (0..16).map(move |b| (indent, b))) {
        for (token, list) in tokens.iter().flat_map(|token| lists.map(|list| (*token, list))) {
            let pad = " ".repeat(2 * indent);
            let line = if token.is_empty() { String::new() } else { format!("{pad}{token}\n") };
            let text = mixed(indent, bits, &line, list);
            let new = edited(&text, "a");
            // A value that is filled in place changes its own line and adds none.
            let name = token.strip_prefix("token: ").filter(|name| !name.starts_with('#'));
            let name = name.unwrap_or("default");
            let filled = text.replace("token: # x", "token: default # x").replace(
                "{name: other} ]",
                &format!("{{name: other}}, {{name: {name}, location: auth.json}} ]"),
            );
            for line in inserted(&filled, &new).lines() {
                let expected = line == format!("{pad}token: default")
                    || row.iter().any(|start| line.trim_start().starts_with(start));
                assert!(expected, "{line}\n{new}");
            }
        }
    }
}

/// Each of these edits would change something else too, or cannot be verified not to.
#[test]
fn an_edit_that_is_not_safe_is_refused_with_what_to_add_by_hand() {
    for (text, place) in [
        // The context is an alias, or others are aliases of it.
        ("contexts:\n  x: &x {endpoint: h}\n  a: *x\n", "3, column 6: an alias stands here"),
        ("contexts:\n  a: &x\n    endpoint: h\n  b: *x\n", "2, column 6: an alias elsewhere"),
        ("old: &x {endpoint: h}\ncontexts:\n  a: *x\n", "3, column 6: an alias stands here"),
        ("contexts: {<<: {a: {}}}\n", "1, column 12: an alias or a merge key adds"),
        // The list or the empty token is shared.
        (
            "contexts: {a: {token: t}}\nnames: &n [{name: x}]\ntokens: *n\n",
            "3, column 9: an alias stands here",
        ),
        (
            "contexts: {a: {token: t}}\ntokens: &n [{name: x}]\nnames: *n\n",
            "2, column 9: an alias elsewhere repeats this",
        ),
        ("contexts: {a: {token: &e ''}, b: {token: *e}}\n", "1, column 23: an alias elsewhere"),
        ("e: &e ''\ncontexts: {a: {token: *e}}\n", "2, column 23: an alias stands here"),
        // A part of the file would be lost, or a reader treats it in another way.
        ("contexts:\n  a:\rx: y\n", "2, column 5: a carriage return stands without a line feed"),
        ("contexts: {a: {token: {extra: 1}}}\n", "1, column 24: this would be lost"),
        ("contexts:\n  a: !x\n    endpoint: h\n", "2, column 6: a tag stands here"),
    ] {
        let error = edit(text, "a").expect_err(text);
        assert_eq!((error.code, error.exit()), (Code::ConfigEditFailed, Exit::NotStored), "{text}");
        assert_eq!(error.unchanged_files(), ["/c.yaml"]);
        let said = error.to_string();
        assert!(said.contains(&format!("/c.yaml, line {place}")), "{said}");
        assert!(said.contains(". Edit the file: "), "{said}");
    }
}

#[test]
fn a_refused_edit_names_the_lines_to_add() {
    let error = edit("contexts:\n  a: &x\n    endpoint: h\n  b: *x\n", "a").expect_err("shared");
    assert_eq!(
        error.to_string(),
        "The config cannot be edited safely: /c.yaml, line 2, column 6: an alias elsewhere repeats this. \
         Edit the file: set `token: default` in the context `a`, and \
         add `- {name: default, location: auth.json}` to the list `tokens`."
    );
}

#[test]
fn anchors_elsewhere_do_not_prevent_an_edit() {
    let text = "base: &base\n  platform: docker\ncontexts:\n  a:\n    <<: *base\n    endpoint: h\n\
                  b: *base\ntokens:\n- name: default\n";
    assert_eq!(inserted(text, &edited(text, "a")), "    token: default\n");
}

#[test]
fn an_unknown_context_is_an_error() {
    assert_eq!(edit(GO_DEFAULT, "nope").expect_err("unknown").code, Code::ContextUnknown);
}

/// Found by fuzzing: the key was not found by its name, and was added a second time.
#[test]
fn a_context_whose_key_has_a_tag_is_not_edited() {
    for text in ["contexts:\n  !tag a:\n", "contexts:\n  !tag a: {}\n", "contexts: {!tag a: }\n"] {
        assert_eq!(edit(text, "a").expect_err("refused").exit(), Exit::NotStored, "{text}");
    }
}

/// Found by fuzzing: the carriage return became the end of every new line, and the context lost its line end.
#[test]
fn a_file_with_a_lone_carriage_return_is_not_edited() {
    let text = "base:\r\r domrc:ker\ncontexts:\n  a:\n       \n";
    assert_eq!(edit(text, "a").expect_err("refused").exit(), Exit::NotStored);
}
