//! Untrusted text: text of a server, plugin, file, variable or argument, and its sanitized form.

use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};
use unicode_width::UnicodeWidthChar;

/// Untrusted text. Its only `Display` is safe for a terminal: one line, without control, bidirectional,
/// invisible and private-use characters, and not longer than its kind allows. So it cannot be shown unsafely by accident. The
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

    /// The text in a sentence of the program. Unless it is one word, as an address is, it stands in quotation marks: it
    /// could otherwise end the sentence with words of its own.
    pub fn delimited(&self) -> String {
        let is_of_a_word = |c: char| c.is_alphanumeric() || "@._+-…".contains(c);
        let shown = self.to_string();
        match !shown.is_empty() && shown.chars().all(is_of_a_word) {
            true => shown,
            false => self.quoted(),
        }
    }

    /// The text in quotation marks, which it cannot end.
    pub fn quoted(&self) -> String {
        format!("\"{}\"", self.to_string().replace('"', "'"))
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

/// `text` on one line, without the characters of which [`is_unfit`] is true. For untrusted text; lines of
/// the program use [`sanitized`].
pub fn one_line(text: &str) -> String {
    let has_one_space_each = !text.starts_with(' ') && !text.ends_with(' ') && !text.contains("  ");
    if is_printable_ascii(text) && has_one_space_each {
        return text.to_owned();
    }
    let mut clean = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        let word: String = word.chars().filter(|&c| !is_unfit(c)).collect();
        if !word.is_empty() {
            if !clean.is_empty() {
                clean.push(' ');
            }
            clean.push_str(&word);
        }
    }
    clean
}

/// `text` without control characters and those of which [`is_unfit`] is true, with its spaces: for a line that is
/// indented. Line breaks are control characters: it is one line.
pub fn sanitized(text: &str) -> String {
    if is_printable_ascii(text) {
        return text.to_owned();
    }
    text.chars().filter(|&c| !c.is_control() && !is_unfit(c)).collect()
}

/// Most texts are, and of these every character is fit. The tables of Unicode are for the others.
fn is_printable_ascii(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// As [`sanitized`], for text of several lines: line feeds and tabs stay.
pub fn sanitized_lines(text: &str) -> String {
    let is_layout = |c: char| c == '\n' || c == '\t';
    text.chars().filter(|&c| is_layout(c) || (!c.is_control() && !is_unfit(c))).collect()
}

/// Whether `text` has no control character, none of which [`is_unfit`] is true, and no white space but spaces.
pub fn is_plain(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() || is_unfit(c) || (c.is_whitespace() && c != ' '))
}

/// JSON in which control characters and those of which [`is_unfit`] is true are escaped. JSON requires this for ASCII control
/// characters only, but it may be shown on a terminal.
pub fn escaped(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        // A line break is layout here; one within a string is escaped already.
        if c != '\n' && (c.is_control() || is_unfit(c)) {
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
    let (mut lines, mut line, mut taken) = (Vec::new(), String::new(), 0);
    for word in text.split_inclusive(' ') {
        if taken > 0 && taken + width(word.trim_end()) > columns {
            lines.push(std::mem::take(&mut line));
            taken = 0;
        }
        for c in word.chars() {
            let wide = char_width(c);
            if taken > 0 && taken + wide > columns && c != ' ' {
                lines.push(std::mem::take(&mut line));
                taken = 0;
            }
            line.push(c);
            taken += wide;
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

/// The columns that no terminal exceeds when it shows `text`.
pub fn width(text: &str) -> usize {
    if is_printable_ascii(text) {
        return text.len();
    }
    text.chars().map(char_width).sum()
}

/// The columns that no terminal exceeds when it shows `c`; 0 for a control character.
///
/// Terminals and C libraries differ: some draw a combining mark, a Hangul vowel or a sign of a Brahmic script in a column of
/// its own, some a pictograph or half of a flag in two. A line that is longer on the terminal than here would be folded by
/// the terminal, and text from outside would begin the next one. So every character counts at least 1, and 2 if a terminal
/// may draw it so. A character whose width Unicode calls ambiguous, such as `Я` or `…`, counts 1, although a terminal that is
/// set for East Asian text may draw it in two.
pub fn char_width(c: char) -> usize {
    // Marks of East Asian scripts, numbers in squares, pictographs, and halves of flags.
    let may_be_wide = matches!(c, '\u{302a}'..='\u{302f}' | '\u{3099}'..='\u{309a}' | '\u{3248}'..='\u{324f}'
        | '\u{16ff0}'..='\u{16ff1}' | '\u{1f000}'..='\u{1fbff}');
    match c.width() {
        None => 0,
        Some(_) if may_be_wide => 2,
        Some(width) => width.max(1),
    }
}

/// Characters that are not text of a person: blank ones that are not white space, format characters that can hide or
/// reorder text, those of private use, which every font draws otherwise, and noncharacters.
fn is_unfit(c: char) -> bool {
    let is_noncharacter = u32::from(c) & 0xfffe == 0xfffe;
    is_noncharacter
        || matches!(c,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{2800}' | '\u{16fe4}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d159}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
        | '\u{f0000}'..)
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
    fn text_from_outside_has_no_character_of_private_use_and_no_noncharacter() {
        for c in [
            '\u{e000}',
            '\u{f8ff}',
            '\u{f0000}',
            '\u{ffffd}',
            '\u{100000}',
            '\u{10ffff}',
            '\u{fdd0}',
            '\u{fffe}',
            '\u{ffff}',
            '\u{1fffe}',
        ] {
            let text = format!("a{c}b");
            assert_eq!((shown(&text, 80), sanitized(&text)), ("ab".into(), "ab".into()), "{c:?}");
            assert!(!is_plain(&text), "{c:?}");
        }
        for c in ['\u{d7ff}', '\u{f900}', '\u{fffd}', '\u{20000}'] {
            assert!(is_plain(&c.to_string()), "{c:?}");
        }
    }

    #[test]
    fn a_character_counts_as_many_columns_as_any_terminal_gives_it() {
        for (c, columns) in [
            ('a', 1),
            ('é', 1),
            ('Я', 1),
            ('日', 2),
            // Nothing by `unicode-width`, and up to two columns by the C library.
            ('\u{302e}', 2),
            ('\u{16ff0}', 2),
            ('\u{9be}', 1),
            ('\u{d4e}', 1),
            ('\u{a8fa}', 1),
            ('\u{890}', 1),
            ('\u{1161}', 1),
            // A mark of a later version of Unicode than that of the terminal.
            ('\u{301}', 1),
            ('\u{897}', 1),
            // One column by `unicode-width`, and two by the C library or some terminals.
            ('\u{3248}', 2),
            ('\u{1f1e6}', 2),
            ('\n', 0),
        ] {
            assert_eq!(char_width(c), columns, "{c:?}");
        }
        assert_eq!((width("日本 a\u{301}"), width("")), (7, 0));
    }

    #[test]
    fn folded_marks_are_no_longer_than_the_columns_on_any_terminal() {
        for c in ["\u{302e}", "\u{9be}", "\u{301}", "\u{1f1e6}"] {
            let lines = folded(&c.repeat(100), 10);
            assert!(lines.iter().all(|it| it.chars().count() <= 10), "{lines:?}");
        }
        assert!(folded(&"\u{302e}".repeat(9), 10).iter().all(|it| it.chars().count() <= 5));
    }

    #[test]
    fn text_that_is_not_one_word_stands_in_quotation_marks() {
        for (text, in_sentence) in [
            ("ada@acme.example", "ada@acme.example"),
            ("Ada", "Ada"),
            ("Ada Lovelace", "\"Ada Lovelace\""),
            ("a@b, accepted by https://c", "\"a@b, accepted by https://c\""),
            ("a\". Token saved", "\"a'. Token saved\""),
            ("a;b", "\"a;b\""),
            ("", "\"\""),
        ] {
            assert_eq!(Label::new(text).delimited(), in_sentence);
        }
        assert_eq!(Name::new("Acme").quoted(), "\"Acme\"");
    }

    #[test]
    fn long_text_is_shortened_with_an_ellipsis() {
        assert_eq!(shown("abcdef", 6), "abcdef");
        assert_eq!(shown("日本語です", 4), "日本語…");
    }
}
