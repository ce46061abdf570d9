//! The settings that the person keeps for a provider, and to whom they are given: to the built-in provider, or to the plugin
//! that they were kept for and those that replaced it with the person's trust. Secrets go only where they were kept for.

use std::collections::BTreeMap;

use mesheryctl_core::manifest::HostRule;

use super::{Entry, ValueSource};
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::plugin::trust::store::Trust;
use crate::storage::home::Home;
use crate::storage::kept_settings::KeptSecrets;

impl Entry {
    /// Whether what is kept under its id for this plugin, or for a built-in provider, is for it.
    pub fn may_have(&self, plugin: Option<&str>) -> bool {
        let trust = self.configuration.trust.as_ref();
        match plugin {
            None => self.is_built_in(),
            Some(sha256) => {
                let inherits = || trust.is_some_and(|it| it.inherits(self.id(), sha256));
                !self.is_built_in() && inherits() && self.is_accepted()
            }
        }
    }

    /// The kept value of a setting that is not secret, in its stored form.
    pub(super) fn kept_value(&self, key: &str) -> Option<String> {
        let kept = &self.configuration.kept;
        let value = kept.value(self.id(), key).filter(|_| !self.is_secret(key))?;
        let value = self.checked(key, value)?;
        self.may_have(kept.owner(self.id())?).then_some(value)
    }

    fn kept_secrets(&self) -> Option<&KeptSecrets> {
        let secrets = self.configuration.kept.secrets(self.id())?;
        self.may_have(secrets.plugin.as_deref()).then_some(secrets)
    }

    /// Takes the secret settings that are kept, unless they were kept for other hosts than those that the settings name now.
    pub fn take_kept_secrets(&mut self) {
        let Some(secrets) = self.kept_secrets().filter(|it| it.hosts == self.hosts_of_settings())
        else {
            return;
        };
        for (key, value) in secrets.values.clone() {
            let is_open = matches!(self.sources.get(&key), None | Some(ValueSource::Default));
            let value = self.checked(&key, value.expose());
            if let Some(value) = value.filter(|_| is_open && self.is_secret(&key)) {
                self.adopt(&key, value, ValueSource::Kept);
            }
        }
    }

    /// Why a kept secret is not used, as a sentence: the settings name another host than it was kept for.
    pub fn kept_for_other_hosts(&self) -> Option<String> {
        let now = self.hosts_of_settings();
        let secrets = self.kept_secrets().filter(|it| it.hosts != now)?;
        let keys = secrets.values.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let hosts = secrets.hosts.values().map(String::as_str).collect::<Vec<_>>().join(", ");
        let hosts = if hosts.is_empty() { "no host".to_owned() } else { hosts };
        Some(format!("The kept setting {keys} was kept for {hosts} and is not used elsewhere."))
    }

    /// The settings that name a host, except secret ones.
    pub fn hosts_of_settings(&self) -> BTreeMap<String, String> {
        let keys = self.manifest.hosts.iter().filter_map(|rule| match rule {
            HostRule::Setting(key) if !self.is_secret(key) => Some(key),
            _ => None,
        });
        keys.filter_map(|key| Some((key.clone(), self.settings.get(key)?.to_owned()))).collect()
    }

    /// Checks again, after the plugin was admitted, that it may have what is kept: its trust may have changed meanwhile.
    ///
    /// # Errors
    /// `plugin_untrusted`.
    pub(super) fn check_kept(&self, home: &Home) -> Result<()> {
        let kept = &self.configuration.kept;
        if self.is_built_in() || !self.sources.values().any(|it| *it == ValueSource::Kept) {
            return Ok(());
        }
        let trust = Trust::load(home)?;
        let of_secrets = kept.secrets(self.id()).map(|it| it.plugin.as_deref());
        let mut owners = [kept.owner(self.id()), of_secrets].into_iter().flatten().flatten();
        if owners.all(|sha256| trust.inherits(self.id(), sha256)) {
            return Ok(());
        }
        let message = format!("The trust in the plugin {} changed meanwhile.", self.name());
        Err(Error::new(Code::PluginUntrusted, message)
            .nothing_changed()
            .next(Suggestion::new("Try again", Command::again())))
    }
}
