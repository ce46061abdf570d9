//! The steps of each [`Change`]: the names as the file spells them, and what of a change is so already.

use super::edit::{Entry, New, Node, Obstacle, Step, Tree};
use super::{Change, Config, Member, TokenEntry, quoted, unknown_context};
use crate::error::{Code, Error, Result, Suggestion};

type Found<T> = std::result::Result<T, Obstacle>;

impl Config {
    /// The steps of a change of the text of this tree, none if the config is already as it should be, or what prevents it.
    ///
    /// # Errors
    /// For a context or a token that does not exist.
    pub(super) fn steps(&self, tree: Found<&Tree>, change: &Change) -> Result<Found<Vec<Step>>> {
        let known = |name: &str| {
            let found = self.find(name).map(|it| it.name);
            found.ok_or_else(|| unknown_context(name, Some(self)))
        };
        Ok(match change {
            Change::CurrentContext(name) => self.current_context(tree, &name.to_lowercase()),
            Change::AddContext { name, members } => self.add_context(tree, name, members),
            Change::RemoveContext(name) => self.remove_context(tree, &known(name)?),
            Change::ContextMember { context, key, value } => {
                self.context_member(tree, &known(context)?, key, value)
            }
            Change::AddToken(token) => self.add_token(tree, token),
            Change::RemoveToken(name) => {
                let entry = self.token_entry(name).ok_or_else(|| self.unknown_token(name))?;
                self.remove_token(tree, &entry.name)
            }
        })
    }

    fn current_context(&self, tree: Found<&Tree>, name: &str) -> Found<Vec<Step>> {
        let tree = tree?;
        let key = spelling(tree.root.as_ref(), "current-context");
        Ok(put_text(tree.root.as_ref(), vec![key], name))
    }

    fn add_context(
        &self,
        tree: Found<&Tree>,
        name: &str,
        members: &[(&'static str, Member)],
    ) -> Found<Vec<Step>> {
        let tree = tree?;
        let contexts = spelling(tree.root.as_ref(), "contexts");
        if let Some(old) = self.find(name) {
            let node = member(tree.root.as_ref(), &contexts);
            let old = node.and_then(|it| it.pair(&old.name));
            return Err(Obstacle { at: old.map_or(0, Entry::start), what: "this context exists" });
        }
        let members = members.iter().map(|(key, member)| ((*key).to_owned(), New::from(member)));
        Ok(vec![Step::Put(vec![contexts, name.to_lowercase()], New::Map(members.collect()))])
    }

    fn remove_context(&self, tree: Found<&Tree>, name: &str) -> Found<Vec<Step>> {
        let tree = tree?;
        let (path, _) = context(tree, name)?;
        Ok(vec![Step::Remove(path)])
    }

    fn context_member(
        &self,
        tree: Found<&Tree>,
        name: &str,
        key: &str,
        value: &str,
    ) -> Found<Vec<Step>> {
        let tree = tree?;
        let (mut path, node) = context(tree, name)?;
        path.push(spelling(Some(node), key));
        // The entry of a token from before v0.5 is replaced by its name.
        let old = path.last().and_then(|key| member(Some(node), key));
        let mut others = old.into_iter().flat_map(|it| it.entries().iter());
        let is_known = |name: &str| ["name", "location"].contains(&name.to_lowercase().as_str());
        if let Some(other) = others.find(|it| !it.name().is_some_and(is_known)) {
            return Err(Obstacle { at: other.start(), what: "this would be lost" });
        }
        let put = put_text(Some(node), path, value);
        let mut steps = match key == "token" && !put.is_empty() {
            true => self.list_inline_tokens(tree, name, value)?,
            false => Vec::new(),
        };
        steps.extend(put);
        Ok(steps)
    }

    /// Adds to `tokens` what would be named nowhere when this context gets another token, and what it gets from another
    /// context.
    fn list_inline_tokens(&self, tree: &Tree, context: &str, token: &str) -> Found<Vec<Step>> {
        let own = self.find(context).and_then(|it| it.token?.location);
        let is_wanted = |it: &TokenEntry| it.name == token || Some(&it.location) == own.as_ref();
        let mut steps = Vec::new();
        for entry in self.inline_tokens().iter().filter(|it| is_wanted(it)) {
            steps.extend(self.add_token(Ok(tree), entry)?);
        }
        Ok(steps)
    }

    fn add_token(&self, tree: Found<&Tree>, token: &TokenEntry) -> Found<Vec<Step>> {
        let tree = tree?;
        let tokens = spelling(tree.root.as_ref(), "tokens");
        let list = member(tree.root.as_ref(), &tokens);
        if let Some(old) = self.listed_tokens().into_iter().find(|it| it.name == token.name) {
            let at =
                list.and_then(|list| rows(list, &old.name).next().map(|at| &list.entries()[at]));
            let present = Obstacle { at: at.map_or(0, Entry::start), what: "this token exists" };
            return if old == *token { Ok(Vec::new()) } else { Err(present) };
        }
        let mut row = [("name", &token.name), ("location", &token.location)];
        if list.and_then(|it| it.entries().last()).is_some_and(|it| has_location_first(&it.value)) {
            row.reverse();
        }
        let row = row.map(|(key, text)| (key.to_owned(), New::Text(text.clone())));
        Ok(vec![Step::Push(vec![tokens], New::Map(row.into()))])
    }

    /// Removes every row of this name: of two, the Go CLI would still find the other.
    fn remove_token(&self, tree: Found<&Tree>, name: &str) -> Found<Vec<Step>> {
        let tree = tree?;
        let tokens = spelling(tree.root.as_ref(), "tokens");
        let list = member(tree.root.as_ref(), &tokens);
        let mut rows: Vec<_> = list.into_iter().flat_map(|it| rows(it, name)).collect();
        if rows.is_empty() {
            let at = list.map_or(0, Node::start);
            return Err(Obstacle { at, what: "an alias or a merge key is in this list" });
        }
        rows.reverse();
        Ok(rows.into_iter().map(|at| Step::RemoveItem(vec![tokens.clone()], at)).collect())
    }

    fn unknown_token(&self, name: &str) -> Error {
        let message = format!("There is no token {} in {}.", quoted(name), self.path.display());
        let list = Suggestion::new("List them", "mesheryctl system token view --all");
        Error::new(Code::TokenUnknown, message).unchanged(&self.path).next(list)
    }
}

impl From<&Member> for New {
    fn from(member: &Member) -> Self {
        match member {
            Member::Text(text) => Self::Text(text.clone()),
            Member::List(items) => Self::List(items.iter().cloned().map(Self::Text).collect()),
        }
    }
}

/// Sets a text at the end of the path, whose last key is a key of this node.
fn put_text(node: Option<&Node>, path: Vec<String>, text: &str) -> Vec<Step> {
    let old = path.last().and_then(|key| member(node, key));
    let old = old.and_then(|it| if it.is_null() { Some("") } else { it.text() });
    match old == Some(text) {
        true => Vec::new(),
        false => vec![Step::Put(path, New::Text(text.to_owned()))],
    }
}

/// The path of a context, and its node.
fn context<'t>(tree: &'t Tree, name: &str) -> Found<(Vec<String>, &'t Node)> {
    let contexts = spelling(tree.root.as_ref(), "contexts");
    let node = member(tree.root.as_ref(), &contexts);
    match node.and_then(|it| it.pair(name)) {
        Some(pair) => Ok((vec![contexts, name.to_owned()], &pair.value)),
        None => {
            let merge = node.and_then(|it| it.pair("<<")).map(Entry::start);
            let at = merge.or(node.map(Node::start)).unwrap_or_default();
            Err(Obstacle { at, what: "an alias or a merge key adds the context" })
        }
    }
}

fn member<'t>(node: Option<&'t Node>, key: &str) -> Option<&'t Node> {
    node?.pair(key).map(|it| &it.value)
}

/// A key as this mapping spells it: keys are read in any case.
fn spelling(node: Option<&Node>, key: &str) -> String {
    let mut names = node.into_iter().flat_map(Node::entries).filter_map(Entry::name);
    names.find(|it| it.to_lowercase() == key).unwrap_or(key).to_owned()
}

/// The rows of `tokens` with this name.
fn rows(list: &Node, name: &str) -> impl Iterator<Item = usize> {
    let is_named = move |row: &Node| text_of(row, "name").is_some_and(|it| it.trim() == name);
    let rows = list.entries().iter().enumerate().filter(move |(_, it)| is_named(&it.value));
    rows.map(|(at, _)| at)
}

fn text_of<'t>(row: &'t Node, key: &str) -> Option<&'t str> {
    position(row, key).and_then(|at| row.entries()[at].value.text())
}

fn position(row: &Node, key: &str) -> Option<usize> {
    row.entries().iter().position(|it| it.name().is_some_and(|it| it.to_lowercase() == key))
}

fn has_location_first(row: &Node) -> bool {
    position(row, "location").is_some_and(|at| position(row, "name").is_some_and(|name| at < name))
}
