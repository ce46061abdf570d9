//! Unit tests of changes of config.yaml: the text before and after, and what is refused.

use std::path::Path;

use super::*;
use crate::error::{Code, Error, Exit};
use crate::storage::config::samples::*;

mod refusals;

fn config(text: &str) -> Config {
    Config::parsed(Path::new("/c.yaml"), text.to_owned()).expect(text)
}

fn changed(text: &str, change: Change) -> String {
    let new = config(text).with_changes(&[change]);
    new.unwrap_or_else(|error| panic!("{error}\n{text}")).text().to_owned()
}

fn refused(text: &str, change: Change) -> Error {
    config(text).with_changes(&[change]).expect_err(text)
}

fn context(name: &str) -> Change {
    let members = vec![
        ("endpoint", Member::Text("http://h:1".to_owned())),
        ("token", Member::Text("default".to_owned())),
        ("components", Member::List(Vec::new())),
        ("adapters", Member::List(vec!["a".to_owned(), "b c".to_owned()])),
    ];
    Change::AddContext { name: name.to_owned(), members }
}

fn token(name: &str) -> Change {
    Change::AddToken(TokenEntry { name: name.to_owned(), location: "b.json".to_owned() })
}

fn set(context: &str, key: &'static str, value: &str) -> Change {
    Change::ContextMember { context: context.to_owned(), key, value: value.to_owned() }
}

fn current(name: &str) -> Change {
    Change::CurrentContext(name.to_owned())
}

fn without_context(name: &str) -> Change {
    Change::RemoveContext(name.to_owned())
}

fn without_token(name: &str) -> Change {
    Change::RemoveToken(name.to_owned())
}

/// The text of a new file, indented as the Go CLI writes it.
const NEW: &str = "\
contexts:
    prod:
        endpoint: http://h:1
        token: default
        components: []
        adapters:
            - a
            - b c
current-context: prod
tokens:
    - name: default
      location: b.json
";

#[test]
fn a_file_without_values_is_begun_below_its_comments() {
    for (before, after) in [
        ("", ""),
        ("\u{feff}", ""),
        ("# c\n", ""),
        ("# c\n\n", ""),
        ("---\n# c\n", ""),
        ("%YAML 1.2\n---\n", ""),
        ("---\n# c\n", "...\n# d\n"),
    ] {
        let config = config(&format!("{before}{after}"));
        let new = config.with_changes(&[context("Prod"), current("Prod"), token("default")]);
        assert_eq!(new.expect(before).text(), format!("{before}{NEW}{after}"));
    }
    assert_eq!(changed("# c", current("a")), "# c\ncurrent-context: a");
    assert_eq!(changed("# c\r\n", current("a")), "# c\r\ncurrent-context: a\r\n");
    assert_eq!(changed("   ", current("a")), "current-context: a\n");
    assert_eq!(changed("{}", current("a")), "{current-context: a}");
}

#[test]
fn a_new_context_is_written_as_its_siblings() {
    for (before, place, added) in [
        (
            GO_DEFAULT,
            "current-context",
            "    new:\n        endpoint: http://h:1\n        token: default\n        components: []\n        adapters:\n            - a\n            - b c\n",
        ),
        (
            REWRITTEN,
            "current-context",
            "  new:\n    endpoint: http://h:1\n    token: default\n    components: []\n    adapters:\n    - a\n    - b c\n",
        ),
        (
            COMMENTED,
            "# after the contexts",
            "  new:\n    endpoint: http://h:1\n    token: default\n    components: []\n    adapters:\n      - a\n      - b c\n",
        ),
        (
            ONE_LINE,
            "},\"current-context",
            r#","new":{"endpoint":"http://h:1","token":"default","components":[],"adapters":["a","b c"]}"#,
        ),
        (
            "contexts:\n  a: {token: x} # a\n# end\n",
            "# end",
            "  new: {endpoint: 'http://h:1', token: default, components: [], adapters: [a, b c]}\n",
        ),
    ] {
        let at = before.find(place).expect(place);
        let after = format!("{}{added}{}", &before[..at], &before[at..]);
        assert_eq!(changed(before, context("New")), after);
    }
}

#[test]
fn an_entry_in_brackets_on_several_lines_gets_a_line() {
    let text = "contexts: {\n  a: {token: x}, # a\n  b: {} # b\n  # end\n}\n";
    let bare = Change::AddContext { name: "c".to_owned(), members: Vec::new() };
    assert_eq!(changed(text, bare), text.replace("{} # b\n", "{}, # b\n  c: {}\n"));
    let text = "tokens: [\n  {name: a}, # a\n  {name: b}, # b\n]\n";
    let row = "  {name: c, location: b.json},\n]";
    assert_eq!(changed(text, token("c")), text.replace(']', row));
    let text = "tokens: [ {name: a}, # a\n {name: b} ]\n";
    let row = "{name: b}, {name: c, location: b.json}";
    assert_eq!(changed(text, token("c")), text.replace("{name: b}", row));
}

#[test]
fn an_indented_json_file_stays_one() {
    let json = serde_json::json!({
        "contexts": { "local": { "token": "default" } },
        "tokens": [{ "location": "auth.json", "name": "default" }],
    });
    let pretty = |json| serde_json::to_string_pretty(&json).expect("JSON");
    let text = pretty(json.clone());
    let mut with_token = json.clone();
    let row = serde_json::json!({ "location": "b.json", "name": "t" });
    with_token["tokens"].as_array_mut().expect("a list").push(row);
    assert_eq!(changed(&text, token("t")), pretty(with_token));
    let mut without = json.clone();
    without["tokens"] = serde_json::json!([]);
    assert_eq!(changed(&text, without_token("default")), pretty(without.clone()));
    without["contexts"]["local"]["token"] = "x".into();
    let twice = config(&text).with_changes(&[without_token("default"), set("local", "token", "x")]);
    assert_eq!(twice.expect("changed").text(), pretty(without));
    let mut without = json;
    without["contexts"] = serde_json::json!({});
    let empty = changed(&text, without_context("local"));
    assert_eq!(empty, pretty(without));
    let again = Change::AddContext {
        name: "local".to_owned(),
        members: vec![("token", Member::Text("default".to_owned()))],
    };
    assert_eq!(changed(&empty, again), text);
}

#[test]
fn a_removed_context_takes_its_own_comments_along() {
    let gone = |from: &str, to: &str| {
        let (start, end) = (COMMENTED.find(from).expect(from), COMMENTED.find(to).expect(to));
        format!("{}{}", &COMMENTED[..start], &COMMENTED[end..])
    };
    let after = changed(COMMENTED, without_context("LOCAL"));
    assert_eq!(after, gone("  local: #", "    # last of local"));
    assert_eq!(changed(COMMENTED, without_context("prod")), gone("  Prod:", "# after the"));
    let flow = "contexts: {a: {token: x}, b: {}, c: ~} # all\n";
    for (name, after) in [
        ("a", "contexts: {b: {}, c: ~} # all\n"),
        ("b", "contexts: {a: {token: x}, c: ~} # all\n"),
        ("c", "contexts: {a: {token: x}, b: {}} # all\n"),
    ] {
        assert_eq!(changed(flow, without_context(name)), after);
    }
    let lines = "contexts: {\n  a: {}, # a\n  b: {} # b\n}\n";
    assert_eq!(changed(lines, without_context("a")), lines.replace("  a: {}, # a\n", ""));
    let after = "contexts: {\n  a: {} # a\n}\n";
    assert_eq!(changed(lines, without_context("b")), after);
    assert_eq!(changed(after, without_context("a")), "contexts: {}\n");
}

#[test]
fn the_last_entry_leaves_an_empty_mapping_or_list_that_can_be_filled_again() {
    let after = changed(GO_DEFAULT, without_context("local"));
    assert!(after.starts_with("contexts: {}\ncurrent-context: local\n"), "{after}");
    let text = "tokens: # all\n  # one\n  - name: a # a\n    # in it\n    location: x\n  # end\n";
    let empty = changed(text, without_token("a"));
    assert_eq!(empty, "tokens: [] # all\n  # one\n  # end\n");
    let row = "    - name: c\n      location: b.json\n";
    let filled = changed(&empty, token("c"));
    assert_eq!(filled, format!("tokens: # all\n{row}  # one\n  # end\n"));
    let unended = "current-context: a\ntokens:\n- name: a";
    assert_eq!(changed(unended, without_token("a")), "current-context: a\ntokens: []");
    for empty in ["", " ~", " null", " {}", " []", " [ ]"] {
        let text = format!("tokens:{empty} # none\r\nx: y");
        let row = row.replace('\n', "\r\n");
        assert_eq!(changed(&text, token("c")), format!("tokens: # none\r\n{row}x: y"), "{empty}");
    }
    for empty in ["{}", "null", "[ ]"] {
        let text = format!("{{\"tokens\":{empty}}}");
        let row = r#"{"tokens":[{"name":"c","location":"b.json"}]}"#;
        assert_eq!(changed(&text, token("c")), row);
    }
}

#[test]
fn a_new_token_is_written_as_the_one_before_it() {
    for (rows, row) in [
        ("- location: x\n  name: a\n", "- location: b.json\n  name: c\n"),
        ("  -   name: a\n", "  -   name: c\n      location: b.json\n"),
        ("- {location: x, name: a} # a\n", "- {location: b.json, name: c}\n"),
        ("- name: a\n- # nothing\n", "- name: c\n  location: b.json\n"),
    ] {
        let text = format!("tokens:\n{rows}# end\nx: |+\n  text\n\n");
        let after = format!("tokens:\n{rows}{row}# end\nx: |+\n  text\n\n");
        assert_eq!(changed(&text, token("c")), after);
    }
}

/// A line end is the last character of a text block, if the file has it.
#[test]
fn a_text_block_at_the_end_of_a_file_stays_as_it_is() {
    let text = "current-context: a\nx: |\n  text";
    assert_eq!(changed(text, current("b")), text.replace(": a", ": b"));
    let error = refused(text, token("t"));
    assert!(error.to_string().contains("line 3, column 3: the text that ends the file"), "{error}");
    let ended = format!("{text}\n");
    let row = "tokens:\n    - name: t\n      location: b.json\n";
    assert_eq!(changed(&ended, token("t")), format!("{ended}{row}"));
}

#[test]
fn every_row_of_a_removed_token_goes() {
    let text = "tokens:\n- name: a\n- name: b\n- location: x\n  name: a # again\n- name: A\n";
    assert_eq!(changed(text, without_token("a")), "tokens:\n- name: b\n- name: A\n");
    assert_eq!(changed(text, without_token("B")), text.replace("- name: b\n", ""));
}

#[test]
fn a_value_keeps_its_quotes_and_its_comment() {
    for (old, value, new) in [
        ("Meshery # c", "Layer5", "Layer5 # c"),
        ("'Meshery' # c", "it's", "'it''s' # c"),
        ("\"Meshery\"", "a\"b", "\"a\\\"b\""),
        ("'Meshery'", "a\nb", "\"a\\nb\""),
        ("Meshery", "y", "'y'"),
        ("Meshery", "", "\"\""),
        ("Meshery", "a: b", "'a: b'"),
        ("123", "123", "123"),
        ("~", "~", "'~'"),
        ("&unused Meshery", "x", "&unused x"),
    ] {
        let text = format!("contexts:\n  a:\n    Provider:   {old}\n# end");
        let after = format!("contexts:\n  a:\n    Provider:   {new}\n# end");
        assert_eq!(changed(&text, set("A", "provider", value)), after);
    }
}

#[test]
fn the_entry_of_a_token_in_a_context_is_replaced_by_its_name() {
    let after = "    token: t\n    adapters: [meshery-istio]\n";
    let new = changed(LEGACY, set("local", "token", "t"));
    assert!(new.contains(&format!("endpoint: http://localhost:9081\n{after}")), "{new}");
    let text =
        "contexts:\n  a:\n    token: # which\n      # gone\n      name: x # gone\n    # stays\n";
    let new = changed(text, set("a", "token", "t"));
    assert_eq!(new, "contexts:\n  a:\n    token: t # which\n    # stays\n");
    let text =
        "contexts: {a: {token: {name: x, location: y}, b: c}}\ntokens: [{location: y, name: z}]\n";
    let new = changed(text, set("a", "token", "t"));
    assert_eq!(new, "contexts: {a: {token: t, b: c}}\ntokens: [{location: y, name: z}]\n");
}

#[test]
fn the_entry_of_a_token_in_a_context_is_kept_in_the_list_when_the_context_gets_another() {
    let text = "contexts:\n  a:\n    token: {name: old, location: old.json}\n";
    let new =
        |name: &str, rows: &str| format!("contexts:\n  a:\n    token: {name}\ntokens:\n{rows}");
    let row = |name, location| format!("  - name: {name}\n    location: {location}\n");
    let old = row("old", "old.json");
    // Also when it is named again, or the name is in no list.
    for name in ["old", "t"] {
        assert_eq!(changed(text, set("a", "token", name)), new(name, &old));
    }
    let work = row("old", "new.json");
    let listed = format!("{text}tokens:\n{work}");
    let expected = new("old", &format!("{work}{}", row("old-2", "old.json")));
    assert_eq!(changed(&listed, set("a", "token", "old")), expected);
    let same = format!("{text}tokens:\n{}", row("x", "old.json"));
    assert_eq!(changed(&same, set("a", "token", "t")), new("t", &row("x", "old.json")));
    let other = format!("{text}  b: {{}}\n");
    let given = changed(&other, set("b", "token", "old"));
    assert_eq!(given, format!("{text}  b:\n    token: old\ntokens:\n{old}"));
}

#[test]
fn a_list_in_brackets_on_several_lines_that_was_emptied_is_filled_again() {
    let entry = "{endpoint: 'http://h:1', token: default, components: [], adapters: [a, b c]}";
    for (text, gone, filled) in [
        (
            "contexts: {a: {token: x}, # comment\n b: {token: x}}\n",
            ["a", "b"],
            format!("contexts: {{new: {entry} # comment\n }}\n"),
        ),
        (
            "{contexts: {\n  # all\n  a: {token: x},\n  b: {token: x}\n}}\n",
            ["a", "b"],
            format!("{{contexts: {{new: {entry}\n  # all\n}}}}\n"),
        ),
    ] {
        let empty =
            gone.iter().fold(text.to_owned(), |it, name| changed(&it, without_context(name)));
        assert_eq!(changed(&empty, context("new")), filled, "{empty}");
    }
    let rows = "tokens: [ # all\n  {name: a, location: x}\n  # end\n]\n";
    let empty = changed(rows, without_token("a"));
    let filled = changed(&empty, token("c"));
    assert_eq!(filled, "tokens: [{name: c, location: b.json} # all\n  # end\n]\n", "{empty}");
}

#[test]
fn a_change_that_is_so_already_changes_nothing() {
    for change in [
        current("Local"),
        set("local", "token", "default"),
        Change::AddToken(TokenEntry {
            name: "default".to_owned(),
            location: "auth.json".to_owned(),
        }),
    ] {
        assert_eq!(changed(GO_DEFAULT, change), GO_DEFAULT);
    }
    let text = "contexts:\n  a:\n    provider:\n";
    assert_eq!(changed(text, set("a", "provider", "")), text);
}
