//! The settings of a provider: from the command line, the environment or the person, checked against its manifest.

use mesheryctl_core::manifest::{HostRule, Manifest, Setting};
use mesheryctl_core::provider::Settings;
use mesheryctl_core::secret::Secret;
use reqwest::Url;

use super::given::{Given, Value, Via};
use super::{Entry, ValueSource};
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::nearest::nearest;
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
    /// As [`Entry::read_given`].
    pub(super) fn give(&mut self, arguments: &[String], terminal: &Terminal) -> Result<()> {
        for (argument, (key, value)) in
            arguments.iter().zip(self.read_given(arguments, Via::Login, terminal)?)
        {
            // The path of a secret is not secret.
            if !self.is_secret(&key) || !Given::parse(argument).is_some_and(|it| it.is_text()) {
                self.given.push(argument.clone());
            }
            self.set(&key, value.expose().to_owned());
        }
        Ok(())
    }

    /// The keys and values of these `KEY=VALUE`, in their stored form.
    ///
    /// # Errors
    /// For an unknown or invalid setting, one that the administrator's policy fixed, or a value that cannot be read.
    pub fn read_given(
        &self,
        arguments: &[String],
        via: Via,
        terminal: &Terminal,
    ) -> Result<Vec<(String, Secret)>> {
        let mut input_is_read = false;
        let mut all = Vec::new();
        for argument in arguments {
            let given = Given::parse(argument).ok_or_else(|| not_key_and_value(via, self.id()))?;
            self.check_known(given.key)?;
            if given.value == Value::StandardInput && std::mem::replace(&mut input_is_read, true) {
                return Err(input_read_twice());
            }
            if self.is_secret(given.key) && given.is_text() {
                terminal.say(&seen_by_others(given.key, via));
            }
            let value = self.accepted(given.key, given.read(via)?.expose(), via)?;
            all.push((given.key.to_owned(), Secret::new(value)));
        }
        Ok(all)
    }

    /// Asks for the required settings that are missing: those that are `secret`, or those that are not.
    ///
    /// # Errors
    /// `setting_missing` if nothing is answered, or a signal.
    pub(super) fn ask_missing(&mut self, secret: bool, terminal: &Terminal) -> Result<()> {
        if !terminal.can_prompt() {
            self.take_kept_secrets();
        }
        self.say_why_not_kept(secret, terminal);
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

    /// Says why a kept secret is missing, before it is asked for or reported.
    fn say_why_not_kept(&self, secret: bool, terminal: &Terminal) {
        if (secret || !terminal.can_prompt()) && self.missing().iter().any(|it| it.secret) {
            self.kept_for_other_hosts().iter().for_each(|it| terminal.say(it));
        }
    }

    /// Checks the values that the environment and the administrator's policy have for its settings.
    ///
    /// # Errors
    /// `setting_invalid`, `set_by_policy` or `policy_invalid`.
    pub fn check_values(&self) -> Result<()> {
        let wrong = self.invalid_setting.as_ref().map(|(_, error)| error);
        self.policy_error.as_ref().or(wrong).map_or(Ok(()), |it| Err(it.clone()))
    }

    fn ask_for(&mut self, key: &str, terminal: &Terminal) -> Result<()> {
        let Some(answer) = self.answer(key, terminal)? else { return self.check_required() };
        if !self.is_secret(key) {
            self.given.push(typed(key, answer.expose()));
        }
        self.was_asked = true;
        self.set(key, answer.expose().to_owned());
        Ok(())
    }

    /// Asks for a setting until the answer is valid; `None` if it is empty.
    fn answer(&self, key: &str, terminal: &Terminal) -> Result<Option<Secret>> {
        let is_secret = self.is_secret(key);
        let question = if is_secret { format!("{key} (hidden): ") } else { format!("{key}: ") };
        loop {
            let answer = Secret::new(prompt::ask(&question, is_secret, None, terminal)?);
            let answer = if is_secret { answer.expose() } else { answer.expose().trim() };
            if answer.is_empty() {
                return Ok(None);
            }
            match self.checked(key, answer) {
                Some(value) => return Ok(Some(Secret::new(value))),
                None => terminal.say(&format!("It {MUST_BE_URL}")),
            }
        }
    }

    /// Asks for each required setting that is missing; the answers that are not empty.
    ///
    /// # Errors
    /// A signal.
    pub fn answers(&self, terminal: &Terminal) -> Result<Vec<(String, Secret)>> {
        let mut all = Vec::new();
        for setting in self.missing() {
            let what = Sentence::new(&setting.description);
            terminal.say(&format!("{} requires the setting {}: {what}", self.name(), setting.key));
            let answer = self.answer(&setting.key, terminal)?;
            all.extend(answer.map(|it| (setting.key.clone(), it)));
        }
        Ok(all)
    }

    /// Sets a value in its stored form.
    pub fn set(&mut self, key: &str, value: String) {
        self.invalid_setting.take_if(|(setting, _)| setting == key);
        // The policy still decides if it is the value that it fixed.
        let source = match self.fixed(key).is_some_and(|it| it == value) {
            true => ValueSource::Policy,
            false => ValueSource::Given,
        };
        self.settings.set(key, value);
        self.sources.insert(key.to_owned(), source);
        self.url = url_of(&self.manifest, &self.settings);
    }

    /// The value in its stored form, if the person may choose it.
    fn accepted(&self, key: &str, value: &str, via: Via) -> Result<String> {
        let origin = Origin::Flag(via, key.to_owned());
        let value = self.checked(key, value).ok_or_else(|| not_an_address(&origin, self.id()))?;
        match self.fixed(key) {
            Some(fixed) if fixed != value => {
                Err(self.is_fixed(key, &format!("{}{key} cannot be used", via.flag())))
            }
            _ => Ok(value),
        }
    }

    /// # Errors
    /// `setting_unknown`.
    pub fn check_known(&self, key: &str) -> Result<()> {
        let known = self.setting_keys();
        if known.contains(&key) {
            return Ok(());
        }
        let (name, shown) = (self.name(), Name::new(key));
        let message = match known.join(", ") {
            known if known.is_empty() => format!("{name} has no settings."),
            known => format!("{name} has no setting {shown}. Available: {known}."),
        };
        let error = Error::new(Code::SettingUnknown, message).nothing_changed();
        let meant = nearest(key, &known).map(|it| Command::default().value(it).glued("=…"));
        Err(meant
            .into_iter()
            .fold(error, |it, meant| it.next(Suggestion::new("Did you mean", meant))))
    }

    /// The keys of its settings, in the order of the manifest.
    pub fn setting_keys(&self) -> Vec<&str> {
        self.manifest.settings.iter().map(|it| it.key.as_str()).collect()
    }

    pub fn is_secret(&self, key: &str) -> bool {
        self.manifest.settings.iter().any(|it| it.key == key && it.secret)
    }

    /// Whether this setting names a host, and so must be a URL.
    pub fn names_a_host(&self, key: &str) -> bool {
        names_a_host(&self.manifest, key)
    }

    /// The value in its stored form. `None` if the setting names a host and the value is not a URL that this
    /// program connects to.
    pub(super) fn checked(&self, key: &str, value: &str) -> Option<String> {
        match names_a_host(&self.manifest, key) {
            true => url::base_url(value).map(|url| url.as_str().trim_end_matches('/').to_owned()),
            false => Some(value.to_owned()),
        }
    }

    /// The required settings without a value.
    pub fn missing(&self) -> Vec<&Setting> {
        let is_missing =
            |it: &&Setting| it.required && self.settings.get(&it.key).is_none_or(str::is_empty);
        self.manifest.settings.iter().filter(is_missing).collect()
    }

    /// # Errors
    /// `setting_missing` names every required setting without a value, and how to give all of them.
    pub(super) fn check_required(&self) -> Result<()> {
        self.missing_error(Via::Login).map_or(Ok(()), Err)
    }

    /// The error for required settings without a value, if there are any.
    pub fn missing_error(&self, via: Via) -> Option<Error> {
        let missing = self.missing();
        let (name, keys) = (self.name(), missing.iter().map(|it| it.key.as_str()));
        let message = match missing.as_slice() {
            [] => return None,
            [one] => {
                let what = Line::new(&one.description);
                format!("{name} requires the setting {}: {what}", one.key)
            }
            _ => format!("{name} requires the settings {}.", keys.collect::<Vec<_>>().join(", ")),
        };
        let command = match via {
            Via::Login => self.command(),
            Via::Configure => self.configuring(),
            Via::Try | Via::Validate => Command::again(),
        };
        let set = missing.iter().fold(command, |command, setting| {
            let value = if setting.secret { "=@FILE" } else { "=…" };
            command.then(&via.word(&setting.key)).glued(value)
        });
        let error = Error::new(Code::SettingMissing, message).nothing_changed();
        Some(error.next(Suggestion::new("Set it", set)))
    }
}

/// The `--set` argument that gives this text.
fn typed(key: &str, text: &str) -> String {
    let escape = if text.starts_with('@') { "@" } else { "" };
    format!("{key}={escape}{text}")
}

/// Without the value. The manifest checks the characters of a key.
fn seen_by_others(key: &str, via: Via) -> String {
    let set = unbreakable(&format!("{}{key}=@FILE", via.flag()));
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
fn not_key_and_value(via: Via, id: &str) -> Error {
    let (message, example) = match via {
        Via::Login => (
            "--set takes KEY=VALUE.",
            Command::from("mesheryctl system login --set url=https://sso.example.org"),
        ),
        Via::Try | Via::Validate => {
            ("--set takes KEY=VALUE.", via.command(id, "url").glued("=https://sso.example.org"))
        }
        Via::Configure => {
            ("A setting is given as KEY=VALUE.", via.command(id, "KEY").glued("=VALUE"))
        }
    };
    Error::new(Code::SettingInvalid, message)
        .nothing_changed()
        .next(Suggestion::new("Example", example))
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
    Flag(Via, String),
    Variable(String),
}

pub(super) fn not_an_address(origin: &Origin, id: &str) -> Error {
    let (name, suggestion) = match origin {
        Origin::Flag(via, key) => {
            let such_as = via.command(id, key).glued("=https://…");
            (format!("{}{key}", via.flag()), Suggestion::new("Example", such_as))
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
