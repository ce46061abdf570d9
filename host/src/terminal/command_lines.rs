//! A command that is longer than a line of the terminal, on lines that a shell reads as one command.

use crate::text::width;

/// How far the first line and the others are indented.
const INDENT: usize = 4;
const HANGING_INDENT: usize = 6;

/// The command on lines of at most `columns`. Between words, a backslash continues it, so that it can be copied as a whole. A
/// word that is longer than a line is not broken: it is a value that [`Command`](crate::error::Command) quoted so that no
/// part of it reads as a line of the program.
pub(super) fn wrapped(command: &str, columns: usize) -> String {
    const CONTINUED: &str = " \\";
    let (mut lines, mut taken) = (" ".repeat(INDENT), INDENT - 1);
    let words = words(command);
    for (at, word) in words.iter().enumerate() {
        let mark = if at + 1 < words.len() { CONTINUED.len() } else { 0 };
        let needed = 1 + width(word);
        if at > 0 && taken + needed + mark > columns {
            lines.push_str(CONTINUED);
            lines.push('\n');
            lines.push_str(&" ".repeat(HANGING_INDENT));
            taken = HANGING_INDENT - 1;
        } else if at > 0 {
            lines.push(' ');
        }
        lines.push_str(word);
        taken += needed;
    }
    lines
}

/// The words of a shell, each with its quotes.
fn words(command: &str) -> Vec<&str> {
    let (mut words, mut start) = (Vec::new(), 0);
    // The quotation mark that ends what is quoted, and whether a backslash protects the character after it there.
    let (mut quote, mut escapes) = (None, true);
    let (mut is_escaped, mut previous) = (false, ' ');
    for (at, c) in command.char_indices() {
        match (quote, c) {
            _ if is_escaped => is_escaped = false,
            (_, '\\') if escapes => is_escaped = true,
            (None, '\'' | '"') => (quote, escapes) = (Some(c), c == '"' || previous == '$'),
            (Some(end), _) if c == end => (quote, escapes) = (None, true),
            (None, ' ') => {
                words.push(&command[start..at]);
                start = at + 1;
            }
            _ => {}
        }
        previous = c;
    }
    words.push(&command[start..]);
    words.retain(|it| !it.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::{words, wrapped};

    #[test]
    fn a_word_of_a_shell_ends_at_a_space_outside_of_quotation_marks() {
        for (command, expected) in [
            ("mesheryctl plugin list", &["mesheryctl", "plugin", "list"][..]),
            ("ls 'a b' c", &["ls", "'a b'", "c"]),
            ("ls 'a\\' b", &["ls", "'a\\'", "b"]),
            ("ls 'it'\\''s x' b", &["ls", "'it'\\''s x'", "b"]),
            ("ls $'a\\'b c' d", &["ls", "$'a\\'b c'", "d"]),
            ("export A=\"$(cat token.txt)\" B", &["export", "A=\"$(cat token.txt)\"", "B"]),
        ] {
            assert_eq!(words(command), expected, "{command}");
        }
    }

    #[test]
    fn a_long_command_is_continued_between_words() {
        let command = "mesheryctl system login --provider 'Tata Consulting'";
        assert_eq!(wrapped(command, 80), format!("    {command}"));
        assert_eq!(
            wrapped(command, 40),
            "    mesheryctl system login --provider \\\n      'Tata Consulting'"
        );
        assert_eq!(
            wrapped(command, 20),
            "    mesheryctl \\\n      system login \\\n      --provider \\\n      'Tata Consulting'"
        );
        assert_eq!(wrapped("ls aaaaaaaaaaaaaaaaaaaa", 12), "    ls \\\n      aaaaaaaaaaaaaaaaaaaa");
        for columns in [20, 33, 40, 56] {
            for line in wrapped(command, columns).lines().filter(|it| !it.contains('\'')) {
                assert!(line.len() <= columns, "{columns}: {line}");
            }
        }
    }

    #[test]
    fn a_shell_reads_the_lines_as_the_command() {
        let command = r#"printf '%s|' two 'words of one' $'a\047b c' "d e" 'it'\''s'"#;
        for columns in [10, 20, 40, 80] {
            let run = |text: &str| {
                let output = std::process::Command::new("bash").args(["-c", text]).output();
                String::from_utf8(output.unwrap().stdout).unwrap()
            };
            assert_eq!(run(&wrapped(command, columns)), run(command), "{columns}");
        }
    }
}
