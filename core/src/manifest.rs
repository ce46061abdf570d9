//! A Manifest: what a provider says of itself, read from JSON without running it.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};
use unicode_script::{Script, UnicodeScript};

use crate::provider::Action;

/// The generation of the plugin ABI that this code speaks.
pub const GENERATION: u32 = 1;

/// The name of the link section that holds a plugin's manifest, in each object format.
pub mod section_names {
    /// ELF.
    pub const ELF: &str = ".mshplug";
    /// Mach-O, in the segment `__DATA`.
    pub const MACH_O: &str = "__mshplug";
    /// PE, which cuts names after eight characters.
    pub const PE: &str = ".mshplg";
}

/// The largest section that is read, in bytes.
pub const LARGEST_SECTION: usize = 64 * 1024;

const MARK: &[u8; 8] = b"MSHPLUG\x01";
const HEAD: usize = MARK.len() + 4;

/// The length of the section for this manifest, in bytes.
pub const fn section_length(json: &str) -> usize {
    HEAD + json.len()
}

/// The section for this manifest: a mark, the length as little-endian u32, the JSON.
pub const fn section<const N: usize>(json: &str) -> [u8; N] {
    let (json, length) = (json.as_bytes(), (json.len() as u32).to_le_bytes());
    let mut section = [0; N];
    let mut at = 0;
    while at < N {
        section[at] = if at < MARK.len() {
            MARK[at]
        } else if at < HEAD {
            length[at - MARK.len()]
        } else {
            json[at - HEAD]
        };
        at += 1;
    }
    section
}

/// The manifest in a section; bytes after it are padding.
pub fn in_section(section: &[u8]) -> Option<&str> {
    let rest = section.strip_prefix(MARK)?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let json = rest.get(..u32::from_le_bytes(*length) as usize)?;
    std::str::from_utf8(json).ok()
}

/// What a provider says of itself, as in its `provider.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// ASCII lower case letters, digits and `-`; unique among installed providers.
    pub id: String,
    /// What people see: letters and digits of one script, space, `-`, `.`.
    pub name: String,
    /// Free text, such as `1.2.0`.
    pub version: String,
    /// One sentence.
    pub description: String,
    /// Who ships it.
    pub publisher: String,
    /// Where its users get help, a URL.
    pub support: String,
    /// The generation of the plugin ABI it was made for.
    pub generation: u32,
    /// What it can be told to do; `login` is always among them.
    pub actions: Vec<Action>,
    /// The hosts that the provider may talk to and send the browser to.
    #[serde(default)]
    pub hosts: Vec<HostRule>,
    /// What can be set.
    #[serde(default)]
    pub settings: Vec<Setting>,
    /// The URL under which a Meshery Server knows this provider; `{setting:KEY}` is replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meshery_provider: Option<String>,
}

/// Something about a provider that a person can set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// ASCII lower case letters, digits and `_`.
    pub key: String,
    /// One sentence.
    pub description: String,
    /// The value when nobody sets one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// Whether the provider cannot act without it.
    #[serde(default)]
    pub required: bool,
    /// Whether its value must not be shown.
    #[serde(default)]
    pub secret: bool,
}

/// One entry of [`Manifest::hosts`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum HostRule {
    /// `login.example.org`: this host.
    Exact(String),
    /// `*.example.org`: every host below this one, not the host itself.
    Below(String),
    /// `{setting:url}`: the host of the URL that this setting holds.
    OfSetting(String),
}

impl HostRule {
    /// Whether `host` (lower case, without port) is covered. `setting` gives the host of a setting's URL.
    pub fn covers(&self, host: &str, setting: impl Fn(&str) -> Option<String>) -> bool {
        match self {
            Self::Exact(name) => host == name,
            Self::Below(name) => host
                .strip_suffix(name.as_str())
                .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
            Self::OfSetting(key) => setting(key).is_some_and(|name| name == host),
        }
    }
}

impl TryFrom<String> for HostRule {
    type Error = InvalidManifest;

    fn try_from(text: String) -> Result<Self, InvalidManifest> {
        if let Some(key) = text.strip_prefix("{setting:").and_then(|it| it.strip_suffix('}')) {
            return Ok(Self::OfSetting(key.to_owned()));
        }
        let below = text.strip_prefix("*.");
        match below {
            // At least two labels: nobody owns all of `com`.
            Some(name) if is_host_name(name) && name.contains('.') => {
                Ok(Self::Below(name.to_owned()))
            }
            None if is_host_name(&text) || is_address(&text) => Ok(Self::Exact(text)),
            _ => Err(InvalidManifest(format!("{text:?} in hosts is not a host name"))),
        }
    }
}

/// Labels of lower case letters, digits and hyphens; the last begins with a letter, so that it is no address.
fn is_host_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(fits)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    name.len() <= 253
        && name.split('.').all(is_label)
        && last.starts_with(|c: char| c.is_ascii_lowercase())
}

/// An IPv4 address, or an IPv6 address in brackets, each in the spelling of the URL standard.
fn is_address(text: &str) -> bool {
    let v4 = text.parse::<Ipv4Addr>().is_ok_and(|it| it.to_string() == text);
    let v6 = text.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    v4 || v6.is_some_and(|v6| v6.parse::<Ipv6Addr>().is_ok_and(|it| it.to_string() == v6))
}

impl From<HostRule> for String {
    fn from(rule: HostRule) -> Self {
        rule.to_string()
    }
}

impl fmt::Display for HostRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(name) => f.write_str(name),
            Self::Below(name) => write!(f, "*.{name}"),
            Self::OfSetting(key) => write!(f, "{{setting:{key}}}"),
        }
    }
}

/// Why a text is no manifest: one sentence part that follows "The manifest …" or stands alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidManifest(pub String);

impl fmt::Display for InvalidManifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidManifest {}

impl Manifest {
    /// Reads and checks a `provider.json`. Unknown fields are ignored.
    ///
    /// # Errors
    /// [`InvalidManifest`] says which field is wrong and why.
    pub fn parse(json: &str) -> Result<Self, InvalidManifest> {
        let manifest: Self =
            serde_json::from_str(json).map_err(|error| InvalidManifest(error.to_string()))?;
        manifest.check()?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), InvalidManifest> {
        let wrong = |what: &str| Err(InvalidManifest(what.to_owned()));
        let is_id = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let begins = self.id.starts_with(|c: char| c.is_ascii_lowercase());
        if !begins || self.id.len() > 64 || !self.id.chars().all(is_id) {
            return wrong(
                "id must be 1 to 64 lower case letters, digits and hyphens, a letter first",
            );
        }
        if !is_display_name(&self.name) {
            return wrong(
                "name must be 1 to 40 letters and digits of one script, with spaces, hyphens and dots between",
            );
        }
        if self.generation != GENERATION {
            return Err(InvalidManifest(format!(
                "it is made for generation {} of the plugin interface; this program speaks {GENERATION}",
                self.generation
            )));
        }
        if !self.actions.contains(&Action::Login) {
            return wrong("actions must contain login");
        }
        for rule in &self.hosts {
            if let HostRule::OfSetting(key) = rule
                && !self.settings.iter().any(|setting| setting.key == *key && !setting.secret)
            {
                return Err(InvalidManifest(format!(
                    "hosts names the setting {key:?}, which is not declared, or is secret"
                )));
            }
        }
        let is_key = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        for (index, Setting { key, .. }) in self.settings.iter().enumerate() {
            if key.is_empty() || key.len() > 64 || !key.chars().all(is_key) {
                return wrong(
                    "the key of a setting must be lower case letters, digits and underscores",
                );
            }
            if self.settings[..index].iter().any(|earlier| earlier.key == *key) {
                return Err(InvalidManifest(format!("the setting {key:?} is declared twice")));
            }
        }
        Ok(())
    }
}

/// Letters of one script, ASCII digits, space, `-`, `.`; so that no name looks like another's.
fn is_display_name(name: &str) -> bool {
    let letters = || name.chars().filter(|c| !c.is_ascii_digit() && !matches!(c, ' ' | '-' | '.'));
    let first = letters().next().map(|c| c.script());
    name == name.trim()
        && !name.contains("  ")
        && name.chars().any(|c| c.is_ascii_digit() || c.is_alphabetic())
        && name.chars().count() <= 40
        && letters().all(|c| is_letter(c) && Some(c.script()) == first)
}

/// One that can be seen and belongs to a script: not a circled letter, not a filler.
fn is_letter(c: char) -> bool {
    let filler = matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}');
    c.is_alphabetic() && !filler && !matches!(c.script(), Script::Common | Script::Inherited)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn good() -> Value {
        json!({
            "id": "acme-sso", "name": "Acme SSO", "version": "1.2.0", "description": "Acme.",
            "publisher": "Acme Inc.", "support": "https://acme.example/support", "generation": 1,
            "actions": ["login", "teleport"], "hosts": ["login.acme.example", "*.id.example", "{setting:url}"],
            "settings": [{"key": "url", "description": "Where."}], "later": {"unknown": true}
        })
    }

    fn parse(json: &Value) -> Result<Manifest, InvalidManifest> {
        Manifest::parse(&json.to_string())
    }

    #[test]
    fn a_good_manifest_is_read_and_unknown_fields_and_actions_are_ignored() {
        let manifest = parse(&good()).unwrap();
        assert_eq!(manifest.actions, [Action::Login, Action::Unknown]);
        assert_eq!(manifest.hosts[1], HostRule::Below("id.example".into()));
    }

    #[test]
    fn a_section_gives_back_its_manifest_and_every_cut_one_is_refused() {
        const JSON: &str = r#"{"id": "ü"}"#;
        const SECTION: [u8; section_length(JSON)] = section(JSON);
        assert_eq!(in_section(&SECTION), Some(JSON));
        assert_eq!(in_section(&[&SECTION[..], &[0; 7]].concat()), Some(JSON));
        for end in 0..SECTION.len() {
            assert_eq!(in_section(&SECTION[..end]), None, "{end}");
        }
    }

    #[test]
    fn each_wrong_field_is_named() {
        for (field, value) in [
            ("id", json!("Acme")),
            ("id", json!("")),
            ("id", json!("a".repeat(65))),
            ("name", json!("Lаyer5")), // a Cyrillic letter among Latin ones
            ("name", json!("Acme\u{1b}[2J")),
            ("name", json!(" Acme")),
            ("name", json!("Acme  SSO")), // wherever it is shown it is "Acme SSO"
            ("name", json!("…")),
            ("name", json!("\u{3164}")),
            ("name", json!("Layer⁵")),
            ("name", json!("Ⓛayer5")),
            ("id", json!("-")),
            ("id", json!("5layer")),
            ("hosts", json!(["*.com"])),
            ("hosts", json!(["*.0.0.1"])),
            ("hosts", json!(["*.169.254"])),
            ("hosts", json!(["a..b"])),
            ("hosts", json!(["."])),
            ("hosts", json!(["localhost:9081"])),
            ("hosts", json!(["::1"])),
            ("hosts", json!(["127.1"])),
            ("name", json!("a".repeat(41))),
            ("generation", json!(2)),
            ("actions", json!(["logout"])),
            ("hosts", json!(["https://acme.example"])),
            ("hosts", json!(["{setting:nowhere}"])),
            (
                "settings",
                json!([{"key": "url", "description": ""}, {"key": "url", "description": ""}]),
            ),
            ("settings", json!([{"key": "Ü", "description": ""}])),
        ] {
            let mut json = good();
            json[field] = value;
            let why = parse(&json).unwrap_err().to_string();
            assert!(why.contains(field.trim_end_matches('s')), "{field}: {why}");
        }
    }

    #[test]
    fn names_in_any_one_script_are_welcome() {
        for (name, welcome) in [
            ("Tata Consulting", true),
            ("Сбер", true),
            ("日本語", true),
            ("A-1 b.v.", true),
            ("Сбер ID", false),
            ("日本語 ログイン", false),
        ] {
            let mut json = good();
            json["name"] = json!(name);
            assert_eq!(parse(&json).is_ok(), welcome, "{name}");
        }
    }

    #[test]
    fn addresses_are_rules_in_the_spelling_of_the_url_standard() {
        for text in ["127.0.0.1", "[::1]", "localhost", "a-1.example"] {
            assert_eq!(HostRule::try_from(text.to_owned()), Ok(HostRule::Exact(text.into())));
        }
    }

    #[test]
    fn a_rule_covers_its_hosts_and_no_others() {
        let none = |_: &str| None;
        let exact = HostRule::try_from("a.example".to_owned()).unwrap();
        assert!(exact.covers("a.example", none));
        assert!(!exact.covers("b.a.example", none) && !exact.covers("aa.example", none));
        let below = HostRule::try_from("*.a.example".to_owned()).unwrap();
        assert!(below.covers("b.a.example", none) && below.covers("c.b.a.example", none));
        assert!(!below.covers("a.example", none) && !below.covers("xa.example", none));
        assert!(!below.covers(".a.example", none));
        let setting = HostRule::try_from("{setting:url}".to_owned()).unwrap();
        assert!(setting.covers("x.example", |key| { (key == "url").then(|| "x.example".into()) }));
        assert!(!setting.covers("x.example", none));
    }
}
