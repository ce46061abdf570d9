//! The changes that a login needs so that the Go CLI finds the token of a context.

use super::{Change, Config, DEFAULT_LOCATION, TokenEntry, unknown_context};
use crate::error::Result;

/// The name of the token that a context without one gets.
const DEFAULT_TOKEN: &str = "default";

impl Config {
    /// The changes that add an entry for the token of this context; none if it has one.
    ///
    /// # Errors
    /// If there is no such context.
    pub fn token_changes(&self, context: &str) -> Result<Vec<Change>> {
        let context = self.find(context).ok_or_else(|| unknown_context(context, Some(self)))?;
        let token = context.token.as_ref();
        if token.is_some_and(|token| token.location.is_some()) {
            return Ok(Vec::new());
        }
        let named = token.and_then(|token| token.name.as_deref());
        let name = named.unwrap_or(DEFAULT_TOKEN).to_owned();
        let entry = self.token_entry(&name);
        let mut changes = Vec::new();
        if named.is_none() {
            // The context takes over the spelling of an existing entry: the Go CLI compares names exactly.
            let value = entry.as_ref().map_or(name.clone(), |it| it.name.clone());
            changes.push(Change::ContextMember { context: context.name, key: "token", value });
        }
        if entry.is_none() {
            let location = DEFAULT_LOCATION.to_owned();
            changes.push(Change::AddToken(TokenEntry { name, location }));
        }
        Ok(changes)
    }
}
