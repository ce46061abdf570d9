//! The schema of config.yaml: the keys that are read, the limits of the parser, and readable syntax errors.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeOwned, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_saphyr::{Error, NonFiniteFloatPolicy, Options};

/// The keys that sign-in needs; all others are ignored. The Go CLI treats `Tokens` and `tokens` as the same key, so
/// the capitalised spelling is accepted too.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Shape {
    #[serde(rename = "current-context", alias = "Current-Context")]
    pub(super) current_context: Option<String>,
    #[serde(alias = "Contexts")]
    contexts: Option<BTreeMap<String, Option<ContextShape>>>,
    #[serde(default, alias = "Tokens")]
    tokens: Tokens,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct ContextShape {
    #[serde(alias = "Endpoint")]
    pub(super) endpoint: Option<String>,
    #[serde(alias = "Provider")]
    pub(super) provider: Option<String>,
    #[serde(alias = "Token")]
    pub(super) token: Option<Token>,
}

/// A token by name or location, as a context refers to it.
#[derive(Debug, Clone, Default)]
pub(super) struct Token {
    pub(super) name: Option<String>,
    pub(super) location: Option<String>,
}

#[derive(Debug, Clone, Default)]
struct Tokens(Vec<Option<Row>>);

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Row {
    #[serde(alias = "Name")]
    pub(super) name: Option<String>,
    #[serde(alias = "Location")]
    pub(super) location: Option<String>,
}

impl Shape {
    pub(super) fn contexts(&self) -> impl Iterator<Item = (&str, Option<&ContextShape>)> {
        self.contexts.iter().flatten().map(|(name, context)| (name.as_str(), context.as_ref()))
    }

    pub(super) fn tokens(&self) -> impl Iterator<Item = &Row> {
        self.tokens.0.iter().flatten()
    }
}

/// Why and where a file cannot be parsed. Lines and columns count from 1, columns in characters.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::storage) struct SyntaxError {
    pub(in crate::storage) line: u64,
    pub(in crate::storage) column: u64,
    pub(in crate::storage) what: String,
}

/// Parses one YAML document; `None` if it contains only comments and white space.
pub(in crate::storage) fn read<T: DeserializeOwned>(text: &str) -> Result<Option<T>, SyntaxError> {
    serde_saphyr::from_str_with_options(text, limits()).map_err(|error| SyntaxError {
        line: error.location().map_or(1, |at| at.line()),
        column: error.location().map_or(1, |at| at.column()),
        what: reason(&error),
    })
}

fn limits() -> Options {
    serde_saphyr::options! {
        with_snippet: false,
        // Names such as `yes` and `007` stay strings.
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 10_000 },
    }
}

/// The reason in one line, without the library's advice to developers, and without values, which may be secret.
fn reason(error: &Error) -> String {
    match error {
        Error::DuplicateMappingKey { key: Some(key), .. } => {
            format!("the key {} is duplicated", super::shown(key))
        }
        Error::DuplicateMappingKey { .. } => "this key is duplicated".to_owned(),
        Error::MultipleDocuments { .. } => "a second document begins here".to_owned(),
        Error::Unexpected { expected: "mapping start", .. } => {
            "lines of the form `key: value` are expected here".to_owned()
        }
        Error::Unexpected { expected: "string scalar", .. } => {
            "a string is expected here".to_owned()
        }
        Error::NullIntoString { .. } => "a name is missing here".to_owned(),
        Error::SerdeInvalidType { expected, .. } | Error::SerdeInvalidValue { expected, .. } => {
            format!("{expected} is expected here")
        }
        Error::Budget { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. }
        | Error::RecursiveReferencesRequireWeakTypes { .. } => too_complex(),
        Error::AliasError { error, .. } => reason(error),
        Error::ExternalMessage { msg, .. } if msg.starts_with("recursion limit") => too_complex(),
        Error::ExternalMessage { msg, .. } if msg.starts_with("tabs") => {
            "indent with spaces, not with a tab".to_owned()
        }
        Error::ExternalMessage { msg, .. } | Error::Message { msg, .. } => msg.clone(),
        other => {
            let text = other.to_string();
            text.split(" at line ").next().unwrap_or_default().to_owned()
        }
    }
}

fn too_complex() -> String {
    "it is nested too deeply or repeats too much".to_owned()
}

impl<'de> Deserialize<'de> for Tokens {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TokensVisitor)
    }
}

struct TokensVisitor;

impl<'de> Visitor<'de> for TokensVisitor {
    type Value = Tokens;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of tokens")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Tokens, A::Error> {
        let mut tokens = Vec::new();
        while let Some(row) = rows.next_element()? {
            tokens.push(row);
        }
        Ok(Tokens(tokens))
    }

    /// Betas of v0.5 wrote `tokens: {}` for an empty list.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tokens, A::Error> {
        match map.next_key::<IgnoredAny>()? {
            Some(_) => Err(A::Error::custom("a list of tokens is expected here")),
            None => Ok(Tokens::default()),
        }
    }

    fn visit_unit<E>(self) -> Result<Tokens, E> {
        Ok(Tokens::default())
    }
}

impl<'de> Deserialize<'de> for Token {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TokenVisitor)
    }
}

struct TokenVisitor;

impl<'de> Visitor<'de> for TokenVisitor {
    type Value = Token;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a token")
    }

    fn visit_str<E>(self, name: &str) -> Result<Token, E> {
        Ok(Token { name: Some(name.to_owned()), location: None })
    }

    /// YAML parses a name such as `123` as a number.
    fn visit_u64<E: serde::de::Error>(self, name: u64) -> Result<Token, E> {
        self.visit_str(&name.to_string())
    }

    /// Files from before v0.5 contain the entry itself here.
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Token, A::Error> {
        let row = Row::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
        Ok(Token { name: row.name, location: row.location })
    }
}

#[cfg(test)]
mod tests;
