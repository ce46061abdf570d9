//! [`Change`]: the changes of config.yaml that commands make.

use super::edit::{Obstacle, Tree};
use super::{Config, TokenEntry, edit, refusal};
use crate::error::Result;

/// One change of config.yaml.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Sets `current-context`, in lower case, as the Go CLI reads the names of contexts.
    CurrentContext(String),
    /// Adds a context with these members, in this order. Its name is written in lower case.
    AddContext { name: String, members: Vec<(&'static str, Member)> },
    /// Removes a context, whose name may be in any case.
    RemoveContext(String),
    /// Sets one member of a context, such as `token` or `provider`: replaces its value, or adds it.
    ContextMember { context: String, key: &'static str, value: String },
    /// Adds an entry to `tokens`.
    AddToken(TokenEntry),
    /// Removes the entries of `tokens` with this name, or else with one that differs only in case.
    RemoveToken(String),
}

/// The value of a member of a new context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Member {
    Text(String),
    List(Vec<String>),
}

impl Config {
    /// The config after these changes. Its text differs only in the lines that had to change.
    ///
    /// # Errors
    /// `context_unknown` or `token_unknown` for a name that the config does not have; `config_edit_failed` for an edit
    /// that would change something else: where it is prevented, and what to edit by hand.
    pub fn with_changes(&self, changes: &[Change]) -> Result<Self> {
        let mut versions = vec![self.clone()];
        for change in changes {
            let refused = |versions: &[Self], at| refusal::error(versions, at, changes);
            let old = versions.last().unwrap_or(self).clone();
            let mut config = old.clone();
            let first = Tree::read(&old.text);
            let steps = old
                .steps(first.as_ref().map_err(|at| *at), change)?
                .map_err(|at| refused(&versions, at))?;
            let mut first = Some(first);
            for step in steps {
                let tree = first.take().unwrap_or_else(|| Tree::read(&config.text));
                let text = tree.and_then(|tree| edit::apply(tree, &step));
                let text = text.map_err(|at| refused(&versions, at))?;
                // A key in another case, of a merge key, would be there twice.
                let twice = Obstacle { at: 0, what: "a merge key has this key in another case" };
                config = Self::parsed(&self.path, text).map_err(|_| refused(&versions, twice))?;
                versions.push(config.clone());
            }
        }
        Ok(versions.pop().unwrap_or_else(|| self.clone()))
    }
}

#[cfg(test)]
mod property;
#[cfg(test)]
mod tests;
