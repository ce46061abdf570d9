//! The command that signs in with an entry, as it was typed, without secret settings.

use super::Entry;
use crate::error::Command;

impl Entry {
    /// Keeps the flags that were typed besides the provider and its settings.
    pub fn with_flags(mut self, flags: Command) -> Self {
        self.flags = flags;
        self
    }

    /// The command that was typed.
    pub fn command(&self) -> Command {
        self.command_with(&[])
    }

    /// The command that keeps the settings that were given, except for those that are secret.
    pub fn configuring(&self) -> Command {
        let configure = Command::from("mesheryctl system provider configure").value(&self.typed_as);
        let is_open =
            |it: &&String| it.split_once('=').is_some_and(|(key, _)| !self.is_secret(key));
        self.given.iter().filter(is_open).fold(configure, Command::value)
    }

    /// The command that was typed, with a gap for the value of each of these settings. `None` if this
    /// provider has none of them.
    pub fn correction(&self, keys: &[String]) -> Option<Command> {
        let settings = self.manifest.settings.iter();
        let keys: Vec<&str> = settings
            .map(|it| it.key.as_str())
            .filter(|it| keys.iter().any(|key| key == it))
            .collect();
        (!keys.is_empty()).then(|| self.command_with(&keys))
    }

    /// The keys of the settings without a value.
    pub fn unset_settings(&self) -> Vec<String> {
        let settings = self.manifest.settings.iter();
        let unset = settings.filter(|it| self.settings.get(&it.key).is_none_or(str::is_empty));
        unset.map(|it| it.key.clone()).collect()
    }

    fn command_with(&self, gaps: &[&str]) -> Command {
        let login = Command::from("mesheryctl system login --provider").value(&self.typed_as);
        let is_gap = |pair: &str| pair.split_once('=').is_some_and(|(key, _)| gaps.contains(&key));
        let kept = self.given.iter().filter(|pair| !is_gap(pair));
        let login = kept.fold(login, |it, pair| it.literal("--set").value(pair));
        let login = gaps.iter().fold(login, |it, &key| it.literal("--set").value(key).glued("=…"));
        login.then(&self.flags)
    }
}
