//! The fields and actions of a manifest that this version does not know: most are misspelt.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::{Manifest, ManifestError};
use crate::provider::Action;

/// Names the schema for an editor; it says nothing about the provider.
pub(super) const SCHEMA: &str = "$schema";

/// The required ones first.
pub(super) const FIELDS: [&str; 15] = [
    "id",
    "name",
    "version",
    "description",
    "publisher",
    "support",
    "generation",
    "actions",
    "hosts",
    "settings",
    "meshery_provider",
    "account",
    "aliases",
    "former_names",
    "token_page",
];

const FIELDS_OF_A_SETTING: [&str; 5] = ["key", "description", "default", "required", "secret"];

impl Manifest {
    /// The unknown fields and actions in the JSON of a manifest, each as a clause such as `the field "host" is
    /// unknown`. Hosts ignore them: a later version may know them.
    pub fn unknown_parts(json: &str) -> Vec<String> {
        if is_all_known(json) {
            return Vec::new();
        }
        let Some(manifest) = object(json) else { return Vec::new() };
        let known = [&FIELDS[..], &[SCHEMA]].concat();
        let mut parts = unknown_fields(&manifest, &known, "");
        for (index, setting) in items(&manifest, "settings").into_iter().enumerate() {
            if let Some(setting) = object(setting) {
                let at = format!("settings[{index}].");
                parts.extend(unknown_fields(&setting, &FIELDS_OF_A_SETTING, &at));
            }
        }
        for action in items(&manifest, "actions") {
            if matches!(serde_json::from_str(action), Ok(Action::Unknown)) {
                parts.push(format!(
                    "the action {action} is unknown; the actions are login, logout, refresh and whoami"
                ));
            }
        }
        parts
    }

    /// Reads and checks the `provider.json` of a plugin as [`parse`](Self::parse), and refuses what is
    /// unknown. For the author of a plugin: `export_provider!` makes a test of it.
    ///
    /// # Errors
    /// [`ManifestError`] states which field is wrong and why.
    ///
    /// ```
    /// use mesheryctl_plugin_sdk::manifest::Manifest;
    ///
    /// let json = r#"{"id": "acme", "name": "Acme", "version": "1", "description": "", "publisher": "",
    ///     "support": "https://acme.example", "generation": 1, "actions": ["login"], "host": ["acme.example"]}"#;
    /// assert!(Manifest::parse(json).is_ok());
    /// let error = Manifest::parse_strictly(json).unwrap_err();
    /// assert_eq!(error.to_string(), r#"the field "host" is unknown; did you mean "hosts"?"#);
    /// ```
    pub fn parse_strictly(json: &str) -> Result<Self, ManifestError> {
        let manifest = Self::parse(json)?;
        match Self::unknown_parts(json).into_iter().next() {
            Some(part) => Err(ManifestError(part)),
            None => Ok(manifest),
        }
    }
}

/// Whether nothing in the JSON of a manifest is unknown. That is soon found out, and so it is with most of the thousands that a
/// list may have.
fn is_all_known(json: &str) -> bool {
    let known = serde_json::from_str::<Known>(json);
    known.is_ok_and(|it| !it.actions.contains(&Action::Unknown))
}

/// A manifest of which only the names of its fields count, and the actions.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Known {
    #[serde(rename = "$schema")]
    schema: IgnoredAny,
    id: IgnoredAny,
    name: IgnoredAny,
    version: IgnoredAny,
    description: IgnoredAny,
    publisher: IgnoredAny,
    support: IgnoredAny,
    generation: IgnoredAny,
    actions: Vec<Action>,
    hosts: IgnoredAny,
    settings: Vec<KnownSetting>,
    meshery_provider: IgnoredAny,
    account: IgnoredAny,
    aliases: IgnoredAny,
    former_names: IgnoredAny,
    token_page: IgnoredAny,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct KnownSetting {
    key: IgnoredAny,
    description: IgnoredAny,
    default: IgnoredAny,
    required: IgnoredAny,
    secret: IgnoredAny,
}

/// The members of a JSON object, each with its value as it is written: most values are of no interest.
type Members<'a> = BTreeMap<String, &'a RawValue>;

fn object(json: &str) -> Option<Members<'_>> {
    serde_json::from_str(json).ok()
}

fn items<'a>(manifest: &Members<'a>, field: &str) -> Vec<&'a str> {
    let items = manifest.get(field).map(|it| serde_json::from_str::<Vec<&RawValue>>(it.get()));
    items.and_then(Result::ok).unwrap_or_default().into_iter().map(RawValue::get).collect()
}

fn unknown_fields(object: &Members<'_>, known: &[&str], at: &str) -> Vec<String> {
    let unknown = object.keys().filter(|it| !known.contains(&it.as_str()));
    let part = |it: &String| {
        let meant = known.iter().filter(|known| differences(it, known) <= 2);
        let meant = meant.min_by_key(|known| differences(it, known));
        let meant = meant.map(|known| format!("; did you mean {known:?}?")).unwrap_or_default();
        format!("the field {:?} is unknown{meant}", format!("{at}{it}"))
    };
    unknown.map(part).collect()
}

/// How many characters must be added, removed or replaced to make one name the other (Levenshtein).
fn differences(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], index + 1);
        for (column, of_other) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *of_other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn valid() -> Value {
        json!({
            "id": "acme", "name": "Acme", "version": "1", "description": "", "publisher": "",
            "support": "https://acme.example", "generation": 1, "actions": ["login"], "hosts": ["acme.example"],
            "settings": [{"key": "url", "description": "", "default": "d", "required": true, "secret": true}],
            "meshery_provider": "https://acme.example",
        })
    }

    #[test]
    fn misspelt_fields_and_actions_are_listed_and_strictly_refused() {
        let mut json = valid();
        json["$schema"] = json!("provider.schema.json");
        json["settings"][0]["$schema"] = json!("");
        json["host"] = json!([]);
        json["nothing_like_it"] = json!([]);
        json["settings"][0]["requried"] = json!(true);
        json["actions"] = json!(["login", "signout"]);
        let json = json.to_string();
        let unknown = [
            r#"the field "host" is unknown; did you mean "hosts"?"#,
            r#"the field "nothing_like_it" is unknown"#,
            r#"the field "settings[0].$schema" is unknown"#,
            r#"the field "settings[0].requried" is unknown; did you mean "required"?"#,
            r#"the action "signout" is unknown; the actions are login, logout, refresh and whoami"#,
        ];
        assert_eq!(Manifest::unknown_parts(&json), unknown);
        assert!(Manifest::parse(&json).is_ok());
        let error = Manifest::parse_strictly(&json).unwrap_err();
        assert_eq!(error.to_string(), unknown[0]);
    }

    #[test]
    fn every_field_of_a_manifest_is_known() {
        let manifest = Manifest::parse(&valid().to_string()).unwrap();
        let built_in = Manifest {
            account: crate::manifest::Account::None,
            aliases: vec!["a".into()],
            former_names: vec!["b".into()],
            token_page: Some("c".into()),
            ..manifest
        };
        let written = serde_json::to_value(built_in).unwrap();
        assert_eq!(Manifest::unknown_parts(&written.to_string()), [""; 0]);
        assert!(is_all_known(&written.to_string()), "{written}");
        let fields = written.as_object().unwrap();
        assert!(FIELDS.iter().all(|it| fields.contains_key(*it)), "{fields:?}");
        let setting = fields["settings"][0].as_object().unwrap();
        assert!(FIELDS_OF_A_SETTING.iter().all(|it| setting.contains_key(*it)), "{setting:?}");
    }

    #[test]
    fn what_is_not_a_manifest_has_no_unknown_parts() {
        for json in ["", "7", "[]", "{}", r#"{"settings": 7, "actions": [7]}"#] {
            assert_eq!(Manifest::unknown_parts(json), [""; 0], "{json}");
        }
        assert!(Manifest::parse_strictly(&valid().to_string()).is_ok());
    }
}
