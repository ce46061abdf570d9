//! The schema of config.yaml: the keys that are read, in any case, as the Go CLI reads them.

mod keys;
mod syntax;

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use keys::{Mapping, MappingVisitor, mapping};
pub(in crate::storage) use syntax::{SyntaxError, read};

/// The keys that sign-in needs; all others are ignored.
#[derive(Debug, Clone, Default)]
pub(super) struct Shape {
    pub(super) current_context: Option<String>,
    contexts: Option<Contexts>,
    tokens: Tokens,
    twice: Option<SyntaxError>,
}

#[derive(Debug, Clone, Default)]
struct Contexts {
    by_name: BTreeMap<String, Option<ContextShape>>,
    twice: Option<SyntaxError>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct ContextShape {
    pub(super) endpoint: Option<String>,
    pub(super) provider: Option<String>,
    pub(super) token: Option<Token>,
    twice: Option<SyntaxError>,
}

/// A token by name or location, as a context refers to it.
#[derive(Debug, Clone, Default)]
pub(super) struct Token {
    pub(super) name: Option<String>,
    pub(super) location: Option<String>,
    twice: Option<SyntaxError>,
}

#[derive(Debug, Clone, Default)]
struct Tokens(Vec<Option<Row>>);

#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    pub(super) name: Option<String>,
    pub(super) location: Option<String>,
    twice: Option<SyntaxError>,
}

impl Shape {
    /// Parses a config; `None` if it contains only comments and white space.
    ///
    /// # Errors
    /// Where it cannot be parsed, or has one key in two cases: viper would read either.
    pub(super) fn read(text: &str) -> Result<Option<Self>, SyntaxError> {
        let shape = read::<Self>(text)?;
        match shape.as_ref().and_then(Self::first_twice) {
            Some(error) => Err(error.clone()),
            None => Ok(shape),
        }
    }

    pub(super) fn contexts(&self) -> impl Iterator<Item = (&str, Option<&ContextShape>)> {
        let contexts = self.contexts.iter().flat_map(|it| &it.by_name);
        contexts.map(|(name, context)| (name.as_str(), context.as_ref()))
    }

    /// The context of exactly this name.
    pub(super) fn context(&self, name: &str) -> Option<(&str, Option<&ContextShape>)> {
        let (name, context) = self.contexts.as_ref()?.by_name.get_key_value(name)?;
        Some((name, context.as_ref()))
    }

    pub(super) fn tokens(&self) -> impl Iterator<Item = &Row> {
        self.tokens.0.iter().flatten()
    }

    /// The first of the keys that are there in two cases.
    fn first_twice(&self) -> Option<&SyntaxError> {
        let names = self.contexts.as_ref().and_then(|it| it.twice.as_ref());
        let contexts = || self.contexts().filter_map(|(_, it)| it);
        let tokens = contexts().filter_map(|it| it.token.as_ref()?.twice.as_ref());
        let all = self.twice.iter().chain(names).chain(tokens);
        let all = all.chain(contexts().filter_map(|it| it.twice.as_ref()));
        let all = all.chain(self.tokens().filter_map(|it| it.twice.as_ref()));
        all.min_by_key(|it| (it.line, it.column))
    }
}

/// Reads the members of a mapping with these keys, in any case, and ignores all others.
macro_rules! members {
    ($($type:ident { $($key:literal => $field:ident),* })*) => { $(
        impl<'de> Mapping<'de> for $type {
            fn read<A: MapAccess<'de>>(
                &mut self,
                _: String,
                lower: &str,
                map: &mut A,
            ) -> Result<(), A::Error> {
                match lower {
                    $($key => self.$field = map.next_value()?,)*
                    _ => drop(map.next_value::<IgnoredAny>()?),
                }
                Ok(())
            }

            fn twice(&mut self) -> &mut Option<SyntaxError> {
                &mut self.twice
            }
        }
    )* };
}

members! {
    Shape { "current-context" => current_context, "contexts" => contexts, "tokens" => tokens }
    ContextShape { "endpoint" => endpoint, "provider" => provider, "token" => token }
    Row { "name" => name, "location" => location }
}

impl<'de> Mapping<'de> for Contexts {
    fn read<A: MapAccess<'de>>(
        &mut self,
        key: String,
        _: &str,
        map: &mut A,
    ) -> Result<(), A::Error> {
        self.by_name.insert(key, map.next_value()?);
        Ok(())
    }

    fn twice(&mut self) -> &mut Option<SyntaxError> {
        &mut self.twice
    }
}

/// Each is read as a mapping.
macro_rules! mappings {
    ($($type:ident)*) => { $(
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                mapping(deserializer)
            }
        }
    )* };
}

mappings! { Shape Contexts ContextShape Row }

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
        Ok(Token { name: Some(name.to_owned()), ..Token::default() })
    }

    /// YAML parses a name such as `123` as a number.
    fn visit_u64<E: serde::de::Error>(self, name: u64) -> Result<Token, E> {
        self.visit_str(&name.to_string())
    }

    /// Files from before v0.5 contain the entry itself here.
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Token, A::Error> {
        let Row { name, location, twice } = MappingVisitor(PhantomData).visit_map(map)?;
        Ok(Token { name, location, twice })
    }
}

#[cfg(test)]
mod tests;
