//! Fuzzes changes of config.yaml: a change does only what was meant, and does not change what else is read.
#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use mesheryctl::readers::config::{Change, Config, Context, Member, TokenEntry};
use mesheryctl_fuzz::Memory;

static FILE: LazyLock<Memory> = LazyLock::new(|| Memory::new().unwrap());

/// The spellings of an empty value, which an edit may replace.
const BLANKS: [&str; 8] = ["null", "Null", "NULL", "~", "''", "\"\"", "{}", "[]"];

fuzz_target!(|bytes: &[u8]| {
    let Some(old) = read(bytes) else { return };
    assert_eq!(old.text().as_bytes(), bytes);
    let _ = old.context(None).map_err(|error| check_message(error.message()));
    let names: Vec<String> = old.names().into_iter().map(str::to_owned).collect();
    // Three contexts are enough, and bound the time of one execution.
    for name in names.iter().take(3) {
        let changes = old.token_changes(name).unwrap();
        match old.with_changes(&changes) {
            Ok(_) if changes.is_empty() => assert!(location(&old, name).is_some(), "nowhere"),
            Ok(new) => listed(&old, name, new.text()),
            Err(error) => check_message(error.message()),
        }
        changed(&old, &Change::RemoveContext(name.clone()), Some(name), None);
        let value = "it's: #1".to_owned();
        let change = Change::ContextMember { context: name.clone(), key: "provider", value };
        changed(&old, &change, Some(name), None);
    }
    for token in old.tokens().into_iter().take(3) {
        changed(&old, &Change::RemoveToken(token.name.clone()), None, Some(&token.name));
    }
    let members = vec![("token", Member::Text("y".to_owned()))];
    let name = "a new, context".to_owned();
    changed(&old, &Change::AddContext { name: name.clone(), members }, Some(&name), None);
    let token = TokenEntry { name: "y: é".to_owned(), location: "b.json".to_owned() };
    changed(&old, &Change::AddToken(token), None, Some("y: é"));
    changed(&old, &Change::CurrentContext("y".to_owned()), None, None);
});

fn read(bytes: &[u8]) -> Option<Config> {
    let path = FILE.holding(bytes).unwrap();
    match Config::load(&path, true) {
        Ok(config) => config,
        Err(error) => {
            check_message(error.message());
            None
        }
    }
}

/// Asserts that a message has no control characters.
fn check_message(message: &str) {
    assert!(!message.contains(char::is_control), "{message:?}");
}

fn context(config: &Config, name: &str) -> Context {
    config.context(Some(name)).unwrap().unwrap()
}

fn location(config: &Config, name: &str) -> Option<std::path::PathBuf> {
    config.token_location(&context(config, name), Path::new("/m"), Path::new("/h"))
}

/// Asserts that a change leaves every context and every token as it was, but for those named, and that it is made once.
fn changed(old: &Config, change: &Change, context: Option<&str>, token: Option<&str>) {
    let new = match old.with_changes(std::slice::from_ref(change)) {
        Ok(new) => new,
        Err(error) => return check_message(error.message()),
    };
    let new = read(new.text().as_bytes()).expect("a change that cannot be read");
    let contexts = |config: &Config| {
        let others = config.names().into_iter().filter(|it| Some(*it) != context);
        others.map(|it| self::context(config, it)).collect::<Vec<_>>()
    };
    assert_eq!(contexts(old), contexts(&new));
    // A token that only the removed context has, as before v0.5, goes with it.
    let has_context = context.filter(|it| old.names().contains(it));
    let own = has_context.and_then(|it| self::context(old, it).token?.location);
    let tokens = |config: &Config| {
        let is_other =
            |it: &TokenEntry| Some(it.name.as_str()) != token && Some(&it.location) != own.as_ref();
        config.tokens().into_iter().filter(is_other).collect::<Vec<_>>()
    };
    assert_eq!(tokens(old), tokens(&new));
    if matches!(change, Change::ContextMember { .. } | Change::CurrentContext(_)) {
        let again = new.with_changes(std::slice::from_ref(change)).expect("it is so already");
        assert_eq!(again.text(), new.text());
    }
}

/// Asserts what a login does to a file that lacks the token of its context.
fn listed(old: &Config, edited: &str, text: &str) {
    let new = read(text.as_bytes()).expect("an edit that cannot be read");
    assert!(location(&new, edited).is_some(), "the token is not known");
    assert!(new.token_changes(edited).unwrap().is_empty(), "a second edit changes something");

    assert_eq!(old.names(), new.names());
    for name in old.names() {
        let (before, after) = (context(old, name), context(&new, name));
        let same_place = (&before.endpoint, &before.provider) == (&after.endpoint, &after.provider);
        assert!(same_place, "the context {name:?} is another");
        // Another context may already have named the entry that the edit adds.
        let found = location(old, name);
        assert!(
            name == edited
                || (before.token == after.token
                    && (found.is_none() || found == location(&new, name)))
        );
    }
    let current = |config: &Config| config.context(None).ok().flatten().map(|it| it.name);
    assert_eq!(current(old), current(&new));

    // White space after a key may change; values and comments may not.
    let visible = |text: &str| text.replace([' ', '\t', '\n', '\r'], "");
    assert!(
        is_contained(&visible(old.text()), &visible(text), 2),
        "something is gone from\n{}\nin\n{text}",
        old.text()
    );
    let name = context(&new, edited).token.and_then(|it| it.name).unwrap_or_default();
    let room = 2 * (name.len() * 6 + 64) + edited.len() + 4 * longest_margin(old.text());
    assert!(text.len() <= old.text().len() + room, "more came than was meant:\n{text}");
}

/// Whether `new` contains all bytes of `old` in order, except for up to `blanks` empty values.
fn is_contained(old: &str, new: &str, blanks: usize) -> bool {
    let mut left = new.bytes();
    if old.bytes().all(|byte| left.any(|it| it == byte)) {
        return true;
    }
    blanks > 0
        && BLANKS.iter().any(|blank| {
            old.match_indices(blank).any(|(at, _)| {
                is_contained(&[&old[..at], &old[at + blank.len()..]].concat(), new, blanks - 1)
            })
        })
}

fn longest_margin(text: &str) -> usize {
    text.lines().map(|it| it.len() - it.trim_start().len()).max().unwrap_or_default()
}
