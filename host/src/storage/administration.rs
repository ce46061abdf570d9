//! [`Administration`]: what the administrator of this computer fixed for all of its users, in a policy file that root alone
//! can change. A file that others can change is ignored; one that cannot be read whole is an error.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::error::{Code, Command, Error, Result, Suggestion};
pub use crate::platform::POLICY_FILE;
use crate::platform::root_file::RootFile;
use crate::storage::config::{MAX_LENGTH, SyntaxError, parse_yaml, text};

/// What the administrator fixed. Without a policy file, nothing.
#[derive(Debug, Clone, Default)]
pub struct Administration(Policy);

/// The policy file. An unknown key is an error, because a policy that applies in part does not protect.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "lines of the form `key: value`")]
struct Policy {
    #[serde(default, deserialize_with = "given")]
    plugins_dir: Option<Folder>,
    #[serde(default, deserialize_with = "given")]
    default_provider: Option<ProviderId>,
    #[serde(default, deserialize_with = "given")]
    settings: Option<Settings>,
    #[serde(default, deserialize_with = "given")]
    plugins: Option<Plugins>,
    #[serde(default, deserialize_with = "given")]
    allow_untrusted: Option<bool>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "lines of the form `key: value`")]
struct Plugins {
    #[serde(default, deserialize_with = "given")]
    allowed_sha256: Option<Vec<Hash>>,
}

/// An absolute path.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
struct Folder(PathBuf);

impl TryFrom<String> for Folder {
    type Error = &'static str;

    fn try_from(path: String) -> std::result::Result<Self, Self::Error> {
        let path = PathBuf::from(path);
        if path.is_absolute() { Ok(Self(path)) } else { Err("an absolute path is expected here") }
    }
}

/// A SHA-256 in hexadecimal, lower case.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Hash(String);

impl TryFrom<String> for Hash {
    type Error = &'static str;

    fn try_from(hash: String) -> std::result::Result<Self, Self::Error> {
        match hash.len() == 64 && hash.bytes().all(|it| it.is_ascii_hexdigit()) {
            true => Ok(Self(hash.to_ascii_lowercase())),
            false => Err("a SHA-256 of 64 hexadecimal digits is expected here"),
        }
    }
}

/// The id of a provider, in lower case as all ids are: `Layer5` in the policy means `layer5`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(from = "String")]
struct ProviderId(String);

impl From<String> for ProviderId {
    fn from(id: String) -> Self {
        Self(id.to_ascii_lowercase())
    }
}

/// Settings by provider id and key.
#[derive(Debug, Clone, Default)]
struct Settings(BTreeMap<String, BTreeMap<String, String>>);

impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_map(SettingsVisitor)
    }
}

struct SettingsVisitor;

impl<'de> Visitor<'de> for SettingsVisitor {
    type Value = Settings;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("lines of the form `key: value`")
    }

    /// Two keys that are one id are an error, as the same key twice is.
    fn visit_map<A: MapAccess<'de>>(
        self,
        mut map: A,
    ) -> std::result::Result<Self::Value, A::Error> {
        let mut all = BTreeMap::new();
        while let Some(ProviderId(id)) = map.next_key()? {
            let settings = map.next_value()?;
            if all.insert(id, settings).is_some() {
                return Err(A::Error::custom("the settings of this provider are given twice"));
            }
        }
        Ok(Settings(all))
    }
}

/// A key without a value is an error: what it was to fix would be open.
fn given<'de, D, T>(deserializer: D) -> std::result::Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let value = Option::<T>::deserialize(deserializer)?;
    value.map(Some).ok_or_else(|| D::Error::custom("a value is missing here"))
}

/// The administrator in a sentence: the policy file.
impl fmt::Display for Administration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(POLICY_FILE)
    }
}

impl Administration {
    /// What the administrator of this computer fixed.
    ///
    /// # Errors
    /// `policy_invalid` if root alone can change the policy file and it cannot be read whole.
    pub fn of_this_computer() -> Result<&'static Self> {
        found().policy.as_ref().map_err(Clone::clone)
    }

    fn of_file(file: File) -> Result<Self> {
        let mut bytes = Vec::new();
        if let Err(error) = file.take(MAX_LENGTH + 1).read_to_end(&mut bytes) {
            return Err(invalid(&format!("Cannot read the policy {POLICY_FILE}: {error}.")));
        }
        if bytes.len() as u64 > MAX_LENGTH {
            return Err(invalid(&format!("The policy {POLICY_FILE} is larger than 1 MiB.")));
        }
        Self::parse(bytes).map_err(|SyntaxError { line, column, what }| {
            let place = format!("{POLICY_FILE}, line {line}, column {column}");
            invalid(&format!("The policy is invalid: {place}: {what}."))
        })
    }

    fn parse(bytes: Vec<u8>) -> std::result::Result<Self, SyntaxError> {
        Ok(Self(parse_yaml(&text(bytes)?)?.unwrap_or_default()))
    }

    /// Whether a policy is in force.
    pub fn is_in_force(&self) -> bool {
        let Policy { plugins_dir, default_provider, settings, plugins, allow_untrusted } = &self.0;
        plugins_dir.is_some()
            || default_provider.is_some()
            || settings.is_some()
            || plugins.is_some()
            || allow_untrusted.is_some()
    }

    pub fn plugins_dir(&self) -> Option<&Path> {
        self.0.plugins_dir.as_ref().map(|it| it.0.as_path())
    }

    /// The id of the provider that a login uses unless another is named.
    pub fn default_provider(&self) -> Option<&str> {
        self.0.default_provider.as_ref().map(|it| it.0.as_str())
    }

    /// The settings of the provider with this id that are fixed.
    pub fn settings(&self, id: &str) -> impl Iterator<Item = (&str, &str)> {
        let settings = self.0.settings.as_ref().and_then(|it| it.0.get(id));
        settings.into_iter().flatten().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// The ids that it names: of each provider with settings, and of the default one.
    pub fn provider_ids(&self) -> BTreeSet<&str> {
        let with_settings = self.0.settings.iter().flat_map(|it| it.0.keys().map(String::as_str));
        with_settings.chain(self.default_provider()).collect()
    }

    pub fn setting(&self, id: &str, key: &str) -> Option<&str> {
        self.settings(id).find(|(it, _)| *it == key).map(|(_, value)| value)
    }

    /// Whether the policy forbids to run and to trust the plugin with this SHA-256, in hexadecimal.
    pub fn forbids(&self, sha256: &str) -> bool {
        let allowed = self.0.plugins.as_ref().and_then(|it| it.allowed_sha256.as_ref());
        match allowed {
            Some(allowed) => !allowed.iter().any(|it| it.0.eq_ignore_ascii_case(sha256)),
            None => self.decides_trust(),
        }
    }

    /// Whether the policy says which plugins may run.
    pub fn lists_plugins(&self) -> bool {
        self.0.plugins.as_ref().is_some_and(|it| it.allowed_sha256.is_some())
    }

    /// Whether the policy alone decides which plugins run: no person is asked, and no trust of a person counts.
    pub fn decides_trust(&self) -> bool {
        self.0.allow_untrusted == Some(false)
    }
}

/// The policy file as it was when this process first needed it.
struct Found {
    policy: Result<Administration>,
    /// What others than root can change, so that the file is ignored.
    changeable: Option<PathBuf>,
}

/// The policy file, which is opened once: all of a command goes by the same policy.
fn found() -> &'static Found {
    static FOUND: OnceLock<Found> = OnceLock::new();
    FOUND.get_or_init(|| {
        let (policy, changeable) = match RootFile::open(Path::new(POLICY_FILE)) {
            Ok(RootFile::Absent) => (Ok(Administration::default()), None),
            Ok(RootFile::ChangeableByOthers(place)) => (Ok(Administration::default()), Some(place)),
            Ok(RootFile::Open(file)) => (Administration::of_file(file), None),
            Err((place, error)) => (Err(unreadable(&place, &error)), None),
        };
        Found { policy, changeable }
    })
}

fn unreadable(place: &Path, error: &io::Error) -> Error {
    let place = match place == Path::new(POLICY_FILE) {
        true => String::new(),
        false => format!(" {}:", place.display()),
    };
    invalid(&format!("Cannot read the policy {POLICY_FILE}:{place} {error}."))
}

/// Why the policy file that is there is ignored, as a sentence; `None` if it is in force, or absent.
pub fn warning() -> Option<String> {
    let place = found().changeable.as_ref()?.display();
    Some(format!("The policy {POLICY_FILE} is ignored: others than root can change {place}."))
}

/// The error for an attempt to change what the policy fixed. `what` begins the sentence.
pub fn fixed(what: &str) -> Error {
    let message = format!("{what} is set by {POLICY_FILE}.");
    Error::new(Code::SetByPolicy, message).nothing_changed()
}

/// The error for a policy that is not usable as a whole.
pub fn invalid(message: &str) -> Error {
    Error::new(Code::PolicyInvalid, message).nothing_changed().next(correction())
}

/// How a policy is corrected.
pub fn correction() -> Suggestion {
    let edit = Command::from("sudoedit").value(POLICY_FILE);
    Suggestion::new("The administrator can fix it", edit)
}

#[cfg(test)]
mod tests;
