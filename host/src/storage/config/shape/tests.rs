//! Unit tests of the errors for a config.yaml that cannot be parsed.

use std::path::Path;

use crate::error::{Code, Exit};
use crate::storage::config::Config;

fn error_of(text: &str) -> String {
    let error =
        Config::parse(Path::new("/home/me/.meshery/config.yaml"), text.to_owned()).expect_err(text);
    assert_eq!((error.code, error.exit()), (Code::ConfigInvalid, Exit::Usage), "{text}");
    assert_eq!(error.unchanged_files(), ["/home/me/.meshery/config.yaml"], "{text}");
    assert!(!error.suggestions().is_empty(), "{text}");
    assert!(!error.to_string().contains(char::is_control), "{text}");
    let intro = "The config is invalid: /home/me/.meshery/config.yaml, ";
    error.to_string().strip_prefix(intro).expect("the intro").to_owned()
}

#[test]
fn a_syntax_error_is_reported_with_line_and_column() {
    for (text, expected) in [
        ("contexts:\n\tlocal: {}\n", "line 2, column 2: indent with spaces, not with a tab."),
        ("a: 1\na: 2\n", "line 2, column 1: the key `a` is duplicated."),
        ("x:\n  a: 1\n  a: 2\n", "line 3, column 3: the key `a` is duplicated."),
        ("x: {k: v, k: w}\n", "line 1, column 11: the key `k` is duplicated."),
        (
            "tokens: []\nTOKENS: []\n",
            "line 2, column 1: the key `TOKENS` is there in another case too.",
        ),
        ("contexts: [a]\n", "line 1, column 11: lines of the form `key: value` are expected here."),
        (
            "\u{feff}contexts: [a]\n",
            "line 1, column 11: lines of the form `key: value` are expected here.",
        ),
        (
            "contexts:\r\n  a: hello\r\n",
            "line 2, column 6: lines of the form `key: value` are expected here.",
        ),
        ("hello", "line 1, column 1: lines of the form `key: value` are expected here."),
        ("contexts: {a: {endpoint: {b: c}}}", "line 1, column 26: a string is expected here."),
        ("contexts: {a: {token: [b]}}", "line 1, column 16: the name of a token is expected here."),
        (
            "contexts: {a: {token: true}}",
            "line 1, column 16: the name of a token is expected here.",
        ),
        ("contexts: {~: {}}", "line 1, column 12: a name is missing here."),
        ("tokens: {default: auth.json}", "line 1, column 9: a list of tokens is expected here."),
        ("tokens: default", "line 1, column 1: a list of tokens is expected here."),
        (
            "a: b: c\n",
            "line 1, column 5: `: ` is not expected here: put a value with it in quotes.",
        ),
        ("{\"a\": 1", "line 1, column 1: this bracket is not closed."),
        ("a: 1\n---\nb: 2\n", "line 3, column 1: a second document begins here."),
        ("a: *b\n", "line 1, column 4: no anchor above has the name of this alias."),
        ("é: \u{7}\n", "line 1, column 4: the character U+0007 is not allowed here."),
    ] {
        assert_eq!(error_of(text), expected, "{text:?}");
    }
}

/// Viper, by which the Go CLI reads the file, would take either.
#[test]
fn a_key_in_two_cases_in_one_mapping_is_an_error_where_the_second_stands() {
    for (text, key, place) in [
        ("CONTEXTS: {}\né: 1\ncontexts: {}\n", "contexts", "3, column 1"),
        ("contexts:\n  prod: {}\n  b: {}\n  Prod: {}\n", "Prod", "4, column 3"),
        ("contexts:\n  a:\n    TOKEN: x\n    Token: y\n", "Token", "4, column 5"),
        ("contexts: {a: {token: {name: x, NAME: y}}}\n", "NAME", "1, column 33"),
        ("tokens:\n- name: x\n- name: é\n  Name: y\n", "Name", "4, column 3"),
        ("contexts:\n  a: {X: 1, x: 2}\nX: 1\nx: 2\n", "x", "2, column 13"),
    ] {
        let said = format!("line {place}: the key `{key}` is there in another case too.");
        assert_eq!(error_of(text), said);
    }
}

#[test]
fn the_words_of_the_parser_are_not_those_of_a_message() {
    for (text, expected) in [
        ("contexts: {a: {}", "this bracket is not closed."),
        ("x: [a: {}}\n", "this bracket does not fit the one that is open."),
        ("a: 'b", "this quote is not closed."),
        ("a: 'b\nc: d\n", "a quote above is not closed, or this line of its text not indented."),
        ("a: 'b' c\n", "nothing can follow the closing quote here."),
        ("a: \"\\q\"\n", "this is no escape sequence of YAML."),
        ("a: b\n c: d\n", "`: ` is not expected here: put a value with it in quotes."),
        ("a:\n  - b\n c: d\n", "a key with the indentation of those above is expected here."),
        ("a: [b\n", "this bracket is not closed."),
        ("a: @b\n", "the character `@` is not allowed here."),
        ("a: {b: c, ]}\n", "this bracket does not fit the one that is open."),
        ("a: b\nmissing\nc: d\n", "`: ` is missing after this key."),
        ("%FOO\n%YAML 1.1.1.1\na: b\n", "this directive is not understood."),
    ] {
        let said = error_of(text);
        assert!(said.ends_with(&format!(": {expected}")), "{text:?}: {said}");
        assert!(!said.contains("column 0") && !said.contains("line 0"), "{text:?}: {said}");
    }
}

#[test]
fn a_syntax_error_does_not_quote_values() {
    for text in ["contexts: {a: {token: [s3cret]}}", "tokens: s3cret", "contexts: s3cret"] {
        assert!(!error_of(text).contains("s3cret"), "{text}");
    }
}

#[test]
fn excessive_nesting_and_aliases_are_rejected() {
    let flow = format!("x: {}{}", "[".repeat(100_000), "]".repeat(100_000));
    let block: String = (0..700).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for level in 1..12 {
        let below = vec![format!("*a{}", level - 1); 9].join(",");
        bomb.push_str(&format!("a{level}: &a{level} [{below}]\n"));
    }
    for text in [flow, block, bomb, "a: &a [*a]\n".to_owned()] {
        assert!(
            error_of(&text).contains("nested too deeply or repeats too much"),
            "{}",
            error_of(&text)
        );
    }
}
