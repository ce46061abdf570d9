//! Text from outside: what a server, a plugin, a file, a variable or an argument says, made safe to show.

use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Text from outside. Its only `Display` is safe for a terminal: one line, without control,
/// bidirectional and invisible characters, cut to the length of its kind. So it cannot be shown
/// unsafely by accident; what it really says is had by [`Untrusted::raw`] alone.
///
/// It serializes as it is: JSON is escaped where it is printed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Untrusted<K> {
    text: String,
    #[serde(skip)]
    kind: PhantomData<K>,
}

/// How much of a text a person is shown.
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
    Address Address 200,
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

    /// What it really says: to compare, to store, to send. Never to show.
    pub fn raw(&self) -> &str {
        &self.text
    }

    /// The same text, shown as another kind.
    pub fn of_kind<L>(&self) -> Untrusted<L> {
        Untrusted::new(&self.text)
    }
}

impl<K: Kind> Untrusted<K> {
    /// Whether it is shown exactly as it is.
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

/// `text` without control, bidirectional and invisible characters, white space folded, cut to
/// `longest` characters.
fn shown(text: &str, longest: usize) -> String {
    let mut clean = one_line(text);
    if clean.chars().count() > longest {
        clean = clean.chars().take(longest.saturating_sub(1)).collect();
        clean.push('…');
    }
    clean
}

/// `text` on one line and without what a terminal would obey: what every line of output passes.
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

/// `text` without control and invisible characters, white space as it is: for a line that the program
/// indents itself.
pub fn sanitized(text: &str) -> String {
    text.chars().filter(|&c| !c.is_control() && !is_invisible(c)).collect()
}

/// Whether no character of `text` could move a cursor, or hide or reorder others.
pub fn is_plain(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() || is_invisible(c))
}

/// JSON in which every character that a terminal would obey is an escape: JSON itself wants that of the
/// oldest control characters only, and it may be read on a terminal too.
pub fn escaped(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        // A line break only lays it out: one within a string is an escape already.
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

/// `text` in lines of at most `columns`, so that no screen breaks one by itself; broken between words
/// where there are words.
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

/// Characters that show nothing, and those of Unicode's format category that can hide or reorder text, and the unassigned ends.
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
    fn escapes_bidi_and_line_breaks_never_reach_the_terminal() {
        assert_eq!(shown("a\u{1b}[2J\u{9b}31mb\r\nc\td\u{202e}e\u{7f}", 80), "a [2J 31mb c de");
        assert_eq!(shown("  Tata   Consulting ", 80), "Tata Consulting");
    }

    #[test]
    fn json_means_the_same_and_holds_nothing_that_a_terminal_obeys() {
        let value = serde_json::json!({"a": "\u{1b}\n\u{9b}\u{202e}\u{7f}\u{e0001}é"});
        let safe = escaped(&format!("{value:#}"));
        assert_eq!(safe, "{\n  \"a\": \"\\u001b\\n\\u009b\\u202e\\u007f\\udb40\\udc01é\"\n}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
    }

    #[test]
    fn no_blank_that_is_no_space_pushes_words_to_where_another_line_seems_to_begin() {
        assert_eq!(shown("a\u{2800}\u{2800}\u{3164}\u{2003}\u{a0}b", 80), "a b");
    }

    #[test]
    fn a_folded_text_has_no_line_that_a_screen_would_break() {
        assert_eq!(folded("one two three", 80), ["one two three"]);
        assert_eq!(folded("one two three", 7), ["one two", "three"]);
        assert_eq!(folded("abcdefg", 3), ["abc", "def", "g"]);
        assert_eq!(folded("日本語 です", 4), ["日本", "語", "です"]);
        assert_eq!(folded("", 4), [""]);
        assert_eq!(folded("ab", 0), ["a", "b"]);
    }

    #[test]
    fn long_text_is_cut_and_says_so() {
        assert_eq!(shown("abcdef", 6), "abcdef");
        assert_eq!(shown("日本語です", 4), "日本語…");
    }
}
