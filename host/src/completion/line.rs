//! The command line of a shell, up to the word at the cursor.

use std::env;
use std::ffi::{OsStr, OsString};

/// An unfinished command line.
#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    /// The words as the shell passed them.
    pub all: Vec<OsString>,
    /// The words up to the one at the cursor, from the name of the program on. The last is unfinished, and may be empty.
    pub words: Vec<OsString>,
    /// How many bytes of the last word the shell keeps: bash takes `=` and `:` for ends of words.
    pub cut: usize,
}

impl Line {
    /// The words that this shell passed; some shells pass the position of the cursor in a variable. `None` if it is not in
    /// the line.
    pub fn of(shell: &str, all: Vec<OsString>) -> Option<Self> {
        let position = env::var("_CLAP_COMPLETE_INDEX").ok().and_then(|it| it.parse().ok());
        let is_within = position.is_none_or(|it: usize| it <= all.len());
        is_within.then(|| Self::at(shell, all, position))
    }

    fn at(shell: &str, all: Vec<OsString>, position: Option<usize>) -> Self {
        let last = position.unwrap_or_else(|| all.len().saturating_sub(1));
        let mut words: Vec<OsString> = all.iter().take(last + 1).cloned().collect();
        // zsh passes no empty word.
        words.resize(last + 1, OsString::new());
        match shell {
            "bash" => {
                let (words, cut) = joined(words);
                Self { all, words, cut }
            }
            _ => Self { all, words, cut: 0 },
        }
    }

    /// The value that was typed for the last of these flags.
    pub fn value(&self, flags: &[&str]) -> Option<OsString> {
        let finished = &self.words[..self.words.len() - 1];
        let separate = |at: usize| {
            let is_flag = flags.iter().any(|it| finished[at] == *it);
            if is_flag { finished.get(at + 1).cloned() } else { None }
        };
        let glued = |at: usize| {
            let word = finished[at].to_str()?;
            let (flag, value) = word.split_once('=')?;
            flags.contains(&flag).then(|| value.into())
        };
        (1..finished.len()).rev().find_map(|at| separate(at).or_else(|| glued(at)))
    }
}

/// The words that bash separated at `=` and `:`, as they were typed, and what it keeps of the last.
fn joined(words: Vec<OsString>) -> (Vec<OsString>, usize) {
    let is_separator =
        |it: &OsStr| !it.is_empty() && it.as_encoded_bytes().iter().all(|c| b"=:".contains(c));
    let (mut all, mut cut, mut is_open) = (Vec::<OsString>::new(), 0, false);
    for word in words {
        let separates = is_separator(&word);
        match all.last_mut().filter(|_| separates || is_open) {
            Some(last) => {
                cut = last.len();
                last.push(&word);
            }
            None => {
                cut = 0;
                all.push(word);
            }
        }
        is_open = separates;
    }
    (all, cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<OsString> {
        words.iter().map(OsString::from).collect()
    }

    #[test]
    fn bash_separates_words_that_belong_together() {
        for (passed, typed, cut) in [
            (&["m", "--context", "=", "lo"][..], &["m", "--context=lo"][..], 10),
            (&["m", "--config", "=", "a", ":", "b", "x"], &["m", "--config=a:b", "x"], 0),
            (&["m", "--context", ""], &["m", "--context", ""], 0),
            (&["m", "--context=lo"], &["m", "--context=lo"], 0),
            (&["m", "a", ":", "b"], &["m", "a:b"], 2),
        ] {
            let line = Line::at("bash", words(passed), None);
            assert_eq!((line.words, line.cut), (words(typed), cut), "{passed:?}");
            assert_eq!(Line::at("zsh", words(passed), None).words, words(passed));
        }
    }

    #[test]
    fn the_line_ends_at_the_cursor() {
        let at = |position| Line::at("zsh", words(&["m", "system"]), Some(position)).words;
        assert_eq!(at(1), words(&["m", "system"]));
        assert_eq!(at(2), words(&["m", "system", ""]));
        assert_eq!(at(0), words(&["m"]));
    }

    #[test]
    fn the_last_value_of_a_flag_counts_and_the_unfinished_word_does_not() {
        let value = |typed: &[&str]| {
            let line = Line::at("fish", words(typed), None);
            line.value(&["--provider", "-p"]).map(|it| it.to_string_lossy().into_owned())
        };
        assert_eq!(value(&["m", "-p", "a", "--provider=b", ""]).as_deref(), Some("b"));
        assert_eq!(value(&["m", "--provider", "a", "--set", ""]).as_deref(), Some("a"));
        assert_eq!(value(&["m", "-p", "a"]), None);
        assert_eq!(value(&["m", "a", ""]), None);
        assert_eq!(value(&["m"]), None);
    }
}
