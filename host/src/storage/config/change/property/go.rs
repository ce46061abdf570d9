//! What the Go CLI reads of a config file: keys in lower case, plain scalars by the rules of YAML 1.1, names of tokens compared
//! exactly, and its two ways to find the file of a token.

use std::collections::BTreeMap;

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle};

use crate::storage::config::TokenEntry;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    Text(String),
    /// A number, a boolean or a date, as it is written.
    Other(String),
    Nothing,
    List(Vec<Read>),
    Map(BTreeMap<String, Read>),
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GoConfig {
    pub current: Option<Read>,
    pub contexts: BTreeMap<String, Read>,
    pub tokens: Vec<Read>,
    /// Every other key of the file.
    pub others: BTreeMap<String, Read>,
}

impl GoConfig {
    pub fn read(text: &str) -> Self {
        let mut events = Parser::new_from_str(text).map(|it| it.expect("YAML").0);
        let mut file = Read::Nothing;
        while let Some(event) = events.next() {
            if !matches!(
                event,
                Event::StreamStart
                    | Event::DocumentStart(..)
                    | Event::DocumentEnd
                    | Event::StreamEnd
            ) {
                file = Read::node(event, &mut events);
            }
        }
        let mut others = match file {
            Read::Map(map) => map,
            Read::Nothing => BTreeMap::new(),
            other => panic!("no mapping: {other:?}"),
        };
        let contexts = match others.remove("contexts") {
            Some(Read::Map(contexts)) => contexts,
            None | Some(Read::Nothing) => BTreeMap::new(),
            Some(other) => panic!("no contexts: {other:?}"),
        };
        let tokens = match others.remove("tokens") {
            Some(Read::List(tokens)) => tokens,
            None | Some(Read::Nothing) => Vec::new(),
            Some(Read::Map(empty)) if empty.is_empty() => Vec::new(),
            Some(other) => panic!("no tokens: {other:?}"),
        };
        Self { current: others.remove("current-context"), contexts, tokens, others }
    }

    /// The contexts as viper finds them: a name with dots is a way through mappings.
    pub fn divided(&self) -> BTreeMap<String, Read> {
        let mut all = Read::Map(BTreeMap::new());
        for (name, members) in &self.contexts {
            let mut at = &mut all;
            for part in name.split('.') {
                if !matches!(at, Read::Map(_)) {
                    *at = Read::Map(BTreeMap::new());
                }
                let Read::Map(map) = at else { unreachable!("a mapping") };
                at = map.entry(part.to_owned()).or_insert(Read::Nothing);
            }
            match (at, members) {
                (Read::Map(old), Read::Map(new)) => old.extend(new.clone()),
                (old @ Read::Nothing, new) => *old = new.clone(),
                _ => {}
            }
        }
        match all {
            Read::Map(contexts) => contexts,
            _ => unreachable!("a mapping"),
        }
    }

    /// The entries of `tokens`.
    pub fn rows(&self) -> Vec<TokenEntry> {
        let entry = |row: &Read| {
            let text = |key| row.member(key).and_then(Read::text);
            TokenEntry {
                name: text("name").unwrap_or_default(),
                location: text("location").unwrap_or_default(),
            }
        };
        self.tokens.iter().map(entry).collect()
    }

    /// The locations of the tokens in contexts, as before v0.5.
    pub fn inline(&self) -> Vec<String> {
        let tokens = self.contexts.values().filter_map(|it| it.member("token"));
        tokens.filter_map(|it| it.member("location").and_then(Read::text)).collect()
    }

    /// The location of the token of a context.
    pub fn location(&self, context: &str) -> Option<String> {
        let token = self.contexts.get(context)?.member("token")?;
        let row = self.tokens.iter().find(|row| row.member("name") == Some(token))?;
        match row.member("location")? {
            Read::Text(location) => Some(location.clone()),
            _ => None,
        }
    }
}

/// The file of a location, by the two functions of the Go CLI.
pub fn files(location: &str) -> [String; 2] {
    let (home, folder) = ("/home/me", "/home/me/.meshery");
    let write = match location {
        it if it.starts_with('/') => it.to_owned(),
        it if it.starts_with("~/") => format!("{home}{}", &it[1..]),
        it => format!("{folder}/{it}"),
    };
    let read = match location.contains(home) {
        true => location.to_owned(),
        false => format!("{folder}/{location}").replace("//", "/"),
    };
    [write, read]
}

impl Read {
    fn node<'a>(event: Event<'a>, events: &mut impl Iterator<Item = Event<'a>>) -> Self {
        match event {
            Event::Scalar(text, ScalarStyle::Plain, ..) => plain(&text),
            Event::Scalar(text, ..) => Self::Text(text.into_owned()),
            Event::SequenceStart(..) => {
                let mut list = Vec::new();
                loop {
                    match events.next().expect("an event") {
                        Event::SequenceEnd => return Self::List(list),
                        event => list.push(Self::node(event, events)),
                    }
                }
            }
            Event::MappingStart(..) => {
                let mut map = BTreeMap::new();
                loop {
                    let key = match events.next().expect("an event") {
                        Event::MappingEnd => return Self::Map(map),
                        Event::Scalar(key, ..) => key.to_lowercase(),
                        other => panic!("a key: {other:?}"),
                    };
                    let next = events.next().expect("an event");
                    let old = map.insert(key.clone(), Self::node(next, events));
                    assert_eq!(old, None, "{key:?} is there twice");
                }
            }
            other => panic!("a node: {other:?}"),
        }
    }

    /// Whether it is this string, or a number or a word that is written so.
    pub fn is(&self, text: &str) -> bool {
        match self {
            Self::Text(it) | Self::Other(it) => it == text,
            Self::Nothing => text.is_empty(),
            Self::List(_) | Self::Map(_) => false,
        }
    }

    fn text(&self) -> Option<String> {
        match self {
            Self::Text(it) | Self::Other(it) => Some(it.clone()),
            _ => None,
        }
    }

    pub fn member(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(map) => map.get(key),
            _ => None,
        }
    }
}

/// A plain scalar as YAML 1.1 resolves it; conservative: what any reader may take for something else is no text.
fn plain(text: &str) -> Read {
    let words =
        ["y", "n", "yes", "no", "on", "off", "true", "false", ".nan", ".inf", "-.inf", "+.inf"];
    let lower = text.to_lowercase();
    let is_number_like = text.starts_with(|it: char| it.is_ascii_digit() || "+-.".contains(it))
        && text.chars().any(|it| it.is_ascii_digit());
    match lower.as_str() {
        "" | "~" | "null" => Read::Nothing,
        it if words.contains(&it) || is_number_like => Read::Other(text.to_owned()),
        _ => Read::Text(text.to_owned()),
    }
}
