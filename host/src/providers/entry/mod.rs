//! An entry of the catalog: one provider with its settings, and how it is prepared to act.

mod command;
mod effective;
mod given;
mod kept;
mod ready;
mod row;
mod settings;
mod trial;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mesheryctl_core::manifest::Manifest;
use mesheryctl_core::provider::{Provider, Settings};
use reqwest::Url;

pub use self::effective::{ValueSource, installed};
pub use self::given::Via;
pub use self::ready::ReadyEntry;
pub use self::row::{from_record, from_server, row_id};
pub use self::settings::plugin_variable;
use self::settings::{url_of, url_of_another};
use crate::error::{Command, Error, Result};
use crate::net::url::{self, authority};
use crate::plugin::library::Library;
use crate::plugin::trust::gate::{Candidate, Reach};
use crate::plugin::trust::store::Trust;
use crate::providers::built_in_hosts;
use crate::providers::configuration::Configuration;
use crate::storage::home::Home;
use crate::storage::token_record::TokenRecord;
use crate::terminal::Terminal;
use crate::terminal::note::Notes;

/// One provider of the catalog. It cannot act before [`Entry::prepare`].
pub struct Entry {
    pub manifest: Manifest,
    pub settings: Settings,
    /// Where the value of each setting comes from, by key.
    pub sources: BTreeMap<String, ValueSource>,
    /// What decides about its settings beside the command line and the environment.
    pub configuration: Arc<Configuration>,
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
    /// The bytes of a plugin, once they were read, or why they cannot be: what is judged is what runs.
    library: OnceCell<std::result::Result<Library, String>>,
    /// The settings of the command line and of the person as arguments of `--set`, except values that are secret.
    given: Vec<String>,
    /// The other flags of the command line.
    flags: Command,
    /// The setting from the environment that is invalid, and the error that [`Entry::prepare`] returns for it.
    invalid_setting: Option<(String, Error)>,
    /// Why what the administrator's policy fixed of it cannot be used. It does not act then.
    policy_error: Option<Error>,
    /// Whether the person was asked for a setting.
    was_asked: bool,
}

/// Where the code of a provider is.
pub enum Source {
    BuiltIn(&'static dyn Provider),
    /// Built in, for a provider that only the context's server lists.
    Row(&'static dyn Provider),
    /// A library. It is not loaded before it is chosen and trusted.
    File(PathBuf),
}

impl Entry {
    fn new(manifest: Manifest, source: Source, configuration: &Arc<Configuration>) -> Self {
        Self {
            typed_as: manifest.id.clone(),
            manifest,
            settings: Settings::default(),
            sources: BTreeMap::new(),
            configuration: configuration.clone(),
            detail: None,
            url: None,
            alias: None,
            source,
            plugin_sha256: None,
            library: OnceCell::new(),
            given: Vec::new(),
            flags: Command::default(),
            invalid_setting: None,
            policy_error: None,
            was_asked: false,
        }
    }

    /// Whether the person was asked for a setting.
    pub fn was_asked(&self) -> bool {
        self.was_asked
    }

    pub fn id(&self) -> &str {
        &self.manifest.id
    }

    /// Whether a record with this id is about this provider.
    pub fn has_id(&self, id: &str) -> bool {
        match (&self.source, &self.url) {
            (Source::Row(_), Some(url)) => row::is_row_id(id, url),
            _ => self.id() == id,
        }
    }

    /// Whether the person accepted its code: it is built in, or a plugin whose bytes are trusted. Only then may it take the
    /// place or the name of another provider.
    pub fn is_accepted(&self) -> bool {
        let is_trusted =
            |trust: &Trust| self.file_sha256().is_some_and(|it| trust.allows(self.id(), &it));
        self.is_built_in() || self.relevant_trust().is_some_and(is_trusted)
    }

    /// What is trusted, if that can include a plugin with its id: then it is worth to read the file.
    fn relevant_trust(&self) -> Option<&Trust> {
        self.configuration.trust.as_ref().filter(|it| it.may_allow(self.id()))
    }

    /// The SHA-256 of the file of a plugin, which is only read.
    pub fn file_sha256(&self) -> Option<String> {
        let Source::File(path) = &self.source else { return None };
        let read = || self.library(path).as_ref().ok().map(|it| it.sha256.clone());
        self.plugin_sha256.clone().or_else(read)
    }

    /// The plugin in this file, which is read at most once.
    fn candidate(&self, path: &Path) -> Result<Candidate> {
        Candidate::of(path, self.library(path).clone(), &self.manifest)
    }

    fn library(&self, path: &Path) -> &std::result::Result<Library, String> {
        self.library.get_or_init(|| Library::read(path))
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
        built_in_hosts::owner(url, &self.configuration).map(|it| it.name)
    }

    /// Checks that the administrator's policy allows the plugin, before the person is asked for anything.
    ///
    /// # Errors
    /// `plugin_not_allowed`, and `plugin_unusable` if its file cannot be read.
    pub fn check_allowed(&self) -> Result<()> {
        let policy = &self.configuration.administration;
        match &self.source {
            Source::File(path) if policy.lists_plugins() || policy.decides_trust() => {
                let candidate = self.candidate(path)?;
                match policy.forbids(&candidate.library.sha256) {
                    true => Err(candidate.forbidden()),
                    false => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    /// Checks that the plugin did not change since it was trusted, before the person is asked for anything.
    fn check_unchanged(&self) -> Result<()> {
        match (&self.source, self.relevant_trust()) {
            (Source::File(path), Some(trust)) => self.candidate(path)?.check_unchanged(trust),
            _ => Ok(()),
        }
    }

    fn check_owner(&self) -> Result<()> {
        self.built_in_owner().map_or(Ok(()), |owner| Err(url_of_another(self.name(), &owner)))
    }

    pub fn is_built_in(&self) -> bool {
        !matches!(self.source, Source::File(_))
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
        self.check_allowed()?;
        self.check_unchanged()?;
        self.give(given, terminal)?;
        self.check_values()?;
        self.say_fixed(terminal);
        // Before the question of trust, which names the host of a setting.
        self.ask_missing(false, terminal)?;
        self.take_kept_secrets();
        self.check_owner()?;
        let mut notes = Notes::default();
        let provider: Box<dyn Provider> = match &self.source {
            Source::BuiltIn(provider) | Source::Row(provider) => Box::new(*provider),
            Source::File(path) => {
                let candidate = self.candidate(path)?;
                // They are not needed twice.
                self.library.take();
                self.plugin_sha256 = Some(candidate.library.sha256.clone());
                let (plugin, hosts) = candidate.admit(&self.reach(), home, terminal)?;
                self.check_kept(home)?;
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
        if self.policy_error.is_some() || recorded.is_some_and(|it| !self.inherits(it, home)) {
            return None;
        }
        let recorded = recorded.and_then(|it| it.settings.as_ref());
        if recorded.is_none() {
            self.take_kept_secrets();
        }
        for setting in self.manifest.settings.clone() {
            let recorded = recorded.and_then(|it| it.get(&setting.key));
            if let Some(value) = recorded.and_then(|it| self.checked(&setting.key, it)) {
                // A token is neither sent elsewhere than it is from, nor where the policy does not lead.
                if self.fixed(&setting.key).is_some_and(|it| it != value) {
                    return None;
                }
                self.invalid_setting.take_if(|(key, _)| *key == setting.key);
                self.settings.set(&setting.key, value);
            }
        }
        self.url = url_of(&self.manifest, &self.settings);
        let is_wrong = self.invalid_setting.is_some()
            || self.check_kept(home).is_err()
            || self.built_in_owner().is_some();
        if is_wrong || self.check_required().is_err() {
            return None;
        }
        let mut notes = Notes::default();
        let provider: Box<dyn Provider> = match &self.source {
            Source::BuiltIn(provider) | Source::Row(provider) => Box::new(*provider),
            Source::File(path) => {
                let candidate = self.candidate(path).ok()?;
                self.library.take();
                self.plugin_sha256 = Some(candidate.library.sha256.clone());
                let (plugin, hosts) = candidate.admit_silently(home)?;
                self.manifest.hosts.extend(hosts);
                notes = plugin.notes();
                Box::new(plugin)
            }
        };
        Some(ReadyEntry { entry: self, provider, notes })
    }

    /// Whether a recorded token and its secrets are for this provider. For a plugin: the record names it by its bytes, or one
    /// that it replaced.
    fn inherits(&self, recorded: &TokenRecord, home: &Home) -> bool {
        if self.is_built_in() {
            return true;
        }
        let sha256 = recorded.plugin_sha256.as_deref();
        let trust = Trust::load(home);
        sha256.is_some_and(|sha256| trust.is_ok_and(|it| it.inherits(self.id(), sha256)))
    }

    /// What it may do once it is trusted, as it is shown.
    fn reach(&self) -> Reach {
        let shown = |key: &str| {
            let url = self.settings.get(key).and_then(url::base_url);
            url.map_or_else(|| format!("the host of {key}"), |url| authority(&url))
        };
        Reach::of(&self.manifest, shown)
    }
}
