//! [`KeptSettings`]: the settings of providers that the person keeps for later logins, and the default provider. Settings that
//! are secret are in a file of their own, each with the plugin and the hosts that may receive it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use mesheryctl_core::secret::Secret;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::storage::atomic_file::MAX_LENGTH;
use crate::storage::home::Home;
use crate::storage::lock::Lock;
use crate::storage::own_file::{self, Unusable};
use crate::storage::write_error::not_stored;

/// The names of the files, in `~/.meshery`.
pub const SETTINGS_FILE: &str = "providers.json";
pub const SECRETS_FILE: &str = "provider-secrets.json";

const VERSION: u64 = 1;

/// The contents of both files.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct KeptSettings {
    open: Open,
    secret: Secrets,
}

/// The settings that are no secrets. Members of other programs and later versions are preserved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Open {
    version: u64,
    /// The id of the provider that a login uses unless another is named.
    #[serde(default)]
    default: Option<String>,
    /// By provider id and key.
    #[serde(default)]
    settings: BTreeMap<String, BTreeMap<String, String>>,
    /// The SHA-256 of the plugin that the settings of an id were kept for, in hexadecimal. Settings without one are of a
    /// built-in provider.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    plugins: BTreeMap<String, String>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Secrets {
    version: u64,
    /// By provider id.
    #[serde(default)]
    secrets: BTreeMap<String, KeptSecrets>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

/// The secret settings of one provider, and who may receive them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct KeptSecrets {
    /// The SHA-256 of the plugin, in hexadecimal; none for a built-in provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin: Option<String>,
    /// The settings that name hosts, as they were. With others, the secrets would go to another host.
    #[serde(default)]
    pub hosts: BTreeMap<String, String>,
    #[serde(default)]
    pub values: BTreeMap<String, Secret>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

impl Default for Open {
    fn default() -> Self {
        Self {
            version: VERSION,
            default: None,
            settings: BTreeMap::new(),
            plugins: BTreeMap::new(),
            others: Map::new(),
        }
    }
}

impl Default for Secrets {
    fn default() -> Self {
        Self { version: VERSION, secrets: BTreeMap::new(), others: Map::new() }
    }
}

impl KeptSettings {
    /// Reads both files; a missing one keeps nothing.
    ///
    /// # Errors
    /// `kept_settings_invalid` if one cannot be used, or another user can change it.
    pub fn load(home: &Home) -> Result<Self> {
        let open = parsed::<Open>(&settings_file(home))?;
        let secret = parsed::<Secrets>(&secrets_file(home))?;
        Ok(Self { open, secret })
    }

    pub fn default_provider(&self) -> Option<&str> {
        self.open.default.as_deref()
    }

    pub fn set_default_provider(&mut self, id: Option<&str>) {
        self.open.default = id.map(str::to_owned);
    }

    /// The SHA-256 of the plugin that the settings of this id are of. `Some(None)` is a built-in provider; `None`: nothing is
    /// kept.
    pub fn owner(&self, id: &str) -> Option<Option<&str>> {
        let open = self.open.settings.get(id).map(|_| self.open.plugins.get(id));
        let secret = || self.secret.secrets.get(id).map(|it| it.plugin.as_ref());
        open.or_else(secret).map(|it| it.map(String::as_str))
    }

    /// A setting that is not secret.
    pub fn value(&self, id: &str, key: &str) -> Option<&str> {
        self.open.settings.get(id)?.get(key).map(String::as_str)
    }

    pub fn secrets(&self, id: &str) -> Option<&KeptSecrets> {
        self.secret.secrets.get(id)
    }

    /// The keys of everything that is kept of a provider, those of secrets last.
    pub fn keys(&self, id: &str) -> Vec<String> {
        let open = self.open.settings.get(id).into_iter().flat_map(|it| it.keys());
        let secret = self.secrets(id).into_iter().flat_map(|it| it.values.keys());
        open.chain(secret).cloned().collect()
    }

    /// The keys of what is kept of a provider for a plugin whose SHA-256 `is_wanted`.
    pub fn keys_for(&self, id: &str, is_wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let is_of = |owner: Option<&String>| owner.is_some_and(|it| is_wanted(it));
        let open = self.open.settings.get(id).filter(|_| is_of(self.open.plugins.get(id)));
        let secret = self.secrets(id).filter(|it| is_of(it.plugin.as_ref()));
        let open = open.into_iter().flat_map(|it| it.keys());
        open.chain(secret.into_iter().flat_map(|it| it.values.keys())).cloned().collect()
    }

    /// Removes everything that is kept of a provider.
    pub fn forget(&mut self, id: &str) {
        self.open.settings.remove(id);
        self.open.plugins.remove(id);
        self.secret.secrets.remove(id);
    }

    pub fn remove(&mut self, id: &str, key: &str) {
        if let Some(settings) = self.open.settings.get_mut(id) {
            settings.remove(key);
        }
        if let Some(secrets) = self.secret.secrets.get_mut(id) {
            secrets.values.remove(key);
        }
        self.open.settings.retain(|_, it| !it.is_empty());
        self.secret.secrets.retain(|_, it| !it.values.is_empty());
        if !self.open.settings.contains_key(id) {
            self.open.plugins.remove(id);
        }
    }

    /// Keeps settings that are not secret, for the plugin with this SHA-256 or a built-in provider.
    pub fn keep(&mut self, id: &str, plugin: Option<&str>, values: BTreeMap<String, String>) {
        if !values.is_empty() {
            self.open.settings.entry(id.to_owned()).or_default().extend(values);
        }
        if let Some(sha256) = plugin.filter(|_| self.open.settings.contains_key(id)) {
            self.open.plugins.insert(id.to_owned(), sha256.to_owned());
        }
    }

    /// The place of secret settings of a provider.
    pub fn secrets_mut(&mut self, id: &str) -> &mut KeptSecrets {
        self.secret.secrets.entry(id.to_owned()).or_default()
    }

    /// Changes the files under their lock. Reads them again first: another process may have changed them. What is not
    /// changed is not written.
    ///
    /// # Errors
    /// `not_stored`, and those of [`KeptSettings::load`].
    pub fn change(home: &Home, change: impl FnOnce(&mut Self)) -> Result<Self> {
        let path = settings_file(home);
        own_file::check_folders(&path).map_err(|why| unusable(&path, &why))?;
        let _lock = Lock::take(&path)?;
        let old = Self::load(home)?;
        let mut new = old.clone();
        change(&mut new);
        // In either order: secrets are not used with other hosts than they are stored with.
        if new.secret != old.secret {
            write(&secrets_file(home), &new.secret)?;
        }
        if new.open != old.open {
            write(&path, &new.open)?;
        }
        Ok(new)
    }
}

fn settings_file(home: &Home) -> PathBuf {
    home.meshery().join(SETTINGS_FILE)
}

fn secrets_file(home: &Home) -> PathBuf {
    home.meshery().join(SECRETS_FILE)
}

fn write(path: &Path, contents: &impl Serialize) -> Result<()> {
    let bytes = serde_json::to_vec_pretty(contents).map_err(io::Error::other);
    let short = bytes.and_then(|it| match it.len() as u64 <= MAX_LENGTH {
        true => Ok(it),
        false => Err(io::Error::other("it would be larger than 1 MiB")),
    });
    short.and_then(|it| own_file::write(path, &it)).map_err(|error| not_stored(path, &error))
}

/// The contents of a file, if it is of this version. The error quotes none of them.
fn parsed<T: DeserializeOwned + Default>(path: &Path) -> Result<T> {
    let Some(bytes) = own_file::read(path).map_err(|why| unusable(path, &why))? else {
        return Ok(T::default());
    };
    let version = serde_json::from_slice::<Value>(&bytes)
        .map_err(|error| broken(path, &error))
        .map(|it| it.get("version").and_then(Value::as_u64))?;
    match version {
        Some(VERSION) => serde_json::from_slice(&bytes).map_err(|error| broken(path, &error)),
        Some(newer) if newer > VERSION => Err(newer_version(path)),
        _ => Err(invalid(path, "it has no version")),
    }
}

fn broken(path: &Path, error: &serde_json::Error) -> Error {
    let (line, column) = (error.line(), error.column());
    let what = if error.is_data() { "another type is expected" } else { "it is no valid JSON" };
    invalid(path, &format!("line {line}, column {column}: {what}"))
}

fn unusable(path: &Path, why: &Unusable) -> Error {
    match why {
        Unusable::Because(why) => invalid(path, why),
        Unusable::OpenFolder(folder) => {
            let shown = folder.display().to_string();
            let message =
                format!("Other users can replace files in {shown}, so no kept setting is used.");
            Error::new(Code::KeptSettingsInvalid, message)
                .nothing_changed()
                .next(Suggestion::new("Restrict access", Command::from("chmod o-w").value(shown)))
        }
    }
}

fn newer_version(path: &Path) -> Error {
    let shown = path.display();
    let message = format!("{shown} was written by a newer version of mesheryctl.");
    Error::new(Code::KeptSettingsInvalid, message)
        .nothing_changed()
        .unchanged(path)
        .next(Suggestion::new("Show this version", "mesheryctl version"))
        .next(moved_away(path))
}

fn invalid(path: &Path, why: &str) -> Error {
    let message = format!("{} cannot be used ({why}).", path.display());
    Error::new(Code::KeptSettingsInvalid, message)
        .nothing_changed()
        .unchanged(path)
        .next(moved_away(path))
}

fn moved_away(path: &Path) -> Suggestion {
    let shown = path.display().to_string();
    let aside = Command::from("mv").value(&shown).value(&shown).glued(".bak");
    Suggestion::new("Move it away, then configure the providers again", aside)
}
