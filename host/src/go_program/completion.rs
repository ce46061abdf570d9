//! What the Go program offers for an unfinished command line: it is cobra's, and answers `__complete`.

use std::ffi::OsString;
use std::process::Command;
use std::time::Duration;

use super::search::{self, this_file};
use super::trail::{self, MAX_DEPTH};
use super::trail_of;
use crate::platform::child;

/// How long the Go program may take. It is killed then.
const LIMIT: Duration = Duration::from_millis(300);

/// The longest answer that is read, in bytes.
const MAX_LENGTH: usize = 1024 * 1024;

/// What can follow.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Offered {
    /// Each value, and what it is.
    pub values: Vec<(String, Option<String>)>,
    /// What else: paths.
    pub paths: Paths,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub enum Paths {
    #[default]
    None,
    Any,
    /// Files with one of these extensions.
    Files(Vec<String>),
    Folders,
}

/// What the Go program offers for these words after the name of the program, of which the last is unfinished. Nothing without
/// a Go program, or if it does not answer in time.
pub fn offered(words: &[OsString]) -> Offered {
    let arguments: Vec<OsString> =
        std::iter::once("__complete".into()).chain(words.iter().cloned()).collect();
    let trail = trail_of(&arguments);
    let Some(program) = search::find(&trail).ok().filter(|_| trail.depth <= MAX_DEPTH) else {
        return Offered::default();
    };
    let mut command = Command::new(&program.path);
    command.args(arguments).env_remove("COMPLETE");
    command.env(trail::VARIABLE, trail.with([program.id].into_iter().chain(this_file())));
    let answer = child::output_within(&mut command, LIMIT, MAX_LENGTH);
    answer.map(|it| parsed(&String::from_utf8_lossy(&it))).unwrap_or_default()
}

/// Reads cobra's answer: a line for each value, with what it is after a tab, and last `:` and a sum of flags.
fn parsed(answer: &str) -> Offered {
    let mut lines: Vec<&str> = answer.lines().collect();
    let flags = lines.pop().and_then(|it| it.strip_prefix(':')?.trim().parse::<u32>().ok());
    let Some(flags) = flags.filter(|it| it & ERROR == 0) else { return Offered::default() };
    if flags & FILTER_EXTENSIONS != 0 {
        let extensions = lines.iter().map(|it| it.trim_start_matches('.').to_owned()).collect();
        return Offered { values: Vec::new(), paths: Paths::Files(extensions) };
    }
    if flags & FILTER_FOLDERS != 0 {
        return Offered { values: Vec::new(), paths: Paths::Folders };
    }
    // A hint for the person, which no shell inserts.
    let values = lines.into_iter().filter(|it| !it.starts_with("_activeHelp_ "));
    let values: Vec<_> = values
        .map(|it| match it.split_once('\t') {
            Some((value, about)) => (value.to_owned(), Some(about.to_owned())),
            None => (it.to_owned(), None),
        })
        .collect();
    let paths = match flags & NO_FILES == 0 && values.is_empty() {
        true => Paths::Any,
        false => Paths::None,
    };
    Offered { values, paths }
}

// cobra's directives.
const ERROR: u32 = 1;
const NO_FILES: u32 = 4;
const FILTER_EXTENSIONS: u32 = 8;
const FILTER_FOLDERS: u32 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_of_cobra_is_values_and_flags() {
        let values = |all: &[(&str, Option<&str>)], paths| Offered {
            values: all.iter().map(|(it, of)| ((*it).into(), of.map(Into::into))).collect(),
            paths,
        };
        for (answer, expected) in [
            (
                "list\tList designs\nview\n:4\n",
                values(&[("list", Some("List designs")), ("view", None)], Paths::None),
            ),
            ("a\n:0\n", values(&[("a", None)], Paths::None)),
            ("a\t\n:36", values(&[("a", Some(""))], Paths::None)),
            (":0\n", values(&[], Paths::Any)),
            (":4\n", values(&[], Paths::None)),
            ("_activeHelp_ Type a name\n:4\n", values(&[], Paths::None)),
            ("yaml\n.yml\n:8\n", values(&[], Paths::Files(vec!["yaml".into(), "yml".into()]))),
            (":16\n", values(&[], Paths::Folders)),
            ("a\n:1\n", Offered::default()),
            ("a\nb\n", Offered::default()),
            ("a\n:x\n", Offered::default()),
            ("", Offered::default()),
        ] {
            assert_eq!(parsed(answer), expected, "{answer:?}");
        }
    }
}
