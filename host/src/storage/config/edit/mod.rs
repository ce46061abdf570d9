//! Changes to the text of config.yaml that leave every other byte as it was, or no change at all.

use std::str::FromStr;

use serde_json::{Map, Value, json};
use yaml_edit::{
    Document, Mapping, ScalarValue, Sequence, SyntaxKind, YamlFile, YamlNode, YamlValue,
};

use super::{Config, Context, DEFAULT_LOCATION, shape, shown, unknown_context};
use crate::error::{Code, Error, Result};

/// The token that a context gets when it names none.
const DEFAULT_TOKEN: &str = "default";

impl Config {
    /// The text of the file with the token of this context known in it, or `None` if it is already.
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
            // An entry keeps its spelling, and the context takes it: the Go CLI tells them apart.
            token: match entry {
                Some(entry) => entry.name,
                None => named.unwrap_or(DEFAULT_TOKEN).to_owned(),
            },
        })
    }

    /// The config after `change`, if that changed exactly the values that `expected` says and no
    /// comment. yaml-edit checks nothing of its own, so no edit goes around this gate.
    fn edit(&self, change: impl FnOnce(&Document) -> Option<()>, expected: &Value) -> Option<Self> {
        let file = YamlFile::from_str(&self.text).ok()?;
        if file.to_string() != self.text || is_misread(&self.text) {
            return None;
        }
        change(&file.document()?)?;
        let mut edited = file.to_string();
        if !self.text.ends_with('\n') {
            edited.truncate(edited.trim_end_matches(['\r', '\n']).len());
        }
        // Where line ends are mixed, one may become another.
        let returns = |text: &str| text.matches('\r').count();
        let faithful = values(&edited).as_ref() == Some(expected)
            && comments(&edited) == comments(&self.text)
            && returns(&edited) >= returns(&self.text);
        faithful.then(|| Self::parse(&self.path, edited).ok().flatten())?
    }
}

/// What config.yaml lacks for the token of a context to be known.
#[derive(Debug)]
struct Missing {
    context: String,
    token: String,
    /// The context does not name the token.
    in_context: bool,
    /// The list of tokens has no entry of that name.
    in_list: bool,
}

impl Missing {
    /// All values of the file, as they have to be afterwards.
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

    /// The edit is not safe: what a person has to write instead.
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

/// The mapping under `key`, made if there is nothing under it. An alias or any other value is not
/// touched.
fn mapping(parent: &Mapping, key: &str) -> Option<Mapping> {
    if parent.get(key).is_none_or(|old| is_blank(&old)) {
        parent.set(key, Mapping::new_pending_block());
    }
    parent.get_mapping(key)
}

/// The same for a list, for which `{}` is nothing too.
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

/// yaml-edit leaves `y` and `n` plain, and YAML 1.1 takes them for yes and no.
fn scalar(text: &str) -> ScalarValue {
    match text.to_lowercase().as_str() {
        "y" | "n" => ScalarValue::double_quoted(text),
        _ => ScalarValue::string(text),
    }
}

/// `Tokens` if the file writes it so.
fn spelling(mapping: &Mapping, key: &str) -> String {
    let mut written = mapping.keys().filter_map(|key| Some(key.as_scalar()?.as_string()));
    written.find(|written| written.to_lowercase() == key).unwrap_or_else(|| key.to_owned())
}

/// The value under this key in whatever case; null and newly made if there is none.
fn value_of<'a>(map: &'a mut Map<String, Value>, key: &str) -> &'a mut Value {
    let written = map.keys().find(|written| written.to_lowercase() == key).cloned();
    map.entry(written.unwrap_or_else(|| key.to_owned())).or_insert(Value::Null)
}

fn values(text: &str) -> Option<Value> {
    shape::read(text).ok().flatten()
}

/// What yaml-edit does not write as it should: a key with a tag, which it does not find by its name and
/// would write a second time, and a carriage return alone, which it takes for the end of every line.
fn is_misread(text: &str) -> bool {
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
