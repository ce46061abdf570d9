//! An entry whose plugin runs once because its file was named for that.

use std::path::Path;
use std::sync::Arc;

use super::{Entry, ReadyEntry, Source, installed};
use crate::error::Result;
use crate::plugin::trial::Trial;
use crate::providers::configuration::Configuration;
use crate::storage::administration::Administration;
use crate::terminal::Terminal;

impl Entry {
    /// The entry of a plugin that may not be trusted: what the person keeps for a plugin of this id is not for it.
    pub fn on_trial(trial: &Trial, file: &Path, administration: Administration) -> Self {
        let configuration = Configuration { administration, ..Configuration::default() };
        installed(trial.manifest.clone(), Source::File(file.to_owned()), &Arc::new(configuration))
    }

    /// As [`Entry::prepare`], without the question of trust. These are the keys and values that were given.
    ///
    /// # Errors
    /// For an invalid or missing setting.
    pub fn prepare_trial(
        mut self,
        given: Vec<(String, String)>,
        trial: Trial,
        terminal: &Terminal,
    ) -> Result<ReadyEntry> {
        given.into_iter().for_each(|(key, value)| self.set(&key, value));
        self.check_values()?;
        self.say_fixed(terminal);
        self.ask_missing(false, terminal)?;
        self.ask_missing(true, terminal)?;
        self.check_owner()?;
        self.plugin_sha256 = Some(trial.sha256.clone());
        let plugin = trial.into_plugin();
        let notes = plugin.notes();
        Ok(ReadyEntry { entry: self, provider: Box::new(plugin), notes })
    }
}
