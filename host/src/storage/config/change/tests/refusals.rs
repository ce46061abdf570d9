//! Changes that are refused, or that keep what a file has in its own way.

use super::*;

#[test]
fn what_does_not_exist_cannot_be_changed() {
    for (change, code) in [
        (without_context("x"), Code::ContextUnknown),
        (set("x", "token", "t"), Code::ContextUnknown),
        (without_token("x"), Code::TokenUnknown),
    ] {
        let error = refused(GO_DEFAULT, change);
        assert_eq!((error.code, error.exit()), (code, Exit::Usage), "{error}");
    }
}

#[test]
fn a_key_keeps_its_case_when_its_value_changes() {
    let text =
        "CONTEXTS:\n  a:\n    TOKEN: x\nCURRENT-CONTEXT: a\nTOKENS:\n- NAME: x\n  LOCATION: y\n";
    assert_eq!(changed(text, set("a", "token", "t")), text.replace("TOKEN: x", "TOKEN: t"));
    assert_eq!(changed(text, current("b")), text.replace(": a\n", ": b\n"));
    let row = "- name: c\n  location: b.json\n";
    assert_eq!(changed(text, token("c")), format!("{text}{row}"));
    let without = changed(text, without_token("x"));
    assert!(without.ends_with("TOKENS: []\n"), "{without}");
    assert!(changed(text, context("New")).contains("\n  new:\n"));
}

/// The member would be there twice for viper, which could read the old one.
#[test]
fn a_member_is_not_added_beside_one_in_another_case_of_a_merge_key() {
    let text = "x: &x {TOKEN: a}\ncontexts:\n  a:\n    <<: *x\n";
    let error = refused(text, set("a", "token", "t"));
    assert_eq!(error.code, Code::ConfigEditFailed, "{error}");
}

#[test]
fn an_edit_that_is_prevented_says_where_and_what_to_edit_by_hand() {
    for (text, change, place, by_hand) in [
        (
            "contexts:\n  a:\n    token: &t x\n  b:\n    token: *t\n",
            without_context("a"),
            "3, column 12: an alias elsewhere repeats this",
            "remove the context `a`",
        ),
        (
            "contexts:\n  a:\n    token: >\n      x\n",
            set("a", "token", "t"),
            "3, column 5: its text has several lines",
            "set `token: t` in the context `a`",
        ),
        (
            "contexts:\n  ? a\n  : token: x\n",
            without_context("a"),
            "2, column 5: its key is not written as `key:` on a line",
            "remove the context `a`",
        ),
        (
            "contexts: {<<: {a: {}}}\n",
            without_context("a"),
            "1, column 12: an alias or a merge key adds the context",
            "remove the context `a`",
        ),
        (
            "tokens:\n  ~\n",
            token("t"),
            "1, column 1: its empty value is on another line",
            "add `- {name: t, location: b.json}` to the list `tokens`",
        ),
        (
            "x: &n a\ntokens:\n- name: *n\n",
            without_token("a"),
            "3, column 1: an alias or a merge key is in this list",
            "remove the token `a` from the list `tokens`",
        ),
        (
            "é: !x\ncontexts: !x {}\n",
            context("new"),
            "2, column 11: a tag stands here",
            "add `new: {endpoint: http://h:1, token: default, components: [], adapters: [a, b c]}` to `contexts`",
        ),
        (GO_DEFAULT, context("Local"), "2, column 5: this context exists", "add `local: {"),
        (GO_DEFAULT, token("default"), "11, column 5: this token exists", "add `- {name: default"),
        (
            "contexts:\n  a:\n    x: |+\n      text\n\n  b: {}\n\n# end\n",
            without_context("b"),
            "6, column 3: the edit would change something else",
            "remove the context `b`",
        ),
        (
            "a: 1\rb: 2\n",
            current("x"),
            "1, column 5: a carriage return",
            "set `current-context: x`",
        ),
    ] {
        let error = refused(text, change);
        assert_eq!((error.code, error.exit()), (Code::ConfigEditFailed, Exit::NotStored), "{text}");
        assert_eq!(error.unchanged_files(), ["/c.yaml"]);
        assert_eq!(error.suggestions()[0].command.to_string(), "${EDITOR:-vi} /c.yaml");
        let said = error.to_string();
        let begins = format!("The config cannot be edited safely: /c.yaml, line {place}");
        assert!(said.starts_with(&begins), "{said}\nis not\n{begins}");
        assert!(said.contains(&format!(". Edit the file: {by_hand}")), "{said}");
    }
}

#[test]
fn a_line_number_is_that_of_the_file_although_earlier_changes_added_lines() {
    let text = "contexts:\n  a: {}\n\ntokens: &n [{name: x}]\nnames: *n\n";
    let changes = [context("new"), current("new"), without_token("x")];
    let error = config(text).with_changes(&changes).expect_err("an anchor");
    let said = error.to_string();
    assert!(said.contains("/c.yaml, line 4, column 9: an alias elsewhere"), "{said}");
    assert_eq!(said.matches(", and ").count(), 2, "{said}");
}
