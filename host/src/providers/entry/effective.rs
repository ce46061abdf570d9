//! The value of each setting before the command line is read, and where it comes from.

use std::env;
use std::fmt;
use std::sync::Arc;

use mesheryctl_core::manifest::{Manifest, Setting};

use super::settings::{Origin, not_an_address, plugin_variable, url_of, variable};
use super::{Entry, Source};
use crate::error::{Command, Error, Suggestion};
use crate::net::url::{self, authority};
use crate::providers::configuration::Configuration;
use crate::storage::administration::{self, POLICY_FILE};
use crate::terminal::Terminal;
use crate::text::Name;

/// Where the value of a setting comes from; the first that has one counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueSource {
    /// The administrator's policy. Nothing else can change it.
    Policy,
    /// The command line, or the answer to a question.
    Given,
    /// This environment variable.
    Variable(String),
    /// The settings that the person keeps.
    Kept,
    /// The default of the manifest.
    Default,
}

impl ValueSource {
    /// For scripts.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Given => "given",
            Self::Variable(_) => "environment",
            Self::Kept => "kept",
            Self::Default => "default",
        }
    }
}

impl fmt::Display for ValueSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Policy => write!(f, "set by {POLICY_FILE}"),
            Self::Given => f.write_str("given"),
            Self::Variable(name) => f.write_str(name),
            Self::Kept => f.write_str("kept"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// An installed provider. Its settings are those of the administrator's policy, else of the environment, else those that the
/// person keeps, else the manifest's defaults. Secret settings that are kept come later: [`Entry::take_kept_secrets`].
pub fn installed(manifest: Manifest, source: Source, configuration: &Arc<Configuration>) -> Entry {
    let mut entry = Entry::new(manifest, source, configuration);
    entry.policy_error = entry.unknown_fixed_setting();
    for setting in entry.manifest.settings.clone() {
        entry.take_value(&setting);
    }
    entry.url = url_of(&entry.manifest, &entry.settings);
    entry
}

impl Entry {
    /// The value that the administrator's policy has for this setting, in its stored form if it is valid.
    pub(super) fn fixed(&self, key: &str) -> Option<String> {
        let fixed = self.configuration.administration.setting(self.id(), key)?;
        Some(self.checked(key, fixed).unwrap_or_else(|| fixed.to_owned()))
    }

    /// Why what the administrator's policy fixed of it cannot be used, if so.
    pub fn policy_error(&self) -> Option<&Error> {
        self.policy_error.as_ref()
    }

    /// The variable that sets this setting, if it has one.
    pub fn variable(&self, key: &str) -> Option<String> {
        match self.is_built_in() {
            true => Some(variable(self.id(), key)),
            false => plugin_variable(self.id(), key),
        }
    }

    fn take_value(&mut self, setting: &Setting) {
        let key = &setting.key;
        let given = self.variable(key).and_then(|name| {
            let value = env::var_os(&name).filter(|it| !it.is_empty())?;
            Some((name, value.to_string_lossy().into_owned()))
        });
        if let Some(fixed) = self.fixed(key) {
            self.take_fixed(key, &fixed, given);
        } else if let Some((name, value)) = given {
            match self.checked(key, &value) {
                Some(value) => self.adopt(key, value, ValueSource::Variable(name)),
                None => {
                    let error = not_an_address(&Origin::Variable(name), self.id());
                    self.invalid_setting = Some((key.clone(), error));
                }
            }
        } else if let Some(value) = self.kept_value(key) {
            self.adopt(key, value, ValueSource::Kept);
        // An invalid default counts as none.
        } else if let Some(value) = setting.default.as_ref().and_then(|it| self.checked(key, it)) {
            self.adopt(key, value, ValueSource::Default);
        }
    }

    /// `given` is the variable that sets it too, and its value.
    fn take_fixed(&mut self, key: &str, fixed: &str, given: Option<(String, String)>) {
        let Some(value) = self.checked(key, fixed) else {
            let name = Name::new(self.name());
            let message = format!(
                "The policy {POLICY_FILE} is invalid: the setting {key} of {name} must be an https URL, \
                 or http on this computer."
            );
            self.policy_error.get_or_insert_with(|| administration::invalid(&message));
            return;
        };
        let is_other = |(_, it): &(String, String)| self.checked(key, it).as_ref() != Some(&value);
        if let Some((name, _)) = given.filter(is_other) {
            let error = self.is_fixed(key, &format!("{name} cannot be used"));
            let unset = Command::from("unset").value(name);
            let error = error.next(Suggestion::new("Unset it", unset));
            self.invalid_setting = Some((key.to_owned(), error));
        }
        self.adopt(key, value, ValueSource::Policy);
    }

    /// The error for another value of a setting that the administrator's policy fixed; `what` cannot be done.
    pub(super) fn is_fixed(&self, key: &str, what: &str) -> Error {
        let name = Name::new(self.name());
        administration::fixed(&format!("{what}: the setting {key} of {name}"))
    }

    /// Says which settings the administrator's policy decides.
    pub(super) fn say_fixed(&self, terminal: &Terminal) {
        let fixed = self.sources.iter().filter(|(_, source)| **source == ValueSource::Policy);
        let keys: Vec<&str> = fixed.map(|(key, _)| key.as_str()).collect();
        if !keys.is_empty() {
            terminal.say(&format!("Set by {POLICY_FILE}: {}.", keys.join(", ")));
        }
    }

    pub(super) fn adopt(&mut self, key: &str, value: String, source: ValueSource) {
        if source != ValueSource::Default
            && let Some(url) = url::base_url(&value).filter(|_| !self.is_secret(key))
        {
            self.detail = Some(authority(&url));
        }
        self.settings.set(key, value);
        self.sources.insert(key.to_owned(), source);
    }

    /// A key of the policy that the provider does not have would leave open what it was to fix.
    fn unknown_fixed_setting(&self) -> Option<Error> {
        let mut keys = self.configuration.administration.settings(self.id()).map(|(key, _)| key);
        let is_unknown = |key: &&str| self.manifest.settings.iter().all(|it| it.key != **key);
        let (name, key) = (Name::new(self.name()), Name::new(keys.find(is_unknown)?));
        let message = format!("The policy {POLICY_FILE} is invalid: {name} has no setting {key}.");
        Some(administration::invalid(&message))
    }
}
