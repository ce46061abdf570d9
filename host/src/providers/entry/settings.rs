//! The settings of a provider: from the command line and the environment, checked against its manifest.

use mesheryctl_core::manifest::{HostRule, Manifest, Setting};
use mesheryctl_core::provider::Settings;
use reqwest::Url;

use super::Entry;
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::net::url;
use crate::text::{Line, Name};

impl Entry {
    pub(super) fn set(&mut self, key: &str, value: &str) -> Result<()> {
        let Manifest { settings, id, .. } = &self.manifest;
        if !settings.iter().any(|it| it.key == key) {
            let known: Vec<&str> = settings.iter().map(|it| it.key.as_str()).collect();
            let (name, key) = (self.name(), Name::new(key));
            let message = match known.join(", ") {
                known if known.is_empty() => {
                    format!("{name} has no settings.")
                }
                known => {
                    format!("{name} has no setting {key}. Available: {known}.")
                }
            };
            return Err(Error::new(Code::SettingUnknown, message).nothing_changed());
        }
        self.invalid_setting.take_if(|(setting, _)| setting == key);
        let given = Given::Flag(key.to_owned());
        let value = self.checked(key, value).ok_or_else(|| not_an_address(&given, id))?;
        if !self.manifest.settings.iter().any(|it| it.key == key && it.secret) {
            self.given.push(format!("{key}={value}"));
        }
        self.settings.set(key, value);
        self.url = url_of(&self.manifest, &self.settings);
        Ok(())
    }

    /// The value in its stored form. `None` if the setting names a host and the value is not a URL that this
    /// program connects to.
    pub(super) fn checked(&self, key: &str, value: &str) -> Option<String> {
        match names_a_host(&self.manifest, key) {
            true => url::base_url(value).map(|url| url.as_str().trim_end_matches('/').to_owned()),
            false => Some(value.to_owned()),
        }
    }

    pub(super) fn check_required(&self) -> Result<()> {
        let missing =
            |it: &&Setting| it.required && self.settings.get(&it.key).is_none_or(str::is_empty);
        let Some(setting) = self.manifest.settings.iter().find(missing) else { return Ok(()) };
        let (name, key) = (self.name(), &setting.key);
        let what = Line::new(&setting.description);
        let message = format!("{name} requires the setting {key}: {what}");
        Err(Error::new(Code::SettingMissing, message).nothing_changed().next(Suggestion::new(
            "Set it",
            self.command().literal("--set").value(key).glued("=…"),
        )))
    }
}

pub(super) fn url_of(manifest: &Manifest, settings: &Settings) -> Option<Url> {
    manifest.meshery_provider.as_deref().and_then(|it| address_of(it, settings))
}

/// The variable of a setting: `MESHERYCTL_LAYER5_URL` for the setting `url` of `layer5`.
pub(super) fn variable(id: &str, key: &str) -> String {
    format!("MESHERYCTL_{id}_{key}").to_uppercase().replace('-', "_")
}

fn names_a_host(manifest: &Manifest, key: &str) -> bool {
    manifest.hosts.iter().any(|rule| matches!(rule, HostRule::Setting(it) if it == key))
}

fn address_of(template: &str, settings: &Settings) -> Option<Url> {
    match template.strip_prefix("{setting:").and_then(|it| it.strip_suffix('}')) {
        Some(key) => url::base_url(settings.get(key)?),
        None => url::base_url(template),
    }
}

/// Without the text that was given, which may be a secret.
pub(super) fn not_key_and_value() -> Error {
    let message = "--set takes KEY=VALUE.";
    Error::new(Code::SettingInvalid, message).nothing_changed().next(Suggestion::new(
        "Example",
        "mesheryctl system login --set url=https://sso.example.org",
    ))
}

/// A setting made a plugin claim the URL of a built-in provider.
pub(super) fn url_of_another(name: &str, owner: &str) -> Error {
    let message = format!("{name} cannot use this URL: it belongs to {owner}.");
    Error::new(Code::SettingInvalid, message).nothing_changed().next(Suggestion::new(
        "Sign in there",
        Command::from("mesheryctl system login --provider").value(owner),
    ))
}

/// How a setting was given.
pub(super) enum Given {
    Flag(String),
    Variable(String),
}

pub(super) fn not_an_address(given: &Given, id: &str) -> Error {
    let (name, suggestion) = match given {
        Given::Flag(key) => {
            let login = Command::from("mesheryctl system login --provider").value(id);
            let such_as = login.literal("--set").value(key).glued("=https://…");
            (format!("--set {key}"), Suggestion::new("Example", such_as))
        }
        Given::Variable(name) => {
            (name.clone(), Suggestion::new("Unset it", Command::from("unset").value(name)))
        }
    };
    let message = format!("{name} must be an https URL, or http on this computer.");
    Error::new(Code::SettingInvalid, message).nothing_changed().next(suggestion)
}
