//! A suggestion below an error: a label, and a command whose words are quoted for the shell.

use std::borrow::Cow;
use std::fmt;

use crate::text;

/// What to type next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What the command is for, without a colon.
    pub label: &'static str,
    pub command: Command,
}

impl Suggestion {
    pub fn new(label: &'static str, command: impl Into<Command>) -> Self {
        Self { label, command: command.into() }
    }

    /// The suggestion with a command that repeats what was typed.
    pub fn repeating(&self, typed: &Typed) -> Self {
        Self { label: self.label, command: self.command.repeating(typed) }
    }
}

/// A command line for a shell. Literals of the source code are not quoted; every other word is, so that no
/// name, host or path can become a command.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Command(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Space,
    Literal(Cow<'static, str>),
    Value(String),
    /// The command that was typed; see [`Command::again`].
    Typed,
    /// Nothing: this flag is not to be repeated.
    Without(&'static str),
}

/// What a suggestion repeats of the command line.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// The command with its flags, without those of `place` and without secrets.
    pub command: Command,
    /// The flags that select the context and files, each with its value.
    pub place: Vec<(&'static str, String)>,
}

impl Command {
    /// The command that was typed.
    pub fn again() -> Self {
        Self(vec![Piece::Typed])
    }

    /// The command that was typed, to be run in the current context.
    pub fn again_without_context() -> Self {
        Self(vec![Piece::Typed, Piece::Without("--context")])
    }

    /// The command that was typed, to be run with the default config file.
    pub fn again_without_config() -> Self {
        Self(vec![Piece::Typed, Piece::Without("--config")])
    }

    /// The command as it is shown after this command line: with what was typed for [`Command::again`], and, if it runs
    /// this program, with the typed flags that select the context and files.
    pub fn repeating(&self, typed: &Typed) -> Self {
        let mut pieces = Vec::new();
        for piece in &self.0 {
            match piece {
                Piece::Typed => pieces.extend(typed.command.0.iter().cloned()),
                piece => pieces.push(piece.clone()),
            }
        }
        let command = Self(pieces);
        let missing = typed.place.iter().filter(|(flag, _)| command.takes(flag));
        missing.fold(command.clone(), |it, (flag, value)| it.literal(flag).value(value))
    }

    /// Whether the command runs this program, has this flag of the whole program, and does not set it.
    fn takes(&self, flag: &str) -> bool {
        let words = || {
            let literals = self.0.iter().filter_map(|it| match it {
                Piece::Literal(text) => Some(text.split(' ')),
                _ => None,
            });
            literals.flatten()
        };
        let group = words().skip_while(|it| *it != "mesheryctl").nth(1);
        let applies = match group {
            Some("system" | "api") => true,
            Some("plugin") => flag == "--plugins-dir",
            _ => false,
        };
        let is_set = words().any(|it| it == flag || (it == "-c" && flag == "--context"));
        let is_unwanted = |it: &Piece| matches!(it, Piece::Without(other) if *other == flag);
        applies && !is_set && !self.0.iter().any(is_unwanted)
    }

    /// Adds words that are literals of the source code.
    pub fn literal(self, words: &'static str) -> Self {
        self.spaced().glued(words)
    }

    /// Adds one word, quoted.
    pub fn value(self, word: impl Into<String>) -> Self {
        self.spaced().glued_value(word)
    }

    /// Adds a literal of the source code to the last word.
    pub fn glued(mut self, text: &'static str) -> Self {
        self.0.push(Piece::Literal(text.into()));
        self
    }

    /// Adds the name of this command of the command line's definition.
    pub fn name_of(self, definition: &clap::Command) -> Self {
        let name = definition.get_name().to_owned();
        let mut spaced = self.spaced();
        spaced.0.push(Piece::Literal(name.into()));
        spaced
    }

    /// Adds the long name of this argument of the command line's definition, if it is a flag.
    pub fn flag_of(self, argument: &clap::Arg) -> Self {
        let Some(name) = argument.get_long() else { return self };
        let flag = format!("--{name}");
        let mut spaced = self.spaced();
        spaced.0.push(Piece::Literal(flag.into()));
        spaced
    }

    /// Adds text to the last word, quoted.
    pub fn glued_value(mut self, text: impl Into<String>) -> Self {
        self.0.push(Piece::Value(text.into()));
        self
    }

    /// Adds the words of another command.
    pub fn then(self, other: &Self) -> Self {
        if other.0.is_empty() {
            return self;
        }
        let mut all = self.spaced();
        all.0.extend(other.0.iter().cloned());
        all
    }

    fn spaced(mut self) -> Self {
        if !self.0.is_empty() {
            self.0.push(Piece::Space);
        }
        self
    }
}

impl From<&'static str> for Command {
    fn from(words: &'static str) -> Self {
        Self::default().literal(words)
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|piece| match piece {
            Piece::Space => f.write_str(" "),
            Piece::Literal(text) => f.write_str(text),
            Piece::Value(text) => f.write_str(&quoted(text)),
            Piece::Typed => f.write_str("mesheryctl"),
            Piece::Without(_) => Ok(()),
        })
    }
}

/// The longest word of any characters that is shown as it is, in columns: on most terminals it fits on a line.
const LONGEST_SHOWN: usize = 60;

/// The word, quoted so that a shell reads it unchanged, and without characters that control a terminal. The terminal may fold
/// a long word, which cannot be broken: in it all but letters, digits and some marks have another form, so that no part of it
/// reads as a line of the program.
fn quoted(word: &str) -> String {
    let plain = |c: char| {
        c.is_ascii_alphanumeric() || "/._-:".contains(c) || c == std::path::MAIN_SEPARATOR
    };
    let is_long = text::width(word) > LONGEST_SHOWN;
    if !word.is_empty() && word.chars().all(|c| plain(c) && !(is_long && c == ':')) {
        word.to_owned()
    } else if is_long {
        format!("$'{}'", word.chars().map(escaped_unless_a_letter).collect::<String>())
    } else if text::is_plain(word) {
        format!("'{}'", word.replace('\'', "'\\''"))
    } else {
        format!("$'{}'", word.chars().map(escaped).collect::<String>())
    }
}

/// The character within `$'…'`, which bash, zsh and ksh read. A quote is written as octal digits too: a
/// shell without `$'…'`, such as dash, then reads one wrong word, but cannot be made to end it.
fn escaped(c: char) -> String {
    let mut bytes = [0; 4];
    let text = c.encode_utf8(&mut bytes);
    match c != '\'' && c != '\\' && text::is_plain(text) {
        true => text.to_owned(),
        false => octal(text),
    }
}

fn escaped_unless_a_letter(c: char) -> String {
    match c.is_ascii_alphanumeric() || "/._-".contains(c) {
        true => c.to_string(),
        false => octal(c.encode_utf8(&mut [0; 4])),
    }
}

fn octal(text: &str) -> String {
    text.bytes().map(|byte| format!("\\{byte:03o}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_quoted_as_one_word() {
        for (value, word) in [
            ("acme-sso", "acme-sso"),
            ("/home/a/.meshery/auth.json", "/home/a/.meshery/auth.json"),
            ("", "''"),
            ("two words", "'two words'"),
            ("a;{echo,owned}", "'a;{echo,owned}'"),
            ("$(touch x)`y`", "'$(touch x)`y`'"),
            ("it's", "'it'\\''s'"),
            ("~/x", "'~/x'"),
            ("--flag=*", "'--flag=*'"),
            ("プロバイダー", "'プロバイダー'"),
            ("a\u{a0}b", "$'a\\302\\240b'"),
            ("a\u{1b}]0;b\n", "$'a\\033]0;b\\012'"),
            ("\u{202e}it's\\", "$'\\342\\200\\256it\\047s\\134'"),
        ] {
            assert_eq!(Command::default().value(value).to_string(), word, "{value:?}");
        }
    }

    #[test]
    fn a_long_value_has_only_letters_digits_and_some_marks_as_they_are() {
        let path = format!("/home/{}/auth.json", "a".repeat(60));
        let folder = "a".repeat(49);
        for (value, word) in [
            (path.clone(), path.clone()),
            (format!("{folder} error: run"), format!("'{folder} error: run'")),
            (format!("{folder}/error: run"), format!("'{folder}/error: run'")),
            (format!("{folder}/error: do it"), format!("$'{folder}/error\\072\\040do\\040it'")),
            (format!("{path}:error:a"), format!("$'{path}\\072error\\072a'")),
            (format!("{path}✔ it's"), format!("$'{path}\\342\\234\\224\\040it\\047s'")),
        ] {
            assert_eq!(Command::default().value(value.clone()).to_string(), word, "{value:?}");
        }
    }

    #[test]
    fn a_shell_without_ansi_quoting_runs_no_part_of_a_value() {
        let folder = tempfile::tempdir().unwrap();
        for value in [
            "\u{1b}';touch pwned;#",
            "\u{1b}\\';touch pwned;'",
            "\u{202e}`touch pwned`$(touch pwned)",
        ] {
            let command = Command::from("printf %s").value(value).to_string();
            for shell in ["sh", "dash", "bash"] {
                let mut run = std::process::Command::new(shell);
                // A shell that is not installed cannot run it either.
                let _ = run.args(["-c", &command]).current_dir(&folder).output();
                assert_eq!(folder.path().read_dir().unwrap().count(), 0, "{shell}: {command}");
            }
        }
    }

    #[test]
    fn a_shell_reads_the_original_value() {
        let long = format!("{} it's: $x", "é".repeat(60));
        for value in [
            "a b",
            "it's",
            "$HOME",
            "`x`",
            "\u{1b}[2J",
            "a\nb",
            "\\n",
            "é\u{202e}",
            "a\u{a0}b",
            &long,
        ] {
            let command = Command::from("printf %s").value(value).to_string();
            let output = std::process::Command::new("bash").args(["-c", &command]).output();
            assert_eq!(output.unwrap().stdout, value.as_bytes(), "{command}");
        }
    }

    #[test]
    fn a_command_of_this_program_repeats_the_typed_flags_that_it_lacks() {
        let typed = Typed {
            command: Command::from("mesheryctl system check --verify"),
            place: vec![("--context", "a b".into()), ("--plugins-dir", "p".into())],
        };
        for (command, expected) in [
            (Command::again(), "mesheryctl system check --verify --context 'a b' --plugins-dir p"),
            (
                Command::again().literal("-c").value("c"),
                "mesheryctl system check --verify -c c --plugins-dir p",
            ),
            (
                Command::from("mesheryctl system logout --context d"),
                "mesheryctl system logout --context d --plugins-dir p",
            ),
            (Command::again_without_context(), "mesheryctl system check --verify --plugins-dir p"),
            (
                Command::again_without_config(),
                "mesheryctl system check --verify --context 'a b' --plugins-dir p",
            ),
            (Command::from("mesheryctl plugin list"), "mesheryctl plugin list --plugins-dir p"),
            (Command::from("mesheryctl --help"), "mesheryctl --help"),
            (
                Command::from("chmod 600").value("mesheryctl system"),
                "chmod 600 'mesheryctl system'",
            ),
        ] {
            assert_eq!(command.repeating(&typed).to_string(), expected);
        }
    }

    #[test]
    fn literals_and_values_keep_their_order() {
        let login = Command::from("mesheryctl system login").literal("--provider").value("a b");
        assert_eq!(login.to_string(), "mesheryctl system login --provider 'a b'");
        let set = login.clone().literal("--set").value("url").glued("=…");
        assert_eq!(set.to_string(), "mesheryctl system login --provider 'a b' --set url=…");
        let proxy = Command::from("NO_PROXY=").glued_value("a;b").then(&login);
        assert_eq!(proxy.to_string(), "NO_PROXY='a;b' mesheryctl system login --provider 'a b'");
    }
}
