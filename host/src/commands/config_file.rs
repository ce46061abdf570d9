//! [`ConfigFile`]: the config file that a command shows or changes.

use std::path::PathBuf;

use crate::cli::Global;
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::nearest::nearest;
use crate::storage::config::{
    self, Change, Config, Context, TokenEntry, by_name, quoted, unknown_context,
};
use crate::storage::home::Home;
use crate::text::Title;

/// The config file of `--config`, else `~/.meshery/config.yaml`, as it was when the command began.
pub struct ConfigFile {
    pub home: Home,
    path: PathBuf,
    /// `None` if the file does not exist or has no content.
    pub config: Option<Config>,
}

impl ConfigFile {
    /// # Errors
    /// Those of reading the file.
    pub fn find(global: &Global) -> Result<Self> {
        let home = Home::find(global.plugins_dir.as_deref())?;
        let path = home.config_file(global.config.as_deref());
        let config = Config::load(&path, global.config.is_some())?;
        Ok(Self { home, path, config })
    }

    /// Changes the file as `changes` decides from its content at that time.
    ///
    /// # Errors
    /// Those of `changes` and of [`Config::change`].
    pub fn change(&self, changes: impl FnMut(&Config) -> Result<Vec<Change>>) -> Result<Config> {
        match &self.config {
            Some(config) => config.change_file(changes),
            None => Config::change(&self.path, changes),
        }
    }

    /// The name of the current context as the file has it, whether or not there is such a context.
    pub fn current(&self) -> Option<String> {
        self.config.as_ref().and_then(Config::current)
    }

    /// The names of all contexts, in alphabetical order.
    pub fn names(&self) -> Vec<&str> {
        self.config.as_ref().map(Config::names).unwrap_or_default()
    }

    /// The context of `-c`, else the current one.
    ///
    /// # Errors
    /// `context_unknown`; also if no context is the current one.
    pub fn context(&self, named: Option<&str>) -> Result<Context> {
        let context = match (&self.config, named) {
            (Some(config), named) => config.context(named)?,
            (None, Some(name)) => return Err(unknown_context(name, None)),
            (None, None) => None,
        };
        context.ok_or_else(|| no_current(&self.names()))
    }

    /// The entries of `tokens`, in the order of the file.
    pub fn tokens(&self) -> Vec<TokenEntry> {
        self.config.as_ref().map(Config::tokens).unwrap_or_default()
    }

    /// Where the tokens of this entry are.
    pub fn path_of(&self, entry: &TokenEntry) -> PathBuf {
        entry.path(&self.home.meshery(), self.home.path())
    }
}

fn no_current(names: &[&str]) -> Error {
    let error = Error::new(Code::ContextUnknown, "No context is the current one.");
    let switch = || Command::from("mesheryctl system context switch");
    match names {
        [] => error
            .next(Suggestion::new("Create one", "mesheryctl system context create local --set")),
        [name, ..] => error.next(Suggestion::new("Make one current", switch().value(*name))),
    }
}

/// The context that is named as an argument of `command`.
///
/// # Errors
/// `context_unknown`, with the names of the contexts that there are.
pub fn named_context(config: Option<&Config>, name: &str, command: Command) -> Result<Context> {
    let found = config.and_then(|it| it.context(Some(name)).ok().flatten());
    found.ok_or_else(|| {
        let names = config.map(Config::names).unwrap_or_default();
        unknown(Code::ContextUnknown, "context", name, &names, command)
    })
}

/// The entry of `tokens` that is named as an argument of `command`.
///
/// # Errors
/// `token_unknown`, with the names of the tokens that there are.
pub fn named_token(entries: &[TokenEntry], name: &str, command: Command) -> Result<TokenEntry> {
    let found = by_name(entries.iter(), name, |it| &it.name);
    found.cloned().ok_or_else(|| {
        let names: Vec<&str> = entries.iter().map(|it| it.name.as_str()).collect();
        unknown(Code::TokenUnknown, "token", name, &names, command)
    })
}

/// The error for a name that the file does not have. `command` is suggested with the nearest name.
fn unknown(code: Code, what: &str, name: &str, known: &[&str], command: Command) -> Error {
    let message = format!(
        "There is no {what} {}. {}",
        quoted(name),
        config::known(&format!("{what}s"), known)
    );
    let error = Error::new(code, message).nothing_changed();
    let near = nearest(name, known).filter(|it| Title::new(it).is_shown_whole());
    match (near, code) {
        (Some(near), _) => error.next(Suggestion::new("Did you mean", command.value(near))),
        (None, Code::TokenUnknown) => {
            error.next(Suggestion::new("List them", "mesheryctl system token list"))
        }
        (None, _) => error.next(Suggestion::new("List them", "mesheryctl system context list")),
    }
}

/// The name of a new context or token.
///
/// # Errors
/// `usage` if it is empty, or not a name that every program shows and reads alike.
pub fn new_name(what: &str, name: &str) -> Result<String> {
    let name = name.trim();
    let is_shown = !name.is_empty() && Title::new(name).is_shown_whole() && !name.contains('`');
    if is_shown && !name.contains(['\'', '"', '\\', '$']) {
        return Ok(name.to_owned());
    }
    let message = format!("{} cannot be the name of a {what}.", quoted(name));
    let message = match name.is_empty() {
        true => format!("A {what} needs a name."),
        false => message,
    };
    Err(Error::new(Code::Usage, message).nothing_changed())
}

/// The name of a new context, in small letters as the Go CLI reads it.
///
/// # Errors
/// As [`new_name`]; also for a dot, at which the Go CLI divides the name.
pub fn new_context(name: &str) -> Result<String> {
    let name = new_name("context", name)?.to_lowercase();
    if !name.contains('.') {
        return Ok(name);
    }
    let message = format!("{} has a dot, at which the Go mesheryctl divides names.", quoted(&name));
    let create = Command::from("mesheryctl system context create").value(name.replace('.', "-"));
    Err(Error::new(Code::Usage, message).nothing_changed().next(Suggestion::new("Such as", create)))
}

/// The name of a provider for config.yaml.
///
/// # Errors
/// `usage` if it is empty, or not a name that every program shows and reads alike.
pub fn provider_name(name: &str) -> Result<String> {
    let name = name.trim();
    if !name.is_empty() && Title::new(name).is_shown_whole() {
        return Ok(name.to_owned());
    }
    let message = format!("{} cannot be the name of a provider.", quoted(name));
    Err(Error::new(Code::Usage, message).nothing_changed())
}

/// The error for a name that another context or token has.
pub fn taken(what: &str, name: &str) -> Error {
    let message = format!("A {what} {} exists already.", quoted(name));
    Error::new(Code::NameTaken, message).nothing_changed()
}
