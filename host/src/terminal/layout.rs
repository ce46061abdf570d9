//! The layout of a line on a terminal: wraps it between words at the width of the screen, never within a word.

use unicode_width::UnicodeWidthStr;

/// Stands for a space at which a line is not wrapped: a command must stay on one line so that it can be copied.
/// Private use, so that no text has it.
const NO_BREAK_SPACE: &str = "\u{e000}";

/// How far further lines are indented. Deeper than any line of the program, so that wrapped untrusted text cannot
/// pass for such a line.
const HANGING_INDENT: usize = 6;

/// Makes a command within a sentence one word for [`wrapped`].
pub fn unbreakable(command: &str) -> String {
    command.replace(' ', NO_BREAK_SPACE)
}

/// Wraps `text` in lines of at most `columns`, and indents all but the first, which follows a mark of `mark`
/// columns. A longer word, such as a URL or a path, is on its own line, so that it can be copied.
pub fn wrapped(text: &str, mark: usize, columns: usize) -> String {
    let indent = if mark > 0 { HANGING_INDENT } else { indent_of(text) };
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
    lines.replace(NO_BREAK_SPACE, " ")
}

/// The indentation of further lines: below the text of a numbered line, else further in than the line.
fn indent_of(text: &str) -> usize {
    let line = text.trim_start_matches(' ');
    let is_numbered = line.starts_with(|c: char| c.is_ascii_digit()) && line[1..].starts_with(". ");
    text.len() - line.len() + if is_numbered { 3 } else { HANGING_INDENT }
}

#[cfg(test)]
mod tests {
    use super::{HANGING_INDENT, unbreakable, wrapped};

    #[test]
    fn a_line_that_fits_is_unchanged() {
        for text in ["", "  two  spaces", "Code: WDJB     Enter it.", "exactly 17 columns"] {
            assert_eq!(wrapped(text, 0, 80), text);
        }
        assert_eq!(wrapped("one two", 0, 7), "one two");
        assert_eq!(wrapped("one two", 2, 9), "one two");
    }

    #[test]
    fn a_long_line_is_wrapped_between_words_and_indented() {
        for (text, mark, expected) in [
            ("one two three four", 0, "one two\n      three\n      four"),
            ("one two three four", 2, "one\n      two\n      three\n      four"),
            ("  one two three", 0, "  one\n        two\n        three"),
            ("  1. one two", 0, "  1. one\n     two"),
            ("one two   three", 0, "one two\n      three"),
            ("日本 語で す", 0, "日本\n      語で\n      す"),
        ] {
            assert_eq!(wrapped(text, mark, 8), expected, "{text}");
        }
    }

    #[test]
    fn no_further_line_begins_where_a_line_of_the_program_begins() {
        let plugin = format!("Acme: see https://acme.example/{} Fix: run this", "x".repeat(90));
        for (text, mark) in [(plugin.as_str(), 2), (plugin.as_str(), 7), (plugin.as_str(), 0)] {
            let wrapped = wrapped(text, mark, 40);
            for line in wrapped.lines().skip(1) {
                assert!(line.starts_with(&" ".repeat(HANGING_INDENT)), "{wrapped}");
            }
        }
    }

    #[test]
    fn a_word_longer_than_the_screen_is_on_its_own_line() {
        assert_eq!(
            wrapped("visit http://localhost:49821/abc now", 0, 12),
            "visit\n      http://localhost:49821/abc\n      now"
        );
        assert_eq!(wrapped("  http://localhost:49821/abc", 0, 12), "  http://localhost:49821/abc");
    }

    #[test]
    fn an_unbreakable_command_is_not_wrapped() {
        let command = unbreakable("mesheryctl plugin list");
        assert_eq!(
            wrapped(&format!("1 plugin cannot be used: {command}"), 0, 39),
            "1 plugin cannot be used:\n      mesheryctl plugin list"
        );
        assert_eq!(
            wrapped(&format!("Not usable: {command}"), 0, 39),
            "Not usable: mesheryctl plugin list"
        );
    }
}
