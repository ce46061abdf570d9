//! The layout of a line on a terminal: broken between words at the width of the screen, never within one.

use unicode_width::UnicodeWidthStr;

/// A space at which no line is broken: a command must be one line to be copied.
const UNBREAKABLE: &str = "\u{a0}";

/// A command within a sentence, to be laid out as one word.
pub fn unbroken(command: &str) -> String {
    command.replace(' ', UNBREAKABLE)
}

/// `text` in lines of at most `columns`, the further ones indented. The first one stands behind a mark of
/// `mark` columns. A longer word, such as a URL or a path, is whole on a line of its own, so that it can
/// be copied.
pub fn hanging(text: &str, mark: usize, columns: usize) -> String {
    let indent = if mark > 0 { mark } else { indent_of(text) };
    let (mut lines, mut line, mut width) = (String::new(), String::new(), mark);
    for word in text.split_inclusive(' ') {
        let is_blank = word == " ";
        if !is_blank && !line.trim().is_empty() && width + word.trim_end().width() > columns {
            lines.push_str(line.trim_end());
            lines.push('\n');
            line = " ".repeat(indent);
            width = indent;
        }
        line.push_str(word);
        width += word.width();
    }
    lines.push_str(line.trim_end());
    lines.replace(UNBREAKABLE, " ")
}

/// Below the text of a numbered line, else two columns further than the line.
fn indent_of(text: &str) -> usize {
    let line = text.trim_start_matches(' ');
    let is_numbered = line.starts_with(|c: char| c.is_ascii_digit()) && line[1..].starts_with(". ");
    text.len() - line.len() + if is_numbered { 3 } else { 2 }
}

#[cfg(test)]
mod tests {
    use super::{hanging, unbroken};

    #[test]
    fn a_line_that_fits_is_as_it_was() {
        for text in ["", "  two  spaces", "Code: WDJB     Enter it.", "exactly 17 columns"] {
            assert_eq!(hanging(text, 0, 80), text);
        }
        assert_eq!(hanging("one two", 0, 7), "one two");
        assert_eq!(hanging("one two", 2, 9), "one two");
    }

    #[test]
    fn a_long_line_is_broken_between_words_and_goes_on_indented() {
        for (text, mark, laid_out) in [
            ("one two three four", 0, "one two\n  three\n  four"),
            ("one two three four", 2, "one\n  two\n  three\n  four"),
            ("  one two three", 0, "  one\n    two\n    three"),
            ("  1. one two", 0, "  1. one\n     two"),
            ("one two   three", 0, "one two\n  three"),
            ("日本 語で す", 0, "日本\n  語で\n  す"),
        ] {
            assert_eq!(hanging(text, mark, 8), laid_out, "{text}");
        }
    }

    #[test]
    fn a_word_that_is_longer_than_the_screen_is_whole_on_its_own_line() {
        assert_eq!(
            hanging("visit http://localhost:49821/abc now", 0, 12),
            "visit\n  http://localhost:49821/abc\n  now"
        );
        assert_eq!(hanging("  http://localhost:49821/abc", 0, 12), "  http://localhost:49821/abc");
    }

    #[test]
    fn a_command_in_a_sentence_is_one_word() {
        let command = unbroken("mesheryctl plugin list");
        assert_eq!(
            hanging(&format!("1 plugin cannot be used: {command}"), 0, 39),
            "1 plugin cannot be used:\n  mesheryctl plugin list"
        );
        assert_eq!(
            hanging(&format!("Not usable: {command}"), 0, 39),
            "Not usable: mesheryctl plugin list"
        );
    }
}
