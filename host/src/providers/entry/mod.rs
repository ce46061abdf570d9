//! An entry of the catalog: one provider with its settings, and how it is prepared to act.

mod command;
mod given;
mod settings;

use std::env;
use std::ops::Deref;
use std::path::PathBuf;

use mesheryctl_core::failure::Failure;
use mesheryctl_core::flows::remote_provider::{self, RemoteProvider};
use mesheryctl_core::manifest::{Account, GENERATION, HostRule, Manifest, Setting};
use mesheryctl_core::provider::{Action, Provider, Request, Settings, SignIn};
use mesheryctl_core::secret::Secret;
use mesheryctl_core::session::Session;
use mesheryctl_core::token::Token;
use reqwest::Url;

pub use self::settings::plugin_variable;
use self::settings::{Origin, not_an_address, url_of, url_of_another, variable};
use crate::error::{Command, Error, Result};
use crate::net::meshery_server::Listed;
use crate::net::url::{self, authority};
use crate::plugin::trust::gate::Candidate;
use crate::plugin::trust::store::Trust;
use crate::providers::built_in_hosts;
use crate::storage::home::Home;
use crate::storage::token_store::TokenRecord;
use crate::terminal::Terminal;
use crate::terminal::note::{Note, Notes};

/// One provider of the catalog. It cannot act before [`Entry::prepare`].
pub struct Entry {
    pub manifest: Manifest,
    pub settings: Settings,
    /// Shown beside the name, if the name alone could mislead.
    pub detail: Option<String>,
    /// The URL by which a Meshery Server identifies this provider; `None` for the provider None.
    pub url: Option<Url>,
    /// The name that the context's server gives it, if it differs.
    pub alias: Option<String>,
    /// What a person types for it: its id, or the name of one that only a server lists, if no other has that name.
    pub typed_as: String,
    source: Source,
    /// The SHA-256 of the plugin, in hexadecimal, once it is admitted.
    pub plugin_sha256: Option<String>,
    /// The settings of the command line and of the person as arguments of `--set`, except values that are secret.
    given: Vec<String>,
    /// The other flags of the command line.
    flags: Command,
    /// The setting from the environment that is invalid, and the error that [`Entry::prepare`] returns for it.
    invalid_setting: Option<(String, Error)>,
}

/// Where the code of a provider is.
pub enum Source {
    BuiltIn(&'static dyn Provider),
    /// A library. It is not loaded before it is chosen and trusted.
    File(PathBuf),
}

/// A provider that may act: its settings are complete, and a plugin is trusted and loaded into memory.
pub struct ReadyEntry {
    entry: Entry,
    provider: Box<dyn Provider>,
    /// What is to be shown about its actions.
    notes: Notes,
}

impl Deref for ReadyEntry {
    type Target = Entry;

    fn deref(&self) -> &Entry {
        &self.entry
    }
}

impl ReadyEntry {
    /// Signs in. `browser` says whether a browser can return to this computer.
    pub fn login(
        &self,
        browser: bool,
        session: &mut dyn Session,
    ) -> std::result::Result<SignIn, Failure> {
        let request = Request { browser, ..Request::new(Action::Login, self.settings.clone()) };
        self.provider.login(&request, session)
    }

    /// The account of the token. `None` if its manifest has no such action.
    pub fn whoami(
        &self,
        token: &Token,
        stored_state: Option<Secret>,
        session: &mut dyn Session,
    ) -> Option<std::result::Result<String, Failure>> {
        if !self.manifest.actions.contains(&Action::Whoami) {
            return None;
        }
        let request = Request::new(Action::Whoami, self.settings.clone());
        let request = Request { token: Some(token.clone()), stored_state, ..request };
        Some(self.provider.whoami(&request, session))
    }

    /// What is to be shown about its actions since the last call.
    pub fn take_notes(&self) -> Vec<Note> {
        self.notes.take()
    }
}

impl Entry {
    pub fn id(&self) -> &str {
        &self.manifest.id
    }

    pub fn name(&self) -> &str {
        &self.manifest.name
    }

    /// Whether it has this name or had it before. Layer5 Cloud was called Meshery, and its downloads still use
    /// that name.
    pub fn is_or_was_called(&self, name: &str) -> bool {
        self.is_called(name) || self.manifest.former_name(name).is_some()
    }

    /// The page on which people create tokens, if its manifest names one.
    pub fn token_page(&self) -> Option<String> {
        self.manifest.token_page_url(&self.settings)
    }

    /// Whether state is stored beside its token. None has no token and no state.
    pub fn has_state(&self) -> bool {
        self.manifest.needs_account()
    }

    /// The built-in provider whose host this plugin uses as its own URL, which no plugin may.
    pub fn built_in_owner(&self) -> Option<String> {
        let url = self.url.as_ref().filter(|_| !self.is_built_in())?;
        built_in_hosts::owner(url).map(|it| it.name)
    }

    fn check_owner(&self) -> Result<()> {
        self.built_in_owner().map_or(Ok(()), |owner| Err(url_of_another(self.name(), &owner)))
    }

    pub fn is_built_in(&self) -> bool {
        matches!(self.source, Source::BuiltIn(_))
    }

    /// Whether this is its name, or an alias from its manifest or the context's server.
    pub fn is_called(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        let alias = self.alias.as_deref().map(str::to_lowercase);
        self.name().to_lowercase() == name
            || alias.is_some_and(|it| it == name)
            || self.manifest.has_alias(&name)
    }

    /// Sets the settings that were given and makes it ready to act. A plugin must be trusted. The person may be asked
    /// for that, and for required settings.
    ///
    /// # Errors
    /// For an invalid or missing setting, and those of [`Candidate::admit`].
    pub fn prepare(
        mut self,
        given: &[String],
        home: &Home,
        terminal: &Terminal,
    ) -> Result<ReadyEntry> {
        self.give(given, terminal)?;
        if let Some((_, error)) = self.invalid_setting.take() {
            return Err(error);
        }
        // Before the question of trust, which names the host of a setting.
        self.ask_missing(false, terminal)?;
        self.check_owner()?;
        let mut notes = Notes::default();
        let provider: Box<dyn Provider> = match &self.source {
            Source::BuiltIn(provider) => Box::new(*provider),
            Source::File(path) => {
                let candidate = Candidate::read(path, &self.manifest)?;
                self.plugin_sha256 = Some(candidate.library.sha256.clone());
                let (plugin, hosts) = candidate.admit(&self.hosts(), home, terminal)?;
                self.manifest.hosts.extend(hosts);
                notes = plugin.notes();
                Box::new(plugin)
            }
        };
        self.ask_missing(true, terminal)?;
        self.check_owner()?;
        Ok(ReadyEntry { entry: self, provider, notes })
    }

    /// Makes it ready to act without a person, with the settings of the login that is recorded. `None` if a setting is
    /// missing, if it is a plugin that is not trusted to run here, or if another plugin with its id signed in.
    pub fn prepare_silently(
        mut self,
        recorded: Option<&TokenRecord>,
        home: &Home,
    ) -> Option<ReadyEntry> {
        if recorded.is_some_and(|it| !self.inherits(it, home)) {
            return None;
        }
        let recorded = recorded.and_then(|it| it.settings.as_ref());
        for setting in self.manifest.settings.clone() {
            let recorded = recorded.and_then(|it| it.get(&setting.key));
            if let Some(value) = recorded.and_then(|it| self.checked(&setting.key, it)) {
                self.invalid_setting.take_if(|(key, _)| *key == setting.key);
                self.settings.set(&setting.key, value);
            }
        }
        self.url = url_of(&self.manifest, &self.settings);
        let is_wrong = self.invalid_setting.is_some() || self.built_in_owner().is_some();
        if is_wrong || self.check_required().is_err() {
            return None;
        }
        let mut notes = Notes::default();
        let provider: Box<dyn Provider> = match &self.source {
            Source::BuiltIn(provider) => Box::new(*provider),
            Source::File(path) => {
                let candidate = Candidate::read(path, &self.manifest).ok()?;
                self.plugin_sha256 = Some(candidate.library.sha256.clone());
                let (plugin, hosts) = candidate.admit_silently(home)?;
                self.manifest.hosts.extend(hosts);
                notes = plugin.notes();
                Box::new(plugin)
            }
        };
        Some(ReadyEntry { entry: self, provider, notes })
    }

    /// Whether a recorded token and its secrets are for this provider: it signed in itself, or replaced the plugin that did.
    fn inherits(&self, recorded: &TokenRecord, home: &Home) -> bool {
        let Some(sha256) = recorded.plugin_sha256.as_ref().filter(|_| !self.is_built_in()) else {
            return true;
        };
        Trust::load(home).is_ok_and(|it| it.inherits(self.id(), sha256))
    }

    /// The hosts that it may connect to, as they are shown.
    fn hosts(&self) -> Vec<String> {
        let of_setting = |key: &str| {
            let url = self.settings.get(key).and_then(url::base_url);
            url.map_or_else(|| format!("the host of {key}"), |url| authority(&url))
        };
        let shown = |rule: &HostRule| match rule {
            HostRule::Setting(key) => of_setting(key),
            rule => rule.to_string(),
        };
        self.manifest.hosts.iter().map(shown).collect()
    }
}

/// An installed provider. Its settings are those of the environment, else the manifest's defaults.
pub fn installed(manifest: Manifest, source: Source) -> Entry {
    let settings = Settings::default();
    let mut entry = Entry {
        typed_as: manifest.id.clone(),
        manifest,
        settings,
        detail: None,
        url: None,
        alias: None,
        source,
        plugin_sha256: None,
        given: Vec::new(),
        flags: Command::default(),
        invalid_setting: None,
    };
    for setting in entry.manifest.settings.clone() {
        let variable = match entry.is_built_in() {
            true => Some(variable(&entry.manifest.id, &setting.key)),
            false => plugin_variable(&entry.manifest.id, &setting.key),
        };
        let variable = variable.unwrap_or_default();
        let given = env::var_os(&variable).filter(|it| !it.is_empty());
        let is_from_environment = given.is_some();
        let given = given.map(|it| it.to_string_lossy().into_owned());
        let Some(value) = given.or(setting.default) else { continue };
        match entry.checked(&setting.key, &value) {
            Some(value) => entry.settings.set(&setting.key, value),
            None if is_from_environment => {
                entry.invalid_setting = Some((
                    setting.key.clone(),
                    not_an_address(&Origin::Variable(variable), &entry.manifest.id),
                ));
            }
            // An invalid default counts as none.
            None => {}
        }
        if is_from_environment
            && let Some(url) = entry.settings.get(&setting.key).and_then(url::base_url)
        {
            entry.detail = Some(authority(&url));
        }
    }
    entry.url = url_of(&entry.manifest, &entry.settings);
    entry
}

/// A remote provider that is known from the server's list only. Its id is its host.
pub fn from_server(listed: &Listed, url: &Url) -> Entry {
    let id = authority(url);
    let name = listed.name.to_string();
    let mut settings = Settings::default();
    settings.set(remote_provider::URL_SETTING, url.as_str());
    let setting = Setting {
        key: remote_provider::URL_SETTING.into(),
        description: String::new(),
        default: None,
        required: true,
        secret: false,
    };
    let manifest = Manifest {
        name,
        version: String::new(),
        description: "Listed by your Meshery Server.".into(),
        publisher: String::new(),
        support: String::new(),
        generation: GENERATION,
        actions: vec![Action::Login, Action::Whoami],
        hosts: vec![HostRule::Setting(remote_provider::URL_SETTING.into())],
        settings: vec![setting],
        meshery_provider: Some(url.to_string()),
        account: Account::Required,
        aliases: Vec::new(),
        former_names: Vec::new(),
        token_page: None,
        id,
    };
    let detail = Some(format!("{}, from your server", manifest.id));
    Entry {
        typed_as: manifest.id.clone(),
        manifest,
        settings,
        detail,
        url: Some(url.clone()),
        alias: None,
        source: Source::BuiltIn(&RemoteProvider),
        plugin_sha256: None,
        given: Vec::new(),
        flags: Command::default(),
        invalid_setting: None,
    }
}
