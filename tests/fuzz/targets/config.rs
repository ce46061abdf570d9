//! An edit of config.yaml: only lines that are meant are new, and everything else reads as before.
#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use mesheryctl::readers::config::{Config, Context};
use mesheryctl_fuzz::Memory;

static FILE: LazyLock<Memory> = LazyLock::new(|| Memory::new().unwrap());

/// What an edit may take away: ways to write "nothing".
const BLANKS: [&str; 8] = ["null", "Null", "NULL", "~", "''", "\"\"", "{}", "[]"];

fuzz_target!(|bytes: &[u8]| {
    let Some(old) = read(bytes) else { return };
    assert_eq!(old.text().as_bytes(), bytes);
    let _ = old.context(None).map_err(|problem| sayable(&problem.message));
    let names: Vec<String> = old.names().into_iter().map(str::to_owned).collect();
    // A few are as good as all of them.
    for name in names.iter().take(3) {
        match old.with_token_entry(name) {
            Ok(None) => assert!(location(&old, name).is_some(), "known, and nowhere"),
            Ok(Some(text)) => edited(&old, name, &text),
            Err(problem) => sayable(&problem.message),
        }
    }
});

fn read(bytes: &[u8]) -> Option<Config> {
    let path = FILE.holding(bytes).unwrap();
    match Config::load(&path, true) {
        Ok(config) => config,
        Err(problem) => {
            sayable(&problem.message);
            None
        }
    }
}

/// One line for a terminal.
fn sayable(message: &str) {
    assert!(!message.contains(char::is_control), "{message:?}");
}

fn context(config: &Config, name: &str) -> Context {
    config.context(Some(name)).unwrap().unwrap()
}

fn location(config: &Config, name: &str) -> Option<std::path::PathBuf> {
    config.token_location(&context(config, name), Path::new("/m"), Path::new("/h"))
}

fn edited(old: &Config, edited: &str, text: &str) {
    let new = read(text.as_bytes()).expect("an edit that cannot be read");
    assert!(location(&new, edited).is_some(), "the token is not known");
    assert_eq!(new.with_token_entry(edited).unwrap(), None, "a second edit changes something");

    assert_eq!(old.names(), new.names());
    for name in old.names() {
        let (before, after) = (context(old, name), context(&new, name));
        let same_place = (&before.endpoint, &before.provider) == (&after.endpoint, &after.provider);
        assert!(same_place, "the context {name:?} is another");
        // The entry may be the one that another context named in vain.
        let found = location(old, name);
        assert!(
            name == edited
                || (before.token == after.token
                    && (found.is_none() || found == location(&new, name)))
        );
    }
    let current = |config: &Config| config.context(None).ok().flatten().map(|it| it.name);
    assert_eq!(current(old), current(&new));

    // Behind such a key white space may move; what means something is in the values and the comments.
    let visible = |text: &str| text.replace([' ', '\t', '\n'], "");
    assert!(
        is_kept(&visible(old.text()), &visible(text), 2),
        "something is gone from\n{}\nin\n{text}",
        old.text()
    );
    let name = context(&new, edited).token.and_then(|it| it.name).unwrap_or_default();
    // A context that only a merge brought is written by its name.
    let room = 2 * (name.len() * 4 + 64) + edited.len() + 4 * longest_margin(old.text());
    assert!(text.len() <= old.text().len() + room, "more came than was meant:\n{text}");
}

/// Whether all of `old` stands in `new`, in order, but for so many blanks.
fn is_kept(old: &str, new: &str, blanks: usize) -> bool {
    let mut left = new.bytes();
    if old.bytes().all(|byte| left.any(|it| it == byte)) {
        return true;
    }
    blanks > 0
        && BLANKS.iter().any(|blank| {
            old.match_indices(blank).any(|(at, _)| {
                is_kept(&[&old[..at], &old[at + blank.len()..]].concat(), new, blanks - 1)
            })
        })
}

fn longest_margin(text: &str) -> usize {
    text.lines().map(|it| it.len() - it.trim_start().len()).max().unwrap_or_default()
}
