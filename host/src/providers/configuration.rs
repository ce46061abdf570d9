//! [`Configuration`]: what decides about the settings of providers beside the command line and the environment.

use std::sync::Arc;

use crate::error::Result;
use crate::plugin::trust::store::Trust;
use crate::storage::administration::Administration;
use crate::storage::home::Home;
use crate::storage::kept_settings::KeptSettings;

/// What the administrator fixed, what the person keeps, and which plugins are trusted to receive it.
#[derive(Debug, Default)]
pub struct Configuration {
    pub administration: Administration,
    pub kept: KeptSettings,
    /// `None` if the trust file cannot be read: then no plugin is trusted.
    pub trust: Option<Trust>,
}

impl Configuration {
    /// # Errors
    /// Those of [`Home::administration`] and [`KeptSettings::load`].
    pub fn load(home: &Home) -> Result<Arc<Self>> {
        Ok(Arc::new(Self {
            administration: home.administration()?.clone(),
            kept: KeptSettings::load(home)?,
            trust: Trust::load(home).ok(),
        }))
    }

    /// The keys of the kept settings that a plugin of this id gets once the person trusts it in place of an earlier one.
    pub fn passed_on(&self, id: &str) -> Vec<String> {
        let Some(trust) = &self.trust else { return Vec::new() };
        self.kept.keys_for(id, |sha256| trust.passes_on(id, sha256))
    }
}
