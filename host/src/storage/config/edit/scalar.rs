//! How a string is written in YAML, so that YAML 1.1, which the Go CLI reads, and YAML 1.2 read the same string.

use serde_saphyr::granit_parser::ScalarStyle;

/// Words that are not read as strings, in any case.
const WORDS: [&str; 12] =
    ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "infinity"];

/// Where a scalar stands: what may be written there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::storage::config) enum Place {
    Block,
    Flow,
    /// In flow style with quoted keys, as in JSON.
    Json,
}

/// The string as a new scalar.
pub(in crate::storage::config) fn written(text: &str, place: Place) -> String {
    match place {
        Place::Json => double_quoted(text),
        Place::Flow if is_plain(text) && !text.contains(':') => text.to_owned(),
        Place::Block if is_plain(text) => text.to_owned(),
        Place::Block | Place::Flow if text.is_empty() => double_quoted(text),
        Place::Block | Place::Flow => single_quoted(text).unwrap_or_else(|| double_quoted(text)),
    }
}

/// The string in place of a scalar in this style.
pub(super) fn rewritten(text: &str, old: ScalarStyle, place: Place) -> String {
    let quoted = match old {
        ScalarStyle::SingleQuoted => single_quoted(text),
        ScalarStyle::DoubleQuoted => Some(double_quoted(text)),
        ScalarStyle::Plain | ScalarStyle::Literal | ScalarStyle::Folded => None,
    };
    quoted.unwrap_or_else(|| written(text, place))
}

/// Whether every reader takes these characters for a string.
fn is_plain(text: &str) -> bool {
    let begins = text.starts_with(|it: char| it.is_alphabetic() || it == '_' || it == '/');
    let ends = text.ends_with(|it: char| it != ' ' && it != ':');
    begins
        && ends
        && !WORDS.contains(&text.to_lowercase().as_str())
        && !text.contains(": ")
        && text.chars().all(|it| it.is_alphanumeric() || " _-./:@+=%~?()".contains(it))
}

/// `None` if the string has characters that only double quotes can contain.
fn single_quoted(text: &str) -> Option<String> {
    let is_printable = !text.chars().any(must_be_escaped);
    is_printable.then(|| format!("'{}'", text.replace('\'', "''")))
}

/// As in JSON.
fn double_quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for it in text.chars() {
        match it {
            '"' | '\\' => quoted.extend(['\\', it]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            it if must_be_escaped(it) => quoted.push_str(&format!("\\u{:04x}", u32::from(it))),
            it => quoted.push(it),
        }
    }
    quoted.push('"');
    quoted
}

/// Control characters, line ends of Unicode, byte order marks: a reader may refuse or change them. None is above U+FFFF.
fn must_be_escaped(it: char) -> bool {
    it.is_control() || matches!(it, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests;
