//! Foreign text: whatever a server, a plugin or a file says, made safe to show on a terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// `text` without control, bidirectional and invisible characters, white space folded, cut to `longest` characters.
pub fn shown(text: &str, longest: usize) -> String {
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
    if clean.chars().count() > longest {
        clean = clean.chars().take(longest.saturating_sub(1)).collect();
        clean.push('…');
    }
    clean
}

/// `text` without what [`shown`] leaves out, and otherwise as it is: for a line that holds words of a
/// person, such as the path of a file, beside those of the program.
pub fn harmless(text: &str) -> String {
    text.chars().filter(|&c| !c.is_control() && !is_invisible(c)).collect()
}

/// JSON in which every character that [`shown`] leaves out is an escape: JSON itself wants that of the
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
