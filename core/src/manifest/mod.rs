//! [`Manifest`]: what a provider states about itself in `provider.json`, read without running the provider.

mod built_in;
mod display_name;
mod host_rule;
mod meshery_provider;
mod section;
mod structure;
mod support;
mod unknown;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::provider::Action;
use display_name::is_display_name;
use support::is_support;

pub use built_in::Account;
pub use host_rule::HostRule;
pub use section::{
    MAX_SECTION_LENGTH, decode_section, encode_section, section_length, section_names,
};
#[doc(hidden)]
pub use structure::assert_structure;

/// The generation of the plugin interface that this version implements.
pub const GENERATION: u32 = 1;

/// What a provider states about itself, as in its `provider.json`.
///
/// ```
/// use mesheryctl_plugin_sdk::manifest::Manifest;
///
/// let manifest = Manifest::parse(
///     r#"{
///         "id": "acme-sso",
///         "name": "Acme SSO",
///         "version": "1.2.0",
///         "description": "Signs in with your Acme account.",
///         "publisher": "Acme Inc.",
///         "support": "https://acme.example/support",
///         "generation": 1,
///         "actions": ["login"],
///         "hosts": ["{setting:url}"],
///         "settings": [{ "key": "url", "description": "The URL to sign in at.", "required": true }]
///     }"#,
/// )?;
/// assert_eq!(manifest.name, "Acme SSO");
/// # Ok::<(), mesheryctl_plugin_sdk::manifest::ManifestError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Manifest {
    /// 1 to 64 ASCII lower case letters, digits and hyphens, a letter first; unique among installed
    /// providers.
    pub id: String,
    /// The name that people see: 1 to 40 letters and digits of one script, with space, `-` and `.` between, and
    /// neither two dots nor two hyphens in a row.
    pub name: String,
    /// Free text, such as `1.2.0`.
    pub version: String,
    /// One sentence.
    pub description: String,
    /// The organisation that publishes the provider.
    pub publisher: String,
    /// Where users get help: an `https` or `mailto` URL of at most 200 characters.
    ///
    /// Its characters are letters, digits and `-._~:/?#@&+,=%`.
    pub support: String,
    /// The [`GENERATION`] of the plugin interface that the provider is built for.
    pub generation: u32,
    /// The actions that the provider implements; `login` is always among them.
    pub actions: Vec<Action>,
    /// The hosts that the provider may send requests and the browser to.
    #[serde(default)]
    pub hosts: Vec<HostRule>,
    /// The settings that a person can give.
    #[serde(default)]
    pub settings: Vec<Setting>,
    /// The URL by which a Meshery Server knows this provider, or `{setting:KEY}` for a setting's value; one that
    /// [`hosts`](Self::hosts) covers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meshery_provider: Option<String>,
    /// Whether the provider signs in to an account. Built-in providers only.
    #[serde(default, skip_serializing_if = "is_required")]
    pub account: Account,
    /// Other names by which Meshery Servers and token files call this provider. Built-in providers only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Names that the provider had. They mean this provider only if no other provider has the name. Built-in
    /// providers only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_names: Vec<String>,
    /// The URL of the page on which people create tokens; `{setting:KEY}` stands for a setting's value.
    /// Built-in providers only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_page: Option<String>,
}

fn is_required(account: &Account) -> bool {
    *account == Account::Required
}

/// A setting that a person can give to a provider.
///
/// ```
/// use mesheryctl_plugin_sdk::manifest::Setting;
///
/// let region = Setting::new("region", "Where your account is.").with_default("eu");
/// let key = Setting::new("key", "Your access key.").required().secret();
/// assert_eq!(region.default.as_deref(), Some("eu"));
/// assert!(key.required && key.secret);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Setting {
    /// 1 to 64 ASCII lower case letters, digits and underscores.
    pub key: String,
    /// One sentence.
    pub description: String,
    /// The value if none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// Whether the provider needs a value to act.
    #[serde(default)]
    pub required: bool,
    /// Whether hosts must not show the value.
    #[serde(default)]
    pub secret: bool,
}

impl Setting {
    /// An optional setting without a default, whose value is shown.
    pub fn new(key: impl Into<String>, description: impl Into<String>) -> Self {
        let (key, description) = (key.into(), description.into());
        Self { key, description, default: None, required: false, secret: false }
    }

    /// With this value if none is given.
    pub fn with_default(mut self, value: impl Into<String>) -> Self {
        self.default = Some(value.into());
        self
    }

    /// Without a value the provider cannot act.
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Hosts must not show the value.
    pub fn secret(mut self) -> Self {
        self.secret = true;
        self
    }
}

/// Why a text is not a manifest: one clause that names the field, without a full stop.
///
/// ```
/// use mesheryctl_plugin_sdk::manifest::{Manifest, ManifestError};
///
/// let error: ManifestError = Manifest::parse(r#"{"id": 7}"#).unwrap_err();
/// assert!(error.to_string().starts_with("id: invalid type"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestError(String);

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ManifestError {}

impl Manifest {
    /// A manifest with the action `login`, no hosts, no settings, and no further text. It is not checked.
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            version: String::new(),
            description: String::new(),
            publisher: String::new(),
            support: String::new(),
            generation: GENERATION,
            actions: vec![Action::Login],
            hosts: Vec::new(),
            settings: Vec::new(),
            meshery_provider: None,
            account: Account::Required,
            aliases: Vec::new(),
            former_names: Vec::new(),
            token_page: None,
        }
    }

    /// Reads and checks the `provider.json` of a plugin. Unknown fields are ignored, because later versions
    /// may have more, and [`unknown_parts`](Self::unknown_parts) lists them; the fields of built-in providers
    /// are refused.
    ///
    /// # Errors
    /// [`ManifestError`] states which field is wrong and why.
    pub fn parse(json: &str) -> Result<Self, ManifestError> {
        let manifest = Self::parse_built_in(json)?;
        manifest.check_plugin()?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), ManifestError> {
        let wrong = |what: &str| Err(ManifestError(what.to_owned()));
        let is_id = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let starts_with_letter = self.id.starts_with(|c: char| c.is_ascii_lowercase());
        if !starts_with_letter || self.id.len() > 64 || !self.id.chars().all(is_id) {
            return wrong(
                "id must be 1 to 64 lower case letters, digits and hyphens, a letter first",
            );
        }
        if !is_display_name(&self.name) {
            return wrong(
                "name must be 1 to 40 letters and digits of one script, with single spaces, hyphens and dots between",
            );
        }
        if !is_support(&self.support) {
            return wrong("support must be an https or mailto URL");
        }
        if self.generation != GENERATION {
            return Err(ManifestError(format!(
                "it was built for generation {} of the plugin interface; this program supports {GENERATION}",
                self.generation
            )));
        }
        if !self.actions.contains(&Action::Login) {
            return wrong("actions must contain login");
        }
        self.check_hosts()?;
        self.check_settings()?;
        self.check_meshery_provider()
    }

    fn check_hosts(&self) -> Result<(), ManifestError> {
        let is_declared =
            |key: &str| self.settings.iter().any(|setting| setting.key == key && !setting.secret);
        for rule in &self.hosts {
            match rule {
                HostRule::Setting(key) if !is_declared(key) => {
                    return Err(ManifestError(format!(
                        "hosts names the setting {key:?}, which is not declared, or is secret: settings must have it, without \"secret\""
                    )));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn check_settings(&self) -> Result<(), ManifestError> {
        let is_key = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        for (index, Setting { key, .. }) in self.settings.iter().enumerate() {
            if key.is_empty() || key.len() > 64 || !key.chars().all(is_key) {
                return Err(ManifestError(format!(
                    "settings[{index}].key: the key of a setting must be lower case letters, digits and underscores"
                )));
            }
            if self.settings[..index].iter().any(|earlier| earlier.key == *key) {
                return Err(ManifestError(format!("the setting {key:?} is declared twice")));
            }
        }
        Ok(())
    }
}

/// Reads JSON; the error begins with the path of the field, such as `settings[0].key`.
fn read<T: serde::de::DeserializeOwned>(json: &str) -> Result<T, ManifestError> {
    // The path costs time, so that it is noted only once there is an error.
    serde_json::from_str(json).or_else(|_| read_with_path(json))
}

fn read_with_path<T: serde::de::DeserializeOwned>(json: &str) -> Result<T, ManifestError> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let read = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        // The path has the names of unknown fields, which may contain control characters.
        let path = error.path().to_string().escape_debug().to_string();
        // Serde's word for a list is not one of JSON.
        let why = error.into_inner().to_string();
        let why = why.replace("expected a sequence", "expected a list in [ ]");
        match path.as_str() {
            // Of the whole, or where the text is not JSON.
            "." | "?" => ManifestError(why),
            _ => ManifestError(format!("{path}: {why}")),
        }
    })?;
    reader.end().map_err(|error| ManifestError(error.to_string()))?;
    Ok(read)
}

#[cfg(test)]
mod tests;
