//! A property of changes: after any sequence of them, every other byte of the file and every other value is as it was, and
//! the Go CLI still reads it. `MESHERYCTL_CONFIG_CHANGES=100000` makes at least so many changes, from other seeds than the
//! usual run.

mod dice;
mod effect;
mod go;
mod pieces;
mod sample;

use std::env;
use std::path::Path;

use dice::Dice;
use go::{GoConfig, Read};
use pieces::{List, Owner};
use sample::{NAMES, Sample};

use super::{Change, Config, Member, TokenEntry};

/// How many changes one file gets at most.
const LONGEST: usize = 12;

#[test]
#[expect(clippy::print_stdout, reason = "a long run says how much it did")]
fn after_any_changes_every_other_byte_and_every_other_value_is_as_it_was() {
    let wanted = env::var("MESHERYCTL_CONFIG_CHANGES").ok().map(|it| it.parse().expect("a number"));
    let (wanted, first) = wanted.map_or((1_000, 0), |wanted: usize| (wanted, 1_000_000));
    let (mut changes, mut files) = (0, 0);
    for seed in first.. {
        if changes >= wanted {
            break;
        }
        let mut last = String::new();
        let run = std::panic::AssertUnwindSafe(|| run(seed, &mut last));
        changes += std::panic::catch_unwind(run).unwrap_or_else(|_| panic!("seed {seed}: {last}"));
        files += 1;
    }
    println!("{changes} changes of {files} files, none refused");
}

/// Changes one file, and returns how often. `last` is the change that was made last.
fn run(seed: u64, last: &mut String) -> usize {
    let dice = &mut Dice::new(seed);
    let mut sample = Sample::new(dice);
    // A text block at the end needs its line end, which another line would change.
    let is_ended = dice.one_in(3) || sample.pieces.text().contains(['|', '>']);
    let line_break = sample.line_break;
    let mut made = 0;
    for count in 0..=dice.below(LONGEST) {
        let mut old = sample.pieces.text();
        if !is_ended {
            old.truncate(old.strip_suffix(line_break).map_or(old.len(), str::len));
        }
        let config = Config::parsed(Path::new("/c.yaml"), old.clone())
            .unwrap_or_else(|error| panic!("seed {seed}: {error}\n{old}"));
        let before = GoConfig::read(&old);
        let Some((change, effect)) = choose(dice, &sample, &before, count) else { continue };
        let new = config.with_changes(std::slice::from_ref(&change));
        let new = new.unwrap_or_else(|error| panic!("seed {seed}: {error}\n{change:?}\n{old}"));
        *last = format!("{change:?}\n{old}\n----\n{}", new.text());
        let after = GoConfig::read(new.text());
        let whole = |it: &Config| match is_ended {
            true => it.text().to_owned(),
            false => format!("{}{line_break}", it.text()),
        };
        // The tokens that only a context had are first added to the list, as one by one.
        let (mut config, mut expected) = (config, before.clone());
        for (at, entry) in effect.listed(&before, &after).into_iter().enumerate() {
            config = config.with_changes(&[Change::AddToken(entry.clone())]).expect("added");
            let added = Effect::AddToken(Owner::Token(2_000 + 10 * count + at), entry);
            added.follow(&mut sample, &before, &whole(&config));
            expected = added.values(expected);
        }
        let expected = effect.values(expected);
        assert_eq!(after, expected);
        effect.follow(&mut sample, &before, &whole(&new));
        check_tokens(&before, &expected, &effect);
        check_names(&before, &expected, &effect);
        made += 1;
    }
    made
}

/// What a change is expected to do.
#[derive(Debug, Clone)]
enum Effect {
    Nothing,
    Current(String),
    AddContext(Owner, String, Vec<(&'static str, Member)>),
    RemoveContext(Owner, String),
    Set(Owner, String, &'static str, String),
    AddToken(Owner, TokenEntry),
    RemoveToken(Owner, String),
}

fn choose(
    dice: &mut Dice,
    sample: &Sample,
    before: &GoConfig,
    count: usize,
) -> Option<(Change, Effect)> {
    let of_list = |list: List| {
        let owners = sample.pieces.owners(list);
        sample.names.iter().filter(|(it, _)| owners.contains(it)).cloned().collect::<Vec<_>>()
    };
    let (contexts, tokens) = (of_list(List::Contexts), of_list(List::Tokens));
    let fresh = |dice: &mut Dice, taken: &[(Owner, String)]| {
        let name = dice.pick(&NAMES).to_owned();
        let folded = name.to_lowercase();
        taken.iter().all(|(_, it)| it.to_lowercase() != folded).then_some(name)
    };
    match dice.below(7) {
        0 => {
            let name = dice.pick(&NAMES).to_owned();
            let is_so = before.current.as_ref().is_some_and(|it| it.is(&name.to_lowercase()));
            let effect = if is_so { Effect::Nothing } else { Effect::Current(name.to_lowercase()) };
            Some((Change::CurrentContext(name), effect))
        }
        1 => {
            // Commands refuse a new name that viper would divide.
            let name = fresh(dice, &contexts).filter(|it| !it.contains('.'))?;
            let mut members = vec![
                ("endpoint", Member::Text("http://localhost:9081".to_owned())),
                ("token", Member::Text(dice.pick(&NAMES).to_owned())),
                ("components", Member::List(Vec::new())),
                ("adapters", Member::List(vec!["a".to_owned(), dice.pick(&NAMES).to_owned()])),
            ];
            members.truncate(dice.below(5));
            let owner = Owner::Context(1_000 + count);
            let effect = Effect::AddContext(owner, name.clone(), members.clone());
            Some((Change::AddContext { name, members }, effect))
        }
        2 if !contexts.is_empty() => {
            let (owner, name) = contexts[dice.below(contexts.len())].clone();
            let effect = Effect::RemoveContext(owner, name.to_lowercase());
            Some((Change::RemoveContext(in_any_case(dice, &name)), effect))
        }
        3 | 4 if !contexts.is_empty() => {
            let (owner, name) = contexts[dice.below(contexts.len())].clone();
            if sample.opaque.contains(&owner) {
                return None;
            }
            let key = *dice.pick(&[&"token", &"token", &"provider", &"platform"]);
            let value = match dice.one_in(8) {
                true => String::new(),
                false => dice.pick(&NAMES).to_owned(),
            };
            let context = in_any_case(dice, &name);
            let change = Change::ContextMember { context, key, value: value.clone() };
            let name = name.to_lowercase();
            let old = before.contexts[&name].member(key);
            let effect = match old.is_some_and(|it| it.is(&value)) {
                true => Effect::Nothing,
                false => Effect::Set(owner, name, key, value),
            };
            Some((change, effect))
        }
        5 => {
            let location = dice.pick(&["auth.json", "/home/me/x y.json", "t:1.json"]).to_owned();
            let token = TokenEntry { name: fresh(dice, &tokens)?, location };
            let effect = Effect::AddToken(Owner::Token(1_000 + count), token.clone());
            Some((Change::AddToken(token), effect))
        }
        6 if !tokens.is_empty() => {
            let (owner, name) = tokens[dice.below(tokens.len())].clone();
            let change = Change::RemoveToken(in_any_case(dice, &name));
            Some((change, Effect::RemoveToken(owner, name)))
        }
        _ => None,
    }
}

fn in_any_case(dice: &mut Dice, name: &str) -> String {
    match dice.below(3) {
        0 => name.to_ascii_uppercase(),
        1 => name.to_ascii_lowercase(),
        _ => name.to_owned(),
    }
}

impl Effect {
    /// The values after the change.
    fn values(&self, mut config: GoConfig) -> GoConfig {
        let text = |it: &String| Read::Text(it.clone());
        match self {
            Self::Nothing => {}
            Self::Current(name) => config.current = Some(text(name)),
            Self::AddContext(_, name, members) => {
                let member = |(key, member): &(&'static str, Member)| {
                    let value = match member {
                        Member::Text(it) => text(it),
                        Member::List(items) => Read::List(items.iter().map(text).collect()),
                    };
                    ((*key).to_owned(), value)
                };
                let members = Read::Map(members.iter().map(member).collect());
                config.contexts.insert(name.to_lowercase(), members);
            }
            Self::RemoveContext(_, name) => drop(config.contexts.remove(name)),
            Self::Set(_, name, key, value) => {
                let context = config.contexts.get_mut(name).expect("the context");
                if *context == Read::Nothing {
                    *context = Read::Map(Default::default());
                }
                let Read::Map(members) = context else { panic!("{context:?}") };
                members.insert((*key).to_owned(), text(value));
            }
            Self::AddToken(_, TokenEntry { name, location }) => {
                let row = [("name", text(name)), ("location", text(location))];
                config.tokens.push(Read::Map(row.map(|(key, it)| (key.to_owned(), it)).into()));
            }
            Self::RemoveToken(_, name) => {
                config.tokens.retain(|row| !row.member("name").is_some_and(|it| it.is(name)));
            }
        }
        config
    }

    /// The entries that `tokens` gets before a context gets another token: each was only in a context, and has a name that no
    /// other has. No location that was named is named nowhere after it.
    fn listed(&self, before: &GoConfig, after: &GoConfig) -> Vec<TokenEntry> {
        let Self::Set(_, _, "token", _) = self else { return Vec::new() };
        let (rows, inline) = (before.rows(), before.inline());
        let added = after.rows().split_off(rows.len());
        for TokenEntry { name, location } in &added {
            assert!(inline.contains(location), "{location}");
            assert!(rows.iter().all(|it| it.location != *location), "{location}");
            let same = after.rows().iter().filter(|it| it.name.eq_ignore_ascii_case(name)).count();
            assert_eq!(same, 1, "{name}");
        }
        for location in rows.into_iter().map(|it| it.location).chain(inline) {
            let is_listed = after.rows().iter().any(|it| it.location == location);
            assert!(is_listed || after.inline().contains(&location), "{location} is named nowhere");
        }
        added
    }

    /// Compares the new text with the pieces, and makes them those of the new text.
    fn follow(&self, sample: &mut Sample, before: &GoConfig, new: &str) {
        match self {
            Self::Nothing => assert_eq!(sample.pieces.text(), new),
            Self::Current(_) => sample.set_current(new),
            Self::AddContext(owner, name, members) => {
                let texts = members.iter().filter(|(_, it)| matches!(it, Member::Text(_)));
                let keys: Vec<_> = texts.map(|(key, _)| *key).collect();
                sample.add(*owner, List::Contexts, &keys, new);
                sample.names.push((*owner, name.clone()));
            }
            Self::RemoveContext(owner, _) => sample.remove(*owner, List::Contexts, new),
            Self::Set(owner, name, key, _) => {
                let is_empty = match &before.contexts[name] {
                    Read::Map(members) => members.is_empty(),
                    _ => true,
                };
                sample.set(*owner, key, is_empty, new);
            }
            Self::AddToken(owner, token) => {
                sample.add(*owner, List::Tokens, &[], new);
                sample.names.push((*owner, token.name.clone()));
            }
            Self::RemoveToken(owner, _) => sample.remove(*owner, List::Tokens, new),
        }
        assert_eq!(sample.pieces.text(), new);
    }
}

/// Checks that the Go CLI finds the same file for the token of every context that was not changed.
fn check_tokens(before: &GoConfig, after: &GoConfig, effect: &Effect) {
    for name in before.contexts.keys() {
        let Some(location) = before.location(name) else { continue };
        let row = before.contexts[name].member("token");
        let is_changed = match effect {
            Effect::RemoveContext(_, changed) | Effect::Set(_, changed, ..) => changed == name,
            Effect::RemoveToken(_, token) => row.is_some_and(|it| it.is(token)),
            _ => false,
        };
        if !is_changed {
            let found = after.location(name).map(|it| go::files(&it));
            assert_eq!(found, Some(go::files(&location)), "{name}");
        }
    }
}

/// Checks that every context that viper finds, which divides names at dots, is as it was unless it was changed.
fn check_names(before: &GoConfig, after: &GoConfig, effect: &Effect) {
    let first = |name: &str| name.split('.').next().unwrap_or_default().to_lowercase();
    let changed = match effect {
        Effect::AddContext(_, name, _)
        | Effect::RemoveContext(_, name)
        | Effect::Set(_, name, ..) => Some(first(name)),
        _ => None,
    };
    let (before, after) = (before.divided(), after.divided());
    for (name, members) in before.iter().filter(|(name, _)| changed.as_ref() != Some(name)) {
        assert_eq!(after.get(name), Some(members), "{name}");
    }
    if let Effect::AddContext(_, name, members) = effect {
        let new = &after[&name.to_lowercase()];
        assert!(members.iter().all(|(key, _)| new.member(key).is_some()), "{new:?}");
    }
}
