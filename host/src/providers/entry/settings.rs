//! The settings of a provider: from the command line, the environment or the person, checked against its manifest.

use mesheryctl_core::manifest::{HostRule, Manifest, Setting};
use mesheryctl_core::provider::Settings;
use mesheryctl_core::secret::Secret;
use reqwest::Url;

use super::Entry;
use super::given::{Given, Value};
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::net::url;
use crate::terminal::Terminal;
use crate::terminal::layout::unbreakable;
use crate::terminal::prompt;
use crate::text::{Line, Name, Sentence};

/// What an address must be, as a clause after its name.
const MUST_BE_URL: &str = "must be an https URL, or http on this computer.";

impl Entry {
    /// Sets what `--set` was given.
    ///
    /// # Errors
    /// For an unknown or invalid setting, or a value that cannot be read.
    pub(super) fn give(&mut self, arguments: &[String], terminal: &Terminal) -> Result<()> {
        let mut input_is_read = false;
        for argument in arguments {
            let given = Given::parse(argument).ok_or_else(not_key_and_value)?;
            self.check_known(given.key)?;
            if given.value == Value::StandardInput && std::mem::replace(&mut input_is_read, true) {
                return Err(input_read_twice());
            }
            let is_text = matches!(given.value, Value::Text(_));
            let is_secret = self.is_secret(given.key);
            if is_secret && is_text {
                terminal.say(&seen_by_others(given.key));
            }
            self.set(given.key, given.read()?.expose())?;
            // The path of a secret is not secret.
            if !(is_secret && is_text) {
                self.given.push(argument.clone());
            }
        }
        Ok(())
    }

    /// Asks for the required settings that are missing: those that are `secret`, or those that are not.
    ///
    /// # Errors
    /// `setting_missing` if nothing is answered, or a signal.
    pub(super) fn ask_missing(&mut self, secret: bool, terminal: &Terminal) -> Result<()> {
        if !terminal.can_prompt() {
            return self.check_required();
        }
        let missing = self.missing().into_iter().filter(|it| it.secret == secret);
        for Setting { key, description, .. } in missing.cloned().collect::<Vec<_>>() {
            let what = Sentence::new(&description);
            terminal.say(&format!("{} requires the setting {key}: {what}", self.name()));
            self.ask_for(&key, terminal)?;
        }
        Ok(())
    }

    /// Asks until the answer is valid.
    fn ask_for(&mut self, key: &str, terminal: &Terminal) -> Result<()> {
        let is_secret = self.is_secret(key);
        let question = if is_secret { format!("{key} (hidden): ") } else { format!("{key}: ") };
        loop {
            let answer = Secret::new(prompt::ask(&question, is_secret, None, terminal)?);
            let answer = if is_secret { answer.expose() } else { answer.expose().trim() };
            if answer.is_empty() {
                return self.check_required();
            }
            if self.checked(key, answer).is_none() {
                terminal.say(&format!("It {MUST_BE_URL}"));
                continue;
            }
            if !is_secret {
                self.given.push(typed(key, answer));
            }
            return self.set(key, answer);
        }
    }

    fn set(&mut self, key: &str, value: &str) -> Result<()> {
        self.invalid_setting.take_if(|(setting, _)| setting == key);
        let origin = Origin::Flag(key.to_owned());
        let value = self.checked(key, value).ok_or_else(|| not_an_address(&origin, self.id()))?;
        self.settings.set(key, value);
        self.url = url_of(&self.manifest, &self.settings);
        Ok(())
    }

    fn check_known(&self, key: &str) -> Result<()> {
        let settings = &self.manifest.settings;
        if settings.iter().any(|it| it.key == key) {
            return Ok(());
        }
        let known: Vec<&str> = settings.iter().map(|it| it.key.as_str()).collect();
        let (name, key) = (self.name(), Name::new(key));
        let message = match known.join(", ") {
            known if known.is_empty() => format!("{name} has no settings."),
            known => format!("{name} has no setting {key}. Available: {known}."),
        };
        Err(Error::new(Code::SettingUnknown, message).nothing_changed())
    }

    fn is_secret(&self, key: &str) -> bool {
        self.manifest.settings.iter().any(|it| it.key == key && it.secret)
    }

    /// The value in its stored form. `None` if the setting names a host and the value is not a URL that this
    /// program connects to.
    pub(super) fn checked(&self, key: &str, value: &str) -> Option<String> {
        match names_a_host(&self.manifest, key) {
            true => url::base_url(value).map(|url| url.as_str().trim_end_matches('/').to_owned()),
            false => Some(value.to_owned()),
        }
    }

    fn missing(&self) -> Vec<&Setting> {
        let is_missing =
            |it: &&Setting| it.required && self.settings.get(&it.key).is_none_or(str::is_empty);
        self.manifest.settings.iter().filter(is_missing).collect()
    }

    /// # Errors
    /// `setting_missing` names every required setting without a value, and how to give all of them.
    pub(super) fn check_required(&self) -> Result<()> {
        let missing = self.missing();
        let (name, keys) = (self.name(), missing.iter().map(|it| it.key.as_str()));
        let message = match missing.as_slice() {
            [] => return Ok(()),
            [one] => {
                let what = Line::new(&one.description);
                format!("{name} requires the setting {}: {what}", one.key)
            }
            _ => format!("{name} requires the settings {}.", keys.collect::<Vec<_>>().join(", ")),
        };
        let set = missing.iter().fold(self.command(), |command, setting| {
            let value = if setting.secret { "=@FILE" } else { "=…" };
            command.literal("--set").value(&setting.key).glued(value)
        });
        let error = Error::new(Code::SettingMissing, message).nothing_changed();
        Err(error.next(Suggestion::new("Set it", set)))
    }
}

/// The `--set` argument that gives this text.
fn typed(key: &str, text: &str) -> String {
    let escape = if text.starts_with('@') { "@" } else { "" };
    format!("{key}={escape}{text}")
}

/// Without the value. The manifest checks the characters of a key.
fn seen_by_others(key: &str) -> String {
    let set = unbreakable(&format!("--set {key}=@FILE"));
    format!("Other users can read {key} in the process list. To avoid that, use {set}.")
}

fn input_read_twice() -> Error {
    let message = "Standard input can be read for one setting only.";
    Error::new(Code::SettingInvalid, message).nothing_changed()
}

pub(super) fn url_of(manifest: &Manifest, settings: &Settings) -> Option<Url> {
    manifest.meshery_provider.as_deref().and_then(|it| address_of(it, settings))
}

/// The variable of a setting of a built-in provider: `MESHERYCTL_LAYER5_URL` for the setting `url` of `layer5`.
pub(super) fn variable(id: &str, key: &str) -> String {
    format!("MESHERYCTL_{id}_{key}").to_uppercase().replace('-', "_")
}

/// The variable of a setting of a plugin: `MESHERYCTL_ACME_SSO__API_KEY` for the setting `api_key` of `acme-sso`. `None`
/// if the variable could be one of another plugin too, because its only `__` must stand between id and key.
pub fn plugin_variable(id: &str, key: &str) -> Option<String> {
    let id = id.replace('-', "_");
    let is_clear = |it: &str| !it.contains("__") && !it.starts_with('_') && !it.ends_with('_');
    let is_unique = is_clear(&id) && is_clear(key);
    is_unique.then(|| format!("MESHERYCTL_{id}__{key}").to_uppercase())
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

/// Where a setting comes from.
pub(super) enum Origin {
    Flag(String),
    Variable(String),
}

pub(super) fn not_an_address(origin: &Origin, id: &str) -> Error {
    let (name, suggestion) = match origin {
        Origin::Flag(key) => {
            let login = Command::from("mesheryctl system login --provider").value(id);
            let such_as = login.literal("--set").value(key).glued("=https://…");
            (format!("--set {key}"), Suggestion::new("Example", such_as))
        }
        Origin::Variable(name) => {
            (name.clone(), Suggestion::new("Unset it", Command::from("unset").value(name)))
        }
    };
    let message = format!("{name} {MUST_BE_URL}");
    Error::new(Code::SettingInvalid, message).nothing_changed().next(suggestion)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_settings_of_plugins_have_the_same_variable() {
        for (id, key, variable) in [
            ("acme-sso", "api_key", Some("MESHERYCTL_ACME_SSO__API_KEY")),
            ("acme", "sso_api_key", Some("MESHERYCTL_ACME__SSO_API_KEY")),
            ("a", "b", Some("MESHERYCTL_A__B")),
            ("a--b", "c", None),
            ("a", "b__c", None),
            ("a-", "b", None),
            ("a", "_b", None),
            ("a", "b_", None),
        ] {
            assert_eq!(plugin_variable(id, key).as_deref(), variable, "{id} {key}");
        }
    }
}
