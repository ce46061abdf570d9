//! The target of a command: which token file and which Meshery Server it is about.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::cli::Global;
use crate::config::{Config, Context, unknown_context};
use crate::home::Home;
use crate::http::Http;
use crate::problem::{Exit, Problem, Result};
use crate::server::Server;
use crate::terminal::Terminal;
use crate::token_store::{self, TokenStore};

/// Found from `-c`, `--config` and config.yaml; without them it is the default token file and no server.
pub struct Target {
    pub home: Home,
    pub context: Option<Context>,
    pub store: TokenStore,
    config: Option<(PathBuf, Config)>,
    /// The context names no token that the config lists: the default file serves, and is then listed.
    unlisted: bool,
}

impl Target {
    pub fn find(global: &Global) -> Result<Self> {
        let home = Home::find()?;
        let path = global.config.clone().unwrap_or_else(|| home.config_yaml());
        let config = Config::load(&path, global.config.is_some())?;
        let context = match (&config, &global.context) {
            (Some(config), named) => config.context(named.as_deref())?,
            (None, Some(name)) => return Err(unknown_context(name, None)),
            (None, None) => None,
        };
        let location = match (&config, &context) {
            (Some(config), Some(context)) => {
                config.token_location(context, &home.meshery(), home.path())
            }
            _ => None,
        };
        let unlisted = context.is_some() && location.is_none();
        let store = TokenStore::at(location.unwrap_or_else(|| home.auth_json()))?;
        Ok(Self { home, context, store, config: config.map(|it| (path, it)), unlisted })
    }

    /// The server that an existing config names, if it may be asked.
    pub fn server<'a>(&self, http: &'a Http, terminal: &Terminal) -> Option<Server<'a>> {
        let endpoint = self.context.as_ref()?.endpoint.as_deref()?;
        match Server::at(endpoint, http) {
            Ok(server) => Some(server),
            Err(why) => {
                terminal.detail(&format!("Not asking the server of this context: {why}."));
                None
            }
        }
    }

    /// Lists the token file in the config, where the context needs that for the Go CLI to find it.
    pub fn list_token(&self) -> Result<()> {
        let (Some((path, config)), Some(context), true) =
            (&self.config, &self.context, self.unlisted)
        else {
            return Ok(());
        };
        let Some(text) = config.with_token_entry(&context.name)? else { return Ok(()) };
        let unchanged = fs::read(path).is_ok_and(|now| now == config.text().as_bytes());
        let replaced = if unchanged {
            token_store::replace(path, &text)
        } else {
            Err(io::Error::other("somebody else has just changed it"))
        };
        replaced.map_err(|error| not_listed(path, &error))
    }

    /// The token file as people write it.
    pub fn token_file(&self) -> String {
        self.home.short(self.store.file())
    }
}

fn not_listed(path: &Path, error: &io::Error) -> Problem {
    let path = path.display();
    Problem::new("config_not_written", Exit::NotStored, format!("Cannot write {path}: {error}."))
        .unchanged(path)
}
