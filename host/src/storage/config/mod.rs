//! [`Config`]: the part of config.yaml that sign-in reads, contexts and the locations of their token files; and its changes.

mod change;
mod edit;
mod file;
mod locked;
mod missing_token;
mod refusal;
#[cfg(test)]
mod samples;
mod shape;
mod steps;
#[cfg(test)]
mod tests;
mod tokens;

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::nearest::nearest;
use crate::text::{Title, abridged};
pub use change::{Change, Member};
use shape::{ContextShape, Shape, Token};

// The policy of the administrator is read in the same way.
pub(super) use file::{MAX_LENGTH, text};
pub(super) use shape::{SyntaxError, read as parse_yaml};

/// The location of an entry that has none, relative to the Meshery folder.
const DEFAULT_LOCATION: &str = "auth.json";

/// The part of config.yaml that sign-in needs, and the text that it was parsed from.
#[derive(Debug, Clone)]
pub struct Config {
    path: PathBuf,
    text: String,
    shape: Shape,
    /// The members of all contexts, once they were asked for.
    members: OnceCell<Map<String, Value>>,
}

/// A named Meshery deployment in config.yaml. An empty value is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    pub name: String,
    /// As written, without a trailing slash. It is not checked to be a URL.
    pub endpoint: Option<String>,
    pub provider: Option<String>,
    pub token: Option<TokenRef>,
}

/// How a context refers to its token: the name of an entry in `tokens`, or, in files from before v0.5, the location
/// itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRef {
    pub name: Option<String>,
    pub location: Option<String>,
}

impl Config {
    /// Reads the file; `None` when it is empty or contains only comments. With `named`, when `--config` names it, the
    /// file must exist.
    pub fn load(path: &Path, named: bool) -> Result<Option<Self>> {
        Self::load_known(path, named, None)
    }

    /// As [`Config::load`]. A file with the text of `known` is not parsed again.
    pub fn load_known(path: &Path, named: bool, known: Option<&Self>) -> Result<Option<Self>> {
        let Some(text) = file::read(path, named)? else { return Ok(None) };
        match known.and_then(|it| it.if_same(path, &text)) {
            Some(same) => Ok(Some(same)),
            None => Self::parse(path, text),
        }
    }

    fn parse(path: &Path, text: String) -> Result<Option<Self>> {
        let shape = Shape::read(&text).map_err(|error| file::invalid(path, &error))?;
        Ok(shape.map(|shape| Self::new(path, text, shape)))
    }

    /// As [`Config::parse`]; a text without values is a config without contexts.
    fn parsed(path: &Path, text: String) -> Result<Self> {
        let shape = Shape::read(&text).map_err(|error| file::invalid(path, &error))?;
        Ok(Self::new(path, text, shape.unwrap_or_default()))
    }

    fn new(path: &Path, text: String, shape: Shape) -> Self {
        Self { path: path.to_owned(), text, shape, members: OnceCell::new() }
    }

    /// This config, if it was parsed from this text. One without contexts may be of a blank text, which is no config.
    fn if_same(&self, path: &Path, text: &str) -> Option<Self> {
        let is_same = self.path == path && self.text == text && !self.names().is_empty();
        is_same.then(|| self.clone())
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The text as it was read, to detect later changes by another process.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The names of all contexts, in alphabetical order.
    pub fn names(&self) -> Vec<&str> {
        self.shape.contexts().map(|(name, _)| name).collect()
    }

    /// The value of `current-context`, whether or not there is such a context.
    pub fn current(&self) -> Option<String> {
        filled(self.shape.current_context.as_deref())
    }

    /// All members of a context, for display, with keys in small letters; empty if there is no such context.
    pub fn members(&self, context: &str) -> Map<String, Value> {
        let contexts = self.members.get_or_init(|| {
            let file = shape::read::<Map<String, Value>>(&self.text).ok().flatten();
            file.and_then(|it| below(&it, "contexts").cloned()).unwrap_or_default()
        });
        in_small_letters(below(contexts, context).cloned().unwrap_or_default())
    }

    /// The context `named` by `-c`, or else the current one.
    pub fn context(&self, named: Option<&str>) -> Result<Option<Context>> {
        if let Some(name) = named {
            let found = self.find(name).ok_or_else(|| unknown_context(name, Some(self)))?;
            return Ok(Some(found));
        }
        let Some(current) = self.current() else {
            return Ok(None);
        };
        self.find(&current).map(Some).ok_or_else(|| self.dangling_current(&current))
    }

    /// The token file of `context`; `None` if the config has no entry for it yet: see [`Config::token_changes`].
    pub fn token_location(
        &self,
        context: &Context,
        meshery_dir: &Path,
        home: &Path,
    ) -> Option<PathBuf> {
        let token = context.token.as_ref()?;
        let location = match (&token.location, &token.name) {
            (Some(location), _) => location.clone(),
            (None, Some(name)) => self.token_entry(name)?.location,
            (None, None) => return None,
        };
        Some(resolve(&location, meshery_dir, home))
    }

    fn find(&self, name: &str) -> Option<Context> {
        let in_any_case = || by_name(self.shape.contexts(), name, |(known, _)| known);
        let (name, context) = self.shape.context(name).or_else(in_any_case)?;
        Some(Context::new(name, context))
    }

    fn dangling_current(&self, current: &str) -> Error {
        let path = self.path.display();
        let names = self.names();
        let way_out = match names.is_empty() {
            true => " Remove the line `current-context` from it.",
            false => "",
        };
        let message = format!(
            "The current context in {path} is {}, which does not exist. {}{way_out}",
            quoted(current),
            known("contexts", &names),
        );
        let error = Error::new(Code::CurrentContextUnknown, message).unchanged(&self.path);
        let shown_whole = |it: &&&str| Title::new(it).is_shown_whole();
        let near = nearest(current, &names).filter(|it| Title::new(it).is_shown_whole());
        match near.or_else(|| names.iter().find(shown_whole).copied()) {
            Some(name) => {
                let switch = Command::from("mesheryctl system context switch").value(name);
                error.next(Suggestion::new("Make one current", switch))
            }
            None => error.next(edit(&self.path)),
        }
    }
}

impl Context {
    fn new(name: &str, shape: Option<&ContextShape>) -> Self {
        let endpoint = filled(shape.and_then(|shape| shape.endpoint.as_deref()));
        Self {
            name: name.to_owned(),
            endpoint: filled(endpoint.as_deref().map(|url| url.trim_end_matches('/'))),
            provider: filled(shape.and_then(|shape| shape.provider.as_deref())),
            token: shape.and_then(|shape| shape.token.as_ref()).and_then(TokenRef::new),
        }
    }
}

impl TokenRef {
    fn new(token: &Token) -> Option<Self> {
        let name = filled(token.name.as_deref());
        let location = filled(token.location.as_deref());
        (name.is_some() || location.is_some()).then_some(Self { name, location })
    }
}

/// A named row of `tokens`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenEntry {
    pub name: String,
    /// As written: a path, relative to the Meshery folder.
    pub location: String,
}

impl TokenEntry {
    pub fn path(&self, meshery_dir: &Path, home: &Path) -> PathBuf {
        resolve(&self.location, meshery_dir, home)
    }
}

/// The error for a context that `-c` names and that does not exist, with or without a config.
pub fn unknown_context(name: &str, config: Option<&Config>) -> Error {
    let (place, names) = match config {
        Some(config) => (format!(" in {}", config.path.display()), config.names()),
        None => (String::new(), Vec::new()),
    };
    let message =
        format!("There is no context {}{place}. {}", quoted(name), known("contexts", &names));
    let error = suggest(Error::new(Code::ContextUnknown, message), name, &names);
    match error.suggestions().is_empty() {
        true => error.next(Suggestion::new("Without -c", Command::again_without_context())),
        false => error,
    }
}

/// The suggestion to edit this config file.
pub fn edit(path: &Path) -> Suggestion {
    let editor = Command::from("${EDITOR:-vi}").value(path.display().to_string());
    Suggestion::new("Edit it", editor)
}

/// The names that there are, as a sentence. `what` they name is in the plural.
pub fn known(what: &str, names: &[&str]) -> String {
    match names.is_empty() {
        true => format!("There are no {what} yet."),
        false => format!("Known {what}: {}.", abridged(names.iter().map(|name| quoted(name)))),
    }
}

fn suggest(error: Error, wanted: &str, names: &[&str]) -> Error {
    match nearest(wanted, names).filter(|name| Title::new(name).is_shown_whole()) {
        Some(name) => {
            error.next(Suggestion::new("Did you mean", Command::again().literal("-c").value(name)))
        }
        None => error,
    }
}

/// The text as a scalar of YAML that every reader takes for this string, as edits write it.
pub fn scalar(text: &str) -> String {
    edit::scalar::written(text, edit::scalar::Place::Block)
}

/// The item of this name: an exact match if there is one, else a match in any case.
pub fn by_name<T>(
    items: impl Iterator<Item = T>,
    name: &str,
    name_of: impl Fn(&T) -> &str,
) -> Option<T> {
    let (mut any_case, lower) = (None, name.to_lowercase());
    for item in items {
        if name_of(&item) == name {
            return Some(item);
        }
        if any_case.is_none() && name_of(&item).to_lowercase() == lower {
            any_case = Some(item);
        }
    }
    any_case
}

/// Resolves a location of the config. The same rule holds for reading and writing; the Go CLI has a different one
/// for each.
fn resolve(location: &str, meshery_dir: &Path, home: &Path) -> PathBuf {
    match Path::new(location).strip_prefix("~") {
        Ok(rest) if rest.as_os_str().is_empty() => home.to_owned(),
        Ok(rest) => home.join(rest),
        // An absolute location replaces the folder it is joined to.
        Err(_) => meshery_dir.join(location),
    }
}

/// The mapping at this key, in any case if it is not there in this one.
fn below<'m>(map: &'m Map<String, Value>, key: &str) -> Option<&'m Map<String, Value>> {
    let in_any_case = || by_name(map.iter(), key, |(known, _)| known).map(|(_, it)| it);
    map.get(key).or_else(in_any_case)?.as_object()
}

/// The keys of a mapping and of what is in it, as viper reads them.
fn in_small_letters(members: Map<String, Value>) -> Map<String, Value> {
    fn lowered(value: Value) -> Value {
        match value {
            Value::Object(members) => Value::Object(in_small_letters(members)),
            Value::Array(items) => items.into_iter().map(lowered).collect(),
            other => other,
        }
    }
    members.into_iter().map(|(key, it)| (key.to_lowercase(), lowered(it))).collect()
}

fn filled(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A name from the file or the command line, quoted for one line of a message.
pub fn quoted(name: &str) -> String {
    let plain = Title::new(name);
    format!("`{plain}`")
}
