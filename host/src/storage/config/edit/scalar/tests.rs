//! Unit tests of strings as scalars: each is read as the same string by YAML 1.2, and not as something else by YAML 1.1.

use serde_json::Value;

use super::*;
use crate::storage::config::shape;

fn read(yaml: &str) -> Value {
    shape::read(yaml).unwrap_or_else(|error| panic!("{error:?}\n{yaml}")).expect(yaml)
}

#[test]
fn only_a_string_that_no_reader_takes_for_something_else_is_plain() {
    for plain in
        ["default", "Meshery", "http://h:9081/x?y=z", "a b", "é", "日本", "v0.7.1", "None", "_x"]
    {
        assert_eq!(written(plain, Place::Block), plain);
    }
    assert_eq!(written("http://h:1", Place::Flow), "'http://h:1'");
    for quoted in [
        "y",
        "N",
        "Yes",
        "no",
        "ON",
        "off",
        "true",
        "False",
        "null",
        "~",
        "",
        "1",
        "007",
        "0x1f",
        "1e3",
        "1_000",
        "12:30",
        "2026-01-01",
        ".inf",
        ".5",
        "+1",
        "-1",
        "- a",
        "a: b",
        "a #b",
        "a:",
        "a ",
        " a",
        "#a",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a`",
        "{a}",
        "[a]",
        "a,b",
        "a\tb",
        "<<",
        "=",
        "?",
        "|",
        ">",
        "it's",
        "\"q\"",
        "inf",
        "NaN",
    ] {
        let written = written(quoted, Place::Block);
        assert!(written.starts_with(['\'', '"']), "{written}");
    }
}

#[test]
fn every_string_is_read_as_it_was_in_every_place_and_style() {
    let all = [
        "",
        "a",
        "y",
        "it's",
        "\"q\" \\",
        "a\nb",
        "\r\n\t",
        "\u{7}",
        "\u{85}x",
        "\u{2028}",
        "\u{feff}",
        "🦀",
        "a: b, [c] {d} #e",
    ];
    let styles = [ScalarStyle::Plain, ScalarStyle::SingleQuoted, ScalarStyle::DoubleQuoted];
    for (text, style) in all.iter().flat_map(|text| styles.map(|style| (*text, style))) {
        for place in [Place::Block, Place::Flow, Place::Json] {
            for scalar in [written(text, place), rewritten(text, style, place)] {
                let yaml = match place {
                    Place::Block => format!("k: {scalar}\n{scalar}: v\n"),
                    Place::Flow => format!("{{k: {scalar}, {scalar}: v}}"),
                    Place::Json => format!("{{\"k\":{scalar},{scalar}:\"v\"}}"),
                };
                assert_eq!(read(&yaml)["k"], *text, "{yaml}");
                assert_eq!(read(&yaml)[text], "v", "{yaml}");
            }
        }
    }
    assert!(serde_json::from_str::<String>(&written("\u{feff}\u{85}\"", Place::Json)).is_ok());
}
