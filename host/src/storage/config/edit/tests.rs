//! Edits of config.yaml: only the lines that are meant are new, and nothing else moved by a byte.

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
    config(text).with_token_entry(name)
}

/// The edited text, in which the token of the context is known and a second edit changes nothing.
fn edited(text: &str, name: &str) -> String {
    let new = edit(text, name).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let new = new.unwrap_or_else(|| panic!("already known:\n{text}"));
    let config = config(&new);
    let location = config.token_location(&context(&config, name), Path::new("/m"), Path::new("/h"));
    assert_eq!(location.as_deref(), Some(Path::new("/m/auth.json")), "{new}");
    assert_eq!(config.with_token_entry(name).expect("no problem"), None, "{new}");
    new
}

/// The lines that are only in `new`; all lines of `old` must be there, in order, to the byte.
fn inserted(old: &str, new: &str) -> String {
    let mut old_lines = old.split_inclusive('\n').peekable();
    let mut extra = String::new();
    for line in new.split_inclusive('\n') {
        match old_lines.next_if(|old| {
            old.trim_end_matches(['\r', '\n']) == line.trim_end_matches(['\r', '\n'])
        }) {
            Some(_) => {}
            None => extra.push_str(line),
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
    extra
}

fn without(text: &str, gone: &[&str]) -> String {
    gone.iter().fold(text.to_owned(), |text, gone| {
        assert!(text.contains(gone), "{gone:?}");
        text.replacen(gone, "", 1)
    })
}

const GO_ENTRY: &str = "tokens:\n    - name: default\n      location: auth.json\n";

#[test]
fn a_known_token_needs_no_edit() {
    for text in [GO_DEFAULT, REWRITTEN, FIXTURE, ONE_LINE, LEGACY] {
        assert_eq!(edit(text, "local").expect("no problem"), None, "{text}");
    }
    assert_eq!(edit(COMMENTED, "PROD").expect("no problem"), None);
    let low = FIXTURE.replace("name: Default", "name: default");
    assert_eq!(edit(&low, "local").expect("no problem"), None);
}

#[test]
fn a_named_token_gets_an_entry() {
    let text = GO_DEFAULT.replace("token: default", "token: mine");
    let new = edited(&text, "local");
    assert_eq!(new, format!("{text}    - location: auth.json\n      name: mine\n"));
    let text = REWRITTEN.replace("token: default", "token: mine");
    let new = edited(&text, "local");
    assert_eq!(new, format!("{text}- location: auth.json\n  name: mine\n"));
}

#[test]
fn an_entry_is_added_where_there_is_no_list_yet() {
    let bare = without(GO_DEFAULT, &[GO_ENTRY]);
    for (tokens, end) in [("", ""), ("tokens:", "\n"), ("tokens: ~", "\n"), ("tokens: {}", "\n")] {
        let text = format!("{bare}{tokens}{end}");
        let new = edited(&text, "local");
        let list = "tokens:\n  - location: auth.json\n    name: default\n";
        assert_eq!(new, format!("{bare}{list}"), "{tokens}");
    }
    let text = format!("{bare}tokens: []\n");
    let list = "tokens: [{location: auth.json, name: default}]\n";
    assert_eq!(edited(&text, "local"), format!("{bare}{list}"));
}

#[test]
fn a_context_without_a_token_gets_the_default_one() {
    let text = without(GO_DEFAULT, &["        token: default\n", GO_ENTRY]);
    let new = edited(&text, "local");
    assert_eq!(
        inserted(&text, &new),
        "        token: default\ntokens:\n  - location: auth.json\n    name: default\n"
    );
}

#[test]
fn the_spelling_of_an_entry_that_is_there_is_taken_over() {
    let text = without(FIXTURE, &["    token: Default\n"]);
    let new = edited(&text, "local");
    assert_eq!(inserted(&text, &new), "    token: Default\n");
    let text = without(REWRITTEN, &["    token: default\n"]);
    assert_eq!(inserted(&text, &edited(&text, "local")), "    token: default\n");
}

#[test]
fn an_empty_token_is_filled_in_its_place() {
    for empty in ["", " ~", " null", " ''", " \"\"", " # which?", " '' # which?"] {
        let text = GO_DEFAULT.replace("token: default", &format!("token:{empty}"));
        let comment = if empty.contains('#') { " # which?" } else { "" };
        let want = GO_DEFAULT.replace("token: default", &format!("token: default{comment}"));
        assert_eq!(edited(&text, "local"), want, "{empty}");
    }
}

#[test]
fn an_empty_context_becomes_one() {
    for empty in ["", " ~", " null", " # mine"] {
        let text =
            format!("contexts:\n  a:{empty}\n  b:\n    token: x\ntokens:\n- name: default\n");
        let mark = if empty.contains('#') { empty } else { "" };
        let want = format!(
            "contexts:\n  a:{mark}\n    token: default\n  b:\n    token: x\ntokens:\n- name: default\n"
        );
        assert_eq!(edited(&text, "a"), want, "{empty}");
    }
    let flow = "contexts:\n  a: {}\ntokens: [{name: default}]\n";
    assert_eq!(edited(flow, "a"), flow.replace("{}", "{token: default}"));
}

#[test]
fn comments_everywhere_stay_everywhere() {
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
fn a_name_is_quoted_where_yaml_would_take_it_for_something_else() {
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
fn keys_in_capitals_are_edited_as_they_stand() {
    let text = "Contexts:\n  a:\n    Token: t\nTokens:\n- Name: x\n";
    let new = edited(text, "a");
    assert_eq!(inserted(text, &new), "- location: auth.json\n  name: t\n");
    let text = "Contexts:\n  a:\n    Token:\nTokens:\n- Name: default\n";
    assert_eq!(edited(text, "a"), text.replace("Token:\n", "Token: default\n"));
}

#[test]
fn what_stands_before_and_after_the_document_stays() {
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
fn in_any_mix_only_the_meant_lines_are_new() {
    let tokens = ["", "token: mine", "token: Default", "token: # x"];
    let lists = [
        "",
        "tokens: # names\n",
        "tokens:\n# c\n- name: other # o\n  location: /o\n",
        "tokens:\n    # c\n    - location: '/o'\n      name: \"other\"\n    # d\n",
        "tokens:\n  - {name: other, location: /o}\n",
        "tokens: [ {name: other} ] # list\n",
    ];
    let row = ["tokens:", "- location: auth.json", "- {location: auth.json, name:", "name:"];
    for (indent, bits) in [1, 4].into_iter().flat_map(|indent| (0..16).map(move |b| (indent, b))) {
        for (token, list) in tokens.iter().flat_map(|token| lists.map(|list| (*token, list))) {
            let pad = " ".repeat(2 * indent);
            let line = if token.is_empty() { String::new() } else { format!("{pad}{token}\n") };
            let text = mixed(indent, bits, &line, list);
            let new = edited(&text, "a");
            // What is filled in its place shows in its line, and nowhere else.
            let name = token.strip_prefix("token: ").filter(|name| !name.starts_with('#'));
            let name = name.unwrap_or("default");
            let filled = text.replace("token: # x", "token: default # x").replace(
                "{name: other} ]",
                &format!("{{name: other}}, {{location: auth.json, name: {name}}} ]"),
            );
            for line in inserted(&filled, &new).lines() {
                let meant = line == format!("{pad}token: default")
                    || row.iter().any(|start| line.trim_start().starts_with(start));
                assert!(meant, "{line}\n{new}");
            }
        }
    }
}

/// Such an edit would change something else too, or cannot be told from one that does.
#[test]
fn what_cannot_be_edited_safely_ends_in_advice() {
    for text in [
        // The context is an alias, or others are aliases of it.
        "contexts:\n  x: &x {endpoint: h}\n  a: *x\n",
        "contexts:\n  a: &x\n    endpoint: h\n  b: *x\n",
        "old: &x {endpoint: h}\ncontexts:\n  a: *x\n",
        // The list or the empty token is shared.
        "contexts: {a: {token: t}}\nnames: &n [{name: x}]\ntokens: *n\n",
        "contexts: {a: {token: t}}\ntokens: &n [{name: x}]\nnames: *n\n",
        "contexts: {a: {token: &e ''}, b: {token: *e}}\n",
        "e: &e ''\ncontexts: {a: {token: *e}}\n",
        // Something is in it that would be lost.
        "contexts:\n  a:\rx: y\n",
        "# top\n---\ncontexts:\r\n  a:\r\n  # token:\r\n...\n# end",
        "contexts: {a: {token: {extra: 1}}}\n",
        // The Go CLI would read both of these, or the one that is not read here.
        "contexts: {a: {token: t}}\ntokens: []\nTOKENS: []\n",
        "contexts: {a: {token: t}}\nTOKENS: []\n",
    ] {
        let error = edit(text, "a").expect_err(text);
        assert_eq!((error.code, error.exit()), (Code::ConfigEditFailed, Exit::NotStored), "{text}");
        assert_eq!(error.unchanged_files(), ["/c.yaml"]);
        assert!(error.to_string().contains("Edit the file: add"), "{error}");
    }
}

#[test]
fn the_advice_names_the_lines_to_add() {
    let error = edit("contexts:\n  a: &x\n    endpoint: h\n  b: *x\n", "a").expect_err("shared");
    assert_eq!(
        error.to_string(),
        "The token `default` of the context `a` cannot be added to /c.yaml safely. Edit the file: \
         add `token: default` to the context `a`, and \
         `- {name: default, location: auth.json}` to the list `tokens`."
    );
}

#[test]
fn anchors_elsewhere_are_no_obstacle() {
    let text = "base: &base\n  platform: docker\ncontexts:\n  a:\n    <<: *base\n    endpoint: h\n\
                  b: *base\ntokens:\n- name: default\n";
    assert_eq!(inserted(text, &edited(text, "a")), "    token: default\n");
}

#[test]
fn an_unknown_context_is_told() {
    assert_eq!(edit(GO_DEFAULT, "nope").expect_err("unknown").code, Code::ContextUnknown);
}

/// The gate itself: whatever a change does, only what was announced gets through.
#[test]
fn the_gate_lets_nothing_through_that_was_not_announced() {
    let config = config(COMMENTED);
    let all = super::values(COMMENTED).expect("values");
    assert!(config.edit(|_| Some(()), &all).is_some());
    assert!(config.edit(|_| None, &all).is_none());
    assert!(config.edit(|doc| doc.set("apiversion", "v2").then_some(()), &all).is_none());
    assert!(config.edit(|doc| doc.remove("services").map(drop), &all).is_none());
    let mut fewer = all.clone();
    fewer.as_object_mut().expect("a map").remove("services");
    let commented_out = config.edit(|doc| doc.remove("services").map(drop), &fewer);
    assert!(commented_out.is_none(), "a comment went with it");
}

/// Found by fuzzing: the key was not found by its name, and written a second time.
#[test]
fn a_context_whose_key_has_a_tag_is_left_alone() {
    for text in ["contexts:\n  !tag a:\n", "contexts:\n  !tag a: {}\n", "contexts: {!tag a: }\n"] {
        assert_eq!(edit(text, "a").expect_err("refused").exit(), Exit::NotStored, "{text}");
    }
}

/// Found by fuzzing: it became the end of every new line, and the line of the context lost its own.
#[test]
fn a_file_with_a_carriage_return_alone_is_left_alone() {
    let text = "base:\r\r domrc:ker\ncontexts:\n  a:\n       \n";
    assert_eq!(edit(text, "a").expect_err("refused").exit(), Exit::NotStored);
}
