//! Untrusted text: text of a server, plugin, file, variable or argument, and its sanitized form.

use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Untrusted text. Its only `Display` is safe for a terminal: one line, without control, bidirectional and
/// invisible characters, and not longer than its kind allows. So it cannot be shown unsafely by accident. The
/// original text is returned by [`Untrusted::raw`] only.
///
/// It serializes the original text. JSON is escaped when it is printed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Untrusted<K> {
    text: String,
    #[serde(skip)]
    kind: PhantomData<K>,
}

/// The length to which a text is shortened when it is shown.
pub trait Kind {
    /// In characters.
    const LONGEST: usize;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $alias:ident $longest:expr,)*) => {
        /// The kinds of text, by length.
        pub mod kind { $(
            #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
            pub enum $kind {}
            impl super::Kind for $kind { const LONGEST: usize = $longest; }
        )* }
        $($(#[$doc])* pub type $alias = Untrusted<kind::$kind>;)*
    };
}

kinds! {
    /// A version.
    Version Version 20,
    /// The name of a provider or publisher.
    Name Name 40,
    /// An id, hash or key.
    Id Id 64,
    /// An account, a host, the name of a file.
    Label Label 80,
    /// A name in config.yaml.
    Title Title 120,
    /// A path, a URL, a line of a plugin.
    Line Line 200,
    /// A reason or description.
    Sentence Sentence 300,
    /// A whole message.
    Message Message 400,
    /// A list that must not be cut.
    Whole Whole usize::MAX,
}

impl<K> Untrusted<K> {
    pub fn new(text: impl AsRef<str>) -> Self {
        Self { text: text.as_ref().to_owned(), kind: PhantomData }
    }

    /// The original text, to compare, store or send. It must not be shown.
    pub fn raw(&self) -> &str {
        &self.text
    }

    /// The same text, shown as another kind.
    pub fn of_kind<L>(&self) -> Untrusted<L> {
        Untrusted::new(&self.text)
    }
}

impl<K: Kind> Untrusted<K> {
    /// Whether it is shown unchanged.
    pub fn is_shown_whole(&self) -> bool {
        self.to_string() == self.text
    }
}

impl<K: Kind> fmt::Display for Untrusted<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(&self.text, K::LONGEST))
    }
}

impl<K: Kind> fmt::Debug for Untrusted<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

/// `text` on one line, sanitized, and shortened to `longest` characters.
fn shown(text: &str, longest: usize) -> String {
    let mut clean = one_line(text);
    if clean.chars().count() > longest {
        clean = clean.chars().take(longest.saturating_sub(1)).collect();
        clean.push('…');
    }
    clean
}

/// `text` on one line, without control, bidirectional and invisible characters. For untrusted text; lines of
/// the program use [`sanitized`].
pub fn one_line(text: &str) -> String {
    let mut clean = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        let word: String = word.chars().filter(|&c| !is_invisible(c)).collect();
        if !word.is_empty() {
            if !clean.is_empty() {
                clean.push(' ');
            }
            clean.push_str(&word);
        }
    }
    clean
}

/// `text` without control, bidirectional and invisible characters, with its spaces: for a line that is indented.
pub fn sanitized(text: &str) -> String {
    text.chars().filter(|&c| !c.is_control() && !is_invisible(c)).collect()
}

/// Whether `text` has no control, bidirectional or invisible character.
pub fn is_plain(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() || is_invisible(c))
}

/// JSON in which control, bidirectional and invisible characters are escaped. JSON requires this for ASCII control
/// characters only, but it may be shown on a terminal.
pub fn escaped(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        // A line break is layout here; one within a string is escaped already.
        if c != '\n' && (c.is_control() || is_invisible(c)) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            safe.push(c);
        }
    }
    safe
}

/// `text` in lines of at most `columns`, broken between words if possible, so that no terminal folds a line
/// itself.
pub fn folded(text: &str, columns: usize) -> Vec<String> {
    let (mut lines, mut line, mut width) = (Vec::new(), String::new(), 0);
    for word in text.split_inclusive(' ') {
        if width > 0 && width + word.trim_end().width() > columns {
            lines.push(std::mem::take(&mut line));
            width = 0;
        }
        for c in word.chars() {
            let wide = c.width().unwrap_or(0);
            if width > 0 && width + wide > columns && c != ' ' {
                lines.push(std::mem::take(&mut line));
                width = 0;
            }
            line.push(c);
            width += wide;
        }
    }
    lines.push(line);
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

/// The most items of a list that one message shows.
const MOST_LISTED: usize = 20;

/// The items with commas between; of many, the first and how many more there are.
pub fn abridged<T: fmt::Display>(items: impl Iterator<Item = T>) -> String {
    let mut items = items.map(|it| it.to_string());
    let first: Vec<String> = items.by_ref().take(MOST_LISTED).collect();
    match items.count() {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// Blank characters that are not white space, format characters that can hide or reorder text, and unassigned ones.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{2800}' | '\u{16fe4}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d159}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_line_breaks_and_bidirectional_characters_are_removed() {
        assert_eq!(shown("a\u{1b}[2J\u{9b}31mb\r\nc\td\u{202e}e\u{7f}", 80), "a [2J 31mb c de");
        assert_eq!(shown("  Tata   Consulting ", 80), "Tata Consulting");
    }

    #[test]
    fn escaped_json_has_the_same_value_and_no_control_or_invisible_characters() {
        let value = serde_json::json!({"a": "\u{1b}\n\u{9b}\u{202e}\u{7f}\u{e0001}é"});
        let safe = escaped(&format!("{value:#}"));
        assert_eq!(safe, "{\n  \"a\": \"\\u001b\\n\\u009b\\u202e\\u007f\\udb40\\udc01é\"\n}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
    }

    #[test]
    fn a_sanitized_line_keeps_its_spaces_and_has_no_control_or_invisible_character() {
        assert_eq!(sanitized("  a\u{1b}[2J  b\u{202e}c\n"), "  a[2J  bc");
    }

    #[test]
    fn the_debug_form_of_untrusted_text_is_safe_too() {
        assert_eq!(format!("{:?}", Name::new("a\u{1b}\"b")), "\"a \\\"b\"");
    }

    #[test]
    fn blank_characters_of_every_kind_become_one_space() {
        assert_eq!(shown("a\u{2800}\u{2800}\u{3164}\u{2003}\u{a0}b", 80), "a b");
    }

    #[test]
    fn of_a_long_list_the_first_items_are_shown_and_the_others_are_counted() {
        let items = |count: usize| abridged(0..count);
        let twenty: Vec<String> = (0..20).map(|it| it.to_string()).collect();
        let twenty = twenty.join(", ");
        assert_eq!((items(0).as_str(), items(1).as_str(), items(2).as_str()), ("", "0", "0, 1"));
        assert_eq!(items(20), twenty);
        assert_eq!(items(21), format!("{twenty} and 1 more"));
        assert_eq!(items(40_000), format!("{twenty} and 39980 more"));
    }

    #[test]
    fn folded_text_has_no_line_longer_than_the_columns() {
        assert_eq!(folded("one two three", 80), ["one two three"]);
        assert_eq!(folded("one two three", 7), ["one two", "three"]);
        assert_eq!(folded("one three", 6), ["one", "three"]);
        assert_eq!(folded("abcdefg", 3), ["abc", "def", "g"]);
        assert_eq!(folded("日本語 です", 4), ["日本", "語", "です"]);
        assert_eq!(folded("", 4), [""]);
        assert_eq!(folded("ab", 0), ["a", "b"]);
    }

    #[test]
    fn long_text_is_shortened_with_an_ellipsis() {
        assert_eq!(shown("abcdef", 6), "abcdef");
        assert_eq!(shown("日本語です", 4), "日本語…");
    }
}
