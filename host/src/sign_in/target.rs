//! The target of a command: its token file and its Meshery Server.

use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use crate::cli::Global;
use crate::error::{Error, Result};
use crate::net::Http;
use crate::net::meshery_server::{self, Server};
use crate::storage::config::{Config, Context, TokenEntry, unknown_context};
use crate::storage::home::Home;
use crate::storage::token_store::TokenStore;
use crate::terminal::Terminal;
use crate::text::Label;

/// The token file and the server of the context that `-c`, `--config` and config.yaml select. Without a context
/// it is the default token file and no server.
pub struct Target {
    pub home: Home,
    pub context: Option<Context>,
    pub store: TokenStore,
    config: Option<PathBuf>,
    /// The token files that the config file names.
    entries: Rc<[TokenEntry]>,
    /// Whether it was another file than `~/.meshery/config.yaml` when it was read. A link that is changed later, such as
    /// during a sign-in, makes it no file of the user.
    is_foreign: bool,
    /// Whether config.yaml has no token entry for this context; a login then adds the default file.
    is_missing_in_config: bool,
}

impl Target {
    pub fn find(global: &Global) -> Result<Self> {
        Self::in_home(Home::find(global.plugins_dir.as_deref())?, global)
    }

    /// As [`Target::find`]. The config file is parsed only if it has another text than this config of it.
    ///
    /// # Errors
    /// As [`Target::find`].
    pub fn find_in(config: Option<&Config>, global: &Global) -> Result<Self> {
        Self::in_home_knowing(config, Home::find(global.plugins_dir.as_deref())?, global)
    }

    /// As [`Target::find`]; if config.yaml cannot be used, the default token file without a context, and the error.
    pub fn find_or_default(global: &Global) -> Result<(Self, Option<Error>)> {
        let home = Home::find(global.plugins_dir.as_deref())?;
        match Self::in_home(home.clone(), global) {
            Ok(target) => Ok((target, None)),
            Err(error) => Ok((Self::without_context(home), Some(error))),
        }
    }

    fn in_home(home: Home, global: &Global) -> Result<Self> {
        Self::in_home_knowing(None, home, global)
    }

    fn in_home_knowing(known: Option<&Config>, home: Home, global: &Global) -> Result<Self> {
        let (config, is_foreign) = load(&home, global, known)?;
        let context = match (&config, &global.context) {
            (Some(config), named) => config.context(named.as_deref())?,
            (None, Some(name)) => return Err(unknown_context(name, None)),
            (None, None) => None,
        };
        Ok(match &config {
            Some(config) => {
                Self::of_config(home, config, config.tokens().into(), context, is_foreign)
            }
            None => Self { is_foreign, ..Self::without_context(home) },
        })
    }

    fn of_config(
        home: Home,
        config: &Config,
        entries: Rc<[TokenEntry]>,
        context: Option<Context>,
        is_foreign: bool,
    ) -> Self {
        let locate = |it| config.token_location(it, &home.meshery(), home.path());
        let location = context.as_ref().and_then(locate);
        let is_missing_in_config = context.is_some() && location.is_none();
        let store = TokenStore::at(location.unwrap_or_else(|| home.auth_json()), &home.meshery());
        let config = Some(config.path().to_owned());
        Self { home, context, store, config, entries, is_foreign, is_missing_in_config }
    }

    /// The target of each token file: the default one, and those that the config file names; and why a context has none.
    ///
    /// # Errors
    /// If the home directory is unknown, or a config file that was named cannot be used.
    pub fn all(global: &Global) -> Result<(Vec<Self>, Option<Error>)> {
        let home = Home::find(global.plugins_dir.as_deref())?;
        let mut all = vec![Self::without_context(home.clone())];
        let (config, is_foreign) = match load(&home, global, None) {
            Ok((Some(config), is_foreign)) => (config, is_foreign),
            Ok((None, _)) => return Ok((all, None)),
            Err(error) if global.config.is_none() => return Ok((all, Some(error))),
            Err(error) => return Err(error),
        };
        let entries: Rc<[TokenEntry]> = config.tokens().into();
        let mut failed = config.context(None).err();
        for name in config.names() {
            match config.context(Some(name)) {
                Ok(context) => {
                    let (home, entries) = (home.clone(), entries.clone());
                    let target = Self::of_config(home, &config, entries, context, is_foreign);
                    if all.iter().all(|it| it.store.path() != target.store.path()) {
                        all.push(target);
                    }
                }
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        Ok((all, failed))
    }

    /// A target for tests: the token file of this home directory.
    #[cfg(test)]
    pub fn of_test(home: Home) -> Self {
        Self::without_context(home)
    }

    /// A target for tests, as if this file, which is not `~/.meshery/config.yaml`, had selected it.
    #[cfg(test)]
    pub fn of_foreign_config(home: Home, config: PathBuf) -> Self {
        Self { config: Some(config), is_foreign: true, ..Self::without_context(home) }
    }

    fn without_context(home: Home) -> Self {
        let store = TokenStore::at(home.auth_json(), &home.meshery());
        Self {
            home,
            context: None,
            store,
            config: None,
            entries: Rc::default(),
            is_foreign: false,
            is_missing_in_config: false,
        }
    }

    /// The token files that the config file names.
    pub fn entries(&self) -> &[TokenEntry] {
        &self.entries
    }

    /// The token file of the context, by the name and the location that the config file has for it.
    pub fn entry(&self) -> TokenEntry {
        let token = self.context.as_ref().and_then(|it| it.token.as_ref());
        let name = token.and_then(|it| it.name.clone());
        let listed = self.entries.iter().find(|it| Some(&it.name) == name.as_ref());
        listed.cloned().unwrap_or_else(|| TokenEntry {
            name: name.unwrap_or_else(|| "default".to_owned()),
            location: self.store.file().display().to_string(),
        })
    }

    /// The same target with the token file of this entry.
    pub fn with_entry(self, entry: &TokenEntry) -> Self {
        let file = entry.path(&self.home.meshery(), self.home.path());
        Self { store: TokenStore::at(file, &self.home.meshery()), ..self }
    }

    /// The same target with this token file.
    pub fn with_file(self, file: &Path) -> Self {
        Self { store: TokenStore::at(file.to_owned(), &self.home.meshery()), ..self }
    }

    /// The config file, if it exists.
    pub fn config(&self) -> Option<&Path> {
        self.config.as_deref()
    }

    /// The server that the context names.
    pub fn server<'a>(&'a self, http: &'a Http) -> Option<Server<'a>> {
        let endpoint = self.context.as_ref()?.endpoint.as_deref()?;
        Some(Server::at(endpoint, http))
    }

    /// The config file, if it is not `~/.meshery/config.yaml`. Another user may have written such a file.
    pub fn foreign_config(&self) -> Option<&Path> {
        self.config.as_deref().filter(|_| self.is_foreign)
    }

    /// Adds the token file to config.yaml, if the context needs it so that the Go CLI finds the token.
    ///
    /// # Errors
    /// Those of [`Config::change`].
    pub fn add_to_config(&self) -> Result<()> {
        let (Some(path), Some(context), true) =
            (&self.config, &self.context, self.is_missing_in_config)
        else {
            return Ok(());
        };
        // A file that was emptied during the sign-in stays empty.
        let changes = |config: &Config| match config.names().is_empty() {
            true => Ok(Vec::new()),
            false => config.token_changes(&context.name),
        };
        // Signals no longer count after the token was saved, so the wait is short.
        Config::change_within(path, Duration::from_secs(2), changes).map(drop)
    }

    /// The token file as it is shown: with `~` on a terminal, and as a full path in a log.
    pub fn shown_file(&self, terminal: &Terminal) -> String {
        if terminal.stderr { self.token_file() } else { self.store.file().display().to_string() }
    }

    /// The context, server and token file, for `--verbose`.
    pub fn description(&self) -> String {
        let context = self.context.as_ref().map(|it| Label::new(&it.name));
        let endpoint = self.context.as_ref().and_then(|it| it.endpoint.as_deref());
        format!(
            "Context: {}; server: {}; token file: {}.",
            context.map_or("none".to_owned(), |it| it.to_string()),
            endpoint.map_or("none".to_owned(), |it| meshery_server::shown(it).to_string()),
            self.token_file()
        )
    }

    /// The token file, with `~` for the home directory.
    pub fn token_file(&self) -> String {
        self.home.short(self.store.file())
    }
}

/// The config file, and whether it is another one than that of the person.
fn load(home: &Home, global: &Global, known: Option<&Config>) -> Result<(Option<Config>, bool)> {
    let path = home.config_file(global.config.as_deref());
    let is_own = || is_same_file(&path, &home.config_yaml());
    let was_own = is_own();
    let config = Config::load_known(&path, global.config.is_some(), known)?;
    Ok((config, !(was_own && is_own())))
}

fn is_same_file(path: &Path, own: &Path) -> bool {
    match (fs::canonicalize(path), fs::canonicalize(own)) {
        (Ok(path), Ok(own)) => path == own,
        _ => path == own,
    }
}

#[cfg(test)]
mod tests;
