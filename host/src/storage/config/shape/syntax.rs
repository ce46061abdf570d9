//! Parsing of YAML: its limits, and errors in plain words with line and column.

use serde::de::DeserializeOwned;
use serde_saphyr::{Error, NonFiniteFloatPolicy, Options};

use crate::storage::config::quoted;

/// Why and where a file cannot be parsed. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::storage) struct SyntaxError {
    pub(in crate::storage) line: u64,
    pub(in crate::storage) column: u64,
    pub(in crate::storage) what: String,
}

/// Parses one YAML document; `None` if it contains only comments and white space.
pub(in crate::storage) fn read<T: DeserializeOwned>(text: &str) -> Result<Option<T>, SyntaxError> {
    serde_saphyr::from_str_with_options(text, limits()).map_err(|error| SyntaxError {
        // The library counts from 0 where it knows no place in a line.
        line: error.location().map_or(1, |at| at.line()).max(1),
        column: error.location().map_or(1, |at| at.column()).max(1),
        what: reason(&error),
    })
}

fn limits() -> Options {
    serde_saphyr::options! {
        with_snippet: false,
        // Names such as `yes` and `007` stay strings.
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 10_000 },
    }
}

/// The reason in one line, without the library's advice to developers, and without values, which may be secret.
fn reason(error: &Error) -> String {
    match error {
        Error::DuplicateMappingKey { key: Some(key), .. } => {
            format!("the key {} is duplicated", quoted(key))
        }
        Error::DuplicateMappingKey { .. } => "this key is duplicated".to_owned(),
        Error::MultipleDocuments { .. } => "a second document begins here".to_owned(),
        Error::Unexpected { expected: "mapping start", .. } => {
            "lines of the form `key: value` are expected here".to_owned()
        }
        Error::Unexpected { expected: "string scalar", .. } => {
            "a string is expected here".to_owned()
        }
        Error::NullIntoString { .. } => "a name is missing here".to_owned(),
        Error::SerdeInvalidType { expected, .. } | Error::SerdeInvalidValue { expected, .. } => {
            format!("{expected} is expected here")
        }
        Error::Budget { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. }
        | Error::RecursiveReferencesRequireWeakTypes { .. } => too_complex(),
        Error::AliasError { error, .. } => reason(error),
        Error::InvalidBooleanStrict { .. } => "`true` or `false` is expected here".to_owned(),
        Error::SerdeUnknownField { field, .. } => {
            format!("the key {} is not known here", quoted(field))
        }
        Error::UnknownAnchor { .. } => in_words("unknown anchor"),
        Error::ExternalMessage { msg, .. } | Error::Message { msg, .. } => in_words(msg),
        other => {
            let text = other.to_string();
            in_words(text.split(" at line ").next().unwrap_or_default())
        }
    }
}

/// Words of the parser for its developers, by a part of them, and what to tell a person.
const WORDS: [(&str, &str); 20] = [
    ("recursion limit", TOO_COMPLEX),
    ("tab", "indent with spaces, not with a tab"),
    ("mapping values are not allowed", "`: ` is not expected here: put a value with it in quotes"),
    ("unclosed bracket", "this bracket is not closed"),
    ("expected ',' or", "a comma or a closing bracket is expected here"),
    ("bracket", "this bracket does not fit the one that is open"),
    ("unclosed quote", "this quote is not closed"),
    ("multiline quoted", "a quote above is not closed, or this line of its text not indented"),
    ("trailing content", "nothing can follow the closing quote here"),
    ("unknown anchor", "no anchor above has the name of this alias"),
    ("expected key", "a key with the indentation of those above is expected here"),
    ("simple key", "`: ` is missing after this key"),
    ("indent", "the indentation does not fit the lines above"),
    ("escape", "this is no escape sequence of YAML"),
    ("hexadecimal", "this is no escape sequence of YAML"),
    ("surrogate", "this is no escape sequence of YAML"),
    ("directive", "this directive is not understood"),
    ("'-' indicator", "`- ` is expected here"),
    ("unexpected eof", "the file ends too early"),
    ("unexpected end", "the file ends too early"),
];

fn in_words(message: &str) -> String {
    if let Some(character) = message.strip_prefix("unexpected character: `") {
        return format!("the character {} is not allowed here", named(character));
    }
    // The errors of this program's own types are in words for people.
    if message.ends_with(" is expected here") {
        return message.to_owned();
    }
    let lower = message.to_lowercase();
    let known = WORDS.iter().find(|(part, _)| lower.contains(part));
    known.map_or_else(|| message.to_owned(), |(_, words)| (*words).to_owned())
}

/// A character that the parser wrote as Rust does, with the quote that it puts after it.
fn named(character: &str) -> String {
    let character = character.trim_end_matches('\'');
    match character.strip_prefix("\\u{").and_then(|it| it.strip_suffix('}')) {
        Some(number) => format!("U+{:0>4}", number.to_uppercase()),
        None => quoted(character),
    }
}

const TOO_COMPLEX: &str = "it is nested too deeply or repeats too much";

fn too_complex() -> String {
    TOO_COMPLEX.to_owned()
}
