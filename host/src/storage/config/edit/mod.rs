//! Edits of config.yaml that add a token and leave every other byte unchanged. An edit that cannot do so is refused.

use std::str::FromStr;

use serde_json::{Map, Value, json};
use yaml_edit::{
    Document, Mapping, ScalarValue, Sequence, SyntaxKind, YamlFile, YamlNode, YamlValue,
};

use super::{Config, Context, DEFAULT_LOCATION, shape, shown, unknown_context};
use crate::error::{Code, Error, Result};

/// The name of the token that a context without one gets.
const DEFAULT_TOKEN: &str = "default";

impl Config {
    /// The text with an entry for the token of this context added, or `None` if it has one already.
    pub fn with_token_entry(&self, context: &str) -> Result<Option<String>> {
        let context = self.find(context).ok_or_else(|| unknown_context(context, Some(self)))?;
        let Some(missing) = self.missing(&context) else {
            return Ok(None);
        };
        let edited =
            missing.expected(self).and_then(|all| self.edit(|doc| missing.add_to(doc), &all));
        let known = |config: &Self| {
            config.find(&context.name).is_some_and(|context| config.missing(&context).is_none())
        };
        match edited.filter(known) {
            Some(edited) => Ok(Some(edited.text)),
            None => Err(missing.refused(self)),
        }
    }

    fn missing(&self, context: &Context) -> Option<Missing> {
        let token = context.token.as_ref();
        if token.is_some_and(|token| token.location.is_some()) {
            return None;
        }
        let named = token.and_then(|token| token.name.as_deref());
        let entry = self.token_entry(named.unwrap_or(DEFAULT_TOKEN));
        if named.is_some() && entry.is_some() {
            return None;
        }
        Some(Missing {
            context: context.name.clone(),
            in_context: named.is_none(),
            in_list: entry.is_none(),
            // The context takes over the spelling of an existing entry: the Go CLI compares names exactly.
            token: match entry {
                Some(entry) => entry.name,
                None => named.unwrap_or(DEFAULT_TOKEN).to_owned(),
            },
        })
    }

    /// Applies `change`, and returns the result only if its values equal `expected` and all comments are unchanged.
    /// Every edit goes through this check, since yaml-edit does not verify its own output.
    fn edit(&self, change: impl FnOnce(&Document) -> Option<()>, expected: &Value) -> Option<Self> {
        let file = YamlFile::from_str(&self.text).ok()?;
        if file.to_string() != self.text || is_unsupported(&self.text) {
            return None;
        }
        change(&file.document()?)?;
        let mut edited = file.to_string();
        if !self.text.ends_with('\n') {
            edited.truncate(edited.trim_end_matches(['\r', '\n']).len());
        }
        // In a file with mixed line ends, yaml-edit may replace CRLF by LF.
        let carriage_returns = |text: &str| text.matches('\r').count();
        let is_exact = values(&edited).as_ref() == Some(expected)
            && comments(&edited) == comments(&self.text)
            && carriage_returns(&edited) >= carriage_returns(&self.text);
        is_exact.then(|| Self::parse(&self.path, edited).ok().flatten())?
    }
}

/// What must be added to config.yaml for the token of a context.
#[derive(Debug)]
struct Missing {
    context: String,
    token: String,
    /// Whether the context lacks the name of the token.
    in_context: bool,
    /// Whether the list of tokens lacks an entry of that name.
    in_list: bool,
}

impl Missing {
    /// All values of the file after the edit.
    fn expected(&self, config: &Config) -> Option<Value> {
        let mut file = values(&config.text)?;
        let top = file.as_object_mut()?;
        if self.in_context {
            let contexts = value_of(top, "contexts").as_object_mut()?;
            let context = contexts.get_mut(&self.context)?;
            if context.is_null() {
                *context = json!({});
            }
            *value_of(context.as_object_mut()?, "token") = json!(self.token);
        }
        if self.in_list {
            let tokens = value_of(top, "tokens");
            if !tokens.is_array() {
                *tokens = json!([]);
            }
            tokens
                .as_array_mut()?
                .push(json!({ "name": self.token, "location": DEFAULT_LOCATION }));
        }
        Some(file)
    }

    fn add_to(&self, doc: &Document) -> Option<()> {
        let top = doc.as_mapping()?;
        if self.in_context {
            let contexts = top.get_mapping(spelling(&top, "contexts"))?;
            let context = mapping(&contexts, &self.context)?;
            let key = spelling(&context, "token");
            if context.get(&key).is_some_and(|old| !is_blank(&old)) {
                return None;
            }
            context.set(key, scalar(&self.token));
        }
        if self.in_list {
            let row = [("location", DEFAULT_LOCATION), ("name", &self.token)];
            let row = row.map(|(key, text)| (key.to_owned(), YamlValue::from(scalar(text))));
            sequence(&top, &spelling(&top, "tokens"))?.push(YamlValue::Mapping(row.into()));
        }
        Some(())
    }

    /// The error for an edit that is not safe, with what to add by hand.
    fn refused(&self, config: &Config) -> Error {
        let (token, context) = (shown(&self.token), shown(&self.context));
        let mut lines = Vec::new();
        if self.in_context {
            lines.push(format!(
                "{} to the context {context}",
                shown(&format!("token: {}", self.token))
            ));
        }
        if self.in_list {
            let row = format!("- {{name: {}, location: {DEFAULT_LOCATION}}}", self.token);
            lines.push(format!("{} to the list `tokens`", shown(&row)));
        }
        let path = config.path.display();
        let message = format!(
            "The token {token} of the context {context} cannot be added to {path} safely. Edit the file: add {}.",
            lines.join(", and "),
        );
        Error::new(Code::ConfigEditFailed, message).unchanged(&config.path)
    }
}

/// The mapping under `key`, created if the key is missing or empty. Any other value, such as an alias, is not
/// changed.
fn mapping(parent: &Mapping, key: &str) -> Option<Mapping> {
    if parent.get(key).is_none_or(|old| is_blank(&old)) {
        parent.set(key, Mapping::new_pending_block());
    }
    parent.get_mapping(key)
}

/// The sequence under `key`, created if the key is missing, empty or `{}`.
fn sequence(parent: &Mapping, key: &str) -> Option<Sequence> {
    let empty = |node: &YamlNode| node.as_mapping().is_some_and(Mapping::is_empty);
    if parent.get(key).is_none_or(|old| is_blank(&old) || empty(&old)) {
        parent.set(key, Sequence::new_pending_block());
    }
    parent.get_sequence(key)
}

fn is_blank(node: &YamlNode) -> bool {
    node.as_scalar().is_some_and(|scalar| scalar.is_null() || scalar.as_string().trim().is_empty())
}

/// Quotes `y` and `n`, which yaml-edit leaves plain and YAML 1.1 reads as booleans.
fn scalar(text: &str) -> ScalarValue {
    match text.to_lowercase().as_str() {
        "y" | "n" => ScalarValue::double_quoted(text),
        _ => ScalarValue::string(text),
    }
}

/// The key as the file spells it, as in `Tokens`.
fn spelling(mapping: &Mapping, key: &str) -> String {
    let mut written = mapping.keys().filter_map(|key| Some(key.as_scalar()?.as_string()));
    written.find(|written| written.to_lowercase() == key).unwrap_or_else(|| key.to_owned())
}

/// The value under this key in any case; a missing one is inserted as null.
fn value_of<'a>(map: &'a mut Map<String, Value>, key: &str) -> &'a mut Value {
    let written = map.keys().find(|written| written.to_lowercase() == key).cloned();
    map.entry(written.unwrap_or_else(|| key.to_owned())).or_insert(Value::Null)
}

fn values(text: &str) -> Option<Value> {
    shape::read(text).ok().flatten()
}

/// Whether yaml-edit would corrupt the file. It does not find a key with a tag by its name and adds it again, and it
/// takes a lone carriage return for the line end of the whole file.
fn is_unsupported(text: &str) -> bool {
    let tagged = yaml_edit::lex(text).iter().any(|(kind, _)| *kind == SyntaxKind::TAG);
    tagged || text.replace("\r\n", "").contains('\r')
}

fn comments(text: &str) -> Vec<&str> {
    let comments =
        yaml_edit::lex(text).into_iter().filter(|(kind, _)| *kind == SyntaxKind::COMMENT);
    comments.map(|(_, comment)| comment).collect()
}

#[cfg(test)]
mod tests;
