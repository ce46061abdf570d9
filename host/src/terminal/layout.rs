//! The layout of a line on a terminal: wraps it at the width of the screen, between words if possible.
//!
//! No line may be left for the terminal to fold: the terminal would continue it in the first column, where lines of the
//! program begin, and text from outside could pass for such a line.

use crate::text::{char_width, width};

/// At this space a line is not wrapped: a command must stay on one line so that it can be copied. Text from outside gains
/// nothing by it: a word that is too long is broken, whatever it consists of.
const NO_BREAK_SPACE: &str = "\u{a0}";

/// How far further lines are indented. Deeper than any line of the program, so that wrapped untrusted text cannot
/// pass for such a line.
const HANGING_INDENT: usize = 6;

/// The columns that a tiny screen has for text beside the indentation.
const LEAST_ROOM: usize = 4;

/// Makes a command within a sentence one word for [`wrapped`].
pub fn unbreakable(command: &str) -> String {
    command.replace(' ', NO_BREAK_SPACE)
}

/// Wraps `text` in lines of at most `columns`, and indents all but the first, which follows a mark of `mark`
/// columns. A word that is longer than a line is broken.
pub fn wrapped(text: &str, mark: usize, columns: usize) -> String {
    let mut lines = Lines::new(text, mark, columns);
    match mark.saturating_add(width(text)) <= columns {
        true => lines.line.push_str(text),
        false => lines.add(text),
    }
    lines.end()
}

/// As [`wrapped`], but the URL is not broken, so that it can be copied: if it is longer than a line, the terminal folds it.
/// `form` gives the form in which it is written, by the columns that its first line has for it.
pub fn wrapped_around(
    text: &str,
    url: &str,
    columns: usize,
    form: &dyn Fn(usize) -> String,
) -> String {
    let Some((before, after)) = text.split_once(url) else { return wrapped(text, 0, columns) };
    let mut lines = Lines::new(text, 0, columns);
    lines.add(before);
    lines.add_url(url, form);
    lines.add(after);
    lines.end()
}

/// The lines that are complete, and the one that is not.
struct Lines {
    complete: String,
    line: String,
    /// The columns that the line takes, and those that it may take.
    taken: usize,
    columns: usize,
    indent: usize,
    /// Where text of a new line begins at most.
    start: usize,
}

impl Lines {
    fn new(text: &str, mark: usize, columns: usize) -> Self {
        let indent = if mark > 0 { HANGING_INDENT } else { indent_of(text) };
        let indent = indent.min(columns.saturating_sub(LEAST_ROOM));
        let (complete, line, start) = (String::new(), String::new(), indent.max(mark));
        Self { complete, line, taken: mark, columns, indent, start }
    }

    fn add(&mut self, text: &str) {
        for word in text.split_inclusive(' ') {
            if word == " " {
                // Spaces at the end of a line are not shown.
                self.push(' ');
                continue;
            }
            self.make_room(width(word.trim_end_matches(' ')));
            for c in word.chars() {
                if c != ' ' && self.has_text() && self.taken + char_width(c) > self.columns {
                    self.wrap();
                }
                self.push(c);
            }
        }
    }

    fn add_url(&mut self, url: &str, form: &dyn Fn(usize) -> String) {
        self.make_room(width(url));
        self.line.push_str(&form(self.columns.saturating_sub(self.taken)));
        self.taken += width(url);
    }

    /// Begins a new line if this many columns do not fit on this one, and it is not a new one.
    fn make_room(&mut self, needed: usize) {
        let is_new = !self.has_text() && self.taken <= self.start;
        if !is_new && self.taken + needed > self.columns {
            self.wrap();
        }
    }

    fn push(&mut self, c: char) {
        self.line.push(c);
        self.taken += char_width(c);
    }

    fn has_text(&self) -> bool {
        !self.line.trim_matches(' ').is_empty()
    }

    fn wrap(&mut self) {
        self.complete.push_str(self.line.trim_end_matches(' '));
        self.complete.push('\n');
        self.line = " ".repeat(self.indent);
        self.taken = self.indent;
    }

    fn end(self) -> String {
        (self.complete + self.line.trim_end_matches(' ')).replace(NO_BREAK_SPACE, " ")
    }
}

/// The indentation of further lines: below the text of a numbered line, else further in than the line.
fn indent_of(text: &str) -> usize {
    let line = text.trim_start_matches(' ');
    let is_numbered = line.starts_with(|c: char| c.is_ascii_digit()) && line[1..].starts_with(". ");
    text.len() - line.len() + if is_numbered { 3 } else { HANGING_INDENT }
}

#[cfg(test)]
mod tests {
    use super::{HANGING_INDENT, LEAST_ROOM, unbreakable, wrapped, wrapped_around};
    use crate::text::width;

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
            ("one two three four five", 0, "one two three\n      four\n      five"),
            ("one two three four five", 2, "one two\n      three\n      four\n      five"),
            ("  one two three", 0, "  one two\n        three"),
            ("  1. one two three", 0, "  1. one two\n     three"),
            ("one two     three", 0, "one two\n      three"),
            ("日本 日本語 語です", 0, "日本 日本語\n      語です"),
        ] {
            assert_eq!(wrapped(text, mark, 13), expected, "{text}");
        }
    }

    #[test]
    fn no_line_is_longer_than_the_screen_and_all_but_the_first_are_indented() {
        let padded = |text: &str| format!("x{}{text}", "\u{a0}".repeat(73));
        for text in [
            "Acme: a sentence of words. Fix: run this",
            &format!("Acme: see https://acme.example/{} Fix: run this", "x".repeat(90)),
            &format!("{}error: run this", "x".repeat(80)),
            &format!("{}error: run this", "\u{302e}".repeat(80)),
            &format!("a{}error: run this", " ".repeat(80)),
            &format!("{}error: run this", " ".repeat(80)),
            &padded("error: run this"),
            &format!("{}error: run this", "\u{a0}".repeat(80)),
            &unbreakable(&"mesheryctl plugin inspect ".repeat(9)),
            &"日".repeat(99),
        ] {
            for (mark, columns) in [(0, 80), (2, 80), (7, 40), (0, 40), (2, 20), (0, 9)] {
                let wrapped = wrapped(text, mark, columns);
                for (at, line) in wrapped.lines().enumerate() {
                    let taken = width(line) + if at == 0 { mark } else { 0 };
                    assert!(taken <= columns, "{columns}: {wrapped}");
                    let indent = " ".repeat(HANGING_INDENT.min(columns - LEAST_ROOM));
                    assert!(at == 0 || line.starts_with(&indent), "{columns}: {wrapped}");
                }
            }
        }
    }

    #[test]
    fn a_word_longer_than_the_screen_is_broken_and_a_url_is_not() {
        let text = "visit http://localhost:49821/abc now";
        assert_eq!(
            wrapped(text, 0, 12),
            "visit\n      http:/\n      /local\n      host:4\n      9821/a\n      bc now"
        );
        let url = "http://localhost:49821/abc";
        let around = |text: &str, columns| {
            wrapped_around(text, url, columns, &|room| format!("[{room}]{url}"))
        };
        assert_eq!(around(text, 12), "visit\n      [6]http://localhost:49821/abc\n      now");
        assert_eq!(around(text, 80), "visit [74]http://localhost:49821/abc now");
        assert_eq!(around(&format!("  {url}"), 12), format!("  [10]{url}"));
        assert_eq!(around("another text", 80), "another text");
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
