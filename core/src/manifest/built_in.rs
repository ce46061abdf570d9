//! The fields that only the manifest of a built-in provider may have: they would let a plugin act in the
//! name of another provider, or handle its tokens.

use serde::{Deserialize, Serialize};

use super::{Manifest, ManifestError, read};
use crate::provider::Settings;

/// Whether a provider signs in to an account; in JSON `"required"` or `"none"`.
///
/// ```
/// use mesheryctl_plugin_sdk::manifest::{Account, Manifest};
///
/// assert_eq!(Manifest::new("acme", "Acme").account, Account::Required);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Account {
    /// There is no account, and the token is always empty.
    None,
    /// A sign-in returns a token of an account. A value that this version does not know is read as this one.
    #[default]
    #[serde(other)]
    Required,
}

impl Manifest {
    /// Reads and checks the `provider.json` of a built-in provider, which may have the fields that
    /// [`parse`](Self::parse) refuses.
    ///
    /// # Errors
    /// [`ManifestError`] states which field is wrong and why.
    pub fn parse_built_in(json: &str) -> Result<Self, ManifestError> {
        let manifest: Self = read(json)?;
        manifest.check()?;
        Ok(manifest)
    }

    /// Whether a sign-in returns the token of an account.
    pub fn needs_account(&self) -> bool {
        self.account == Account::Required
    }

    /// Whether one of [`aliases`](Self::aliases) is this name, in any case.
    pub fn has_alias(&self, name: &str) -> bool {
        find(&self.aliases, name).is_some()
    }

    /// The one of [`former_names`](Self::former_names) that is this name, in any case.
    pub fn former_name(&self, name: &str) -> Option<&str> {
        find(&self.former_names, name)
    }

    /// The URL of [`token_page`](Self::token_page) with the values of these settings, without a slash at
    /// the end of each value. `None` if the manifest has no such page, or a setting has no value.
    pub fn token_page_url(&self, settings: &Settings) -> Option<String> {
        let mut url = String::new();
        let mut rest = self.token_page.as_deref()?;
        while let Some((before, after)) = rest.split_once("{setting:") {
            let (key, after) = after.split_once('}')?;
            url += before;
            url += settings.get(key)?.trim_end_matches('/');
            rest = after;
        }
        Some(url + rest)
    }

    /// # Errors
    /// If the manifest has a field of built-in providers.
    pub(super) fn check_plugin(&self) -> Result<(), ManifestError> {
        for (field, is_absent) in [
            ("account", self.needs_account()),
            ("aliases", self.aliases.is_empty()),
            ("former_names", self.former_names.is_empty()),
            ("token_page", self.token_page.is_none()),
        ] {
            if !is_absent {
                return Err(ManifestError(format!("{field} is reserved for built-in providers")));
            }
        }
        Ok(())
    }
}

fn find<'a>(names: &'a [String], name: &str) -> Option<&'a str> {
    let name = name.to_lowercase();
    names.iter().find(|it| it.to_lowercase() == name).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn manifest(field: &str, value: &Value) -> String {
        let mut json = json!({
            "id": "acme", "name": "Acme", "version": "1", "description": "", "publisher": "",
            "support": "https://acme.example", "generation": 1, "actions": ["login"],
        });
        json[field] = value.clone();
        json.to_string()
    }

    fn built_in(field: &str, value: &Value) -> Manifest {
        Manifest::parse_built_in(&manifest(field, value)).unwrap()
    }

    #[test]
    fn a_plugin_with_a_field_of_built_in_providers_is_refused() {
        for (field, value) in [
            ("account", json!("none")),
            ("aliases", json!(["Layer5"])),
            ("former_names", json!(["Meshery"])),
            ("token_page", json!("https://acme.example/tokens")),
        ] {
            let json = manifest(field, &value);
            let message = format!("{field} is reserved for built-in providers");
            assert_eq!(Manifest::parse(&json), Err(ManifestError(message)));
            assert!(Manifest::parse_built_in(&json).is_ok(), "{field}");
        }
    }

    #[test]
    fn a_plugin_may_state_the_default_of_a_field_of_built_in_providers() {
        for (field, value) in [
            ("account", json!("required")),
            ("account", json!("later")),
            ("aliases", json!([])),
            ("former_names", json!([])),
            ("token_page", Value::Null),
        ] {
            let manifest = Manifest::parse(&manifest(field, &value)).unwrap();
            assert_eq!(manifest, built_in("later", &Value::Null), "{field}");
        }
    }

    #[test]
    fn a_built_in_manifest_is_checked_as_any_other() {
        for (field, value) in [("id", json!("Acme")), ("actions", json!([])), ("name", json!(7))] {
            let json = manifest(field, &value);
            assert!(Manifest::parse_built_in(&json).is_err(), "{field}");
        }
    }

    #[test]
    fn an_account_is_needed_unless_the_manifest_states_none() {
        for (value, expected) in
            [(json!("required"), true), (json!("later"), true), (json!("none"), false)]
        {
            assert_eq!(built_in("account", &value).needs_account(), expected, "{value}");
        }
        assert!(built_in("later", &Value::Null).needs_account());
    }

    #[test]
    fn aliases_and_former_names_are_compared_in_any_case_and_as_a_whole() {
        let aliases = built_in("aliases", &json!(["Local", "Söhne"]));
        let former = built_in("former_names", &json!(["Meshery"]));
        for (name, is_alias, is_former) in [
            ("Local", true, false),
            ("LOCAL", true, false),
            ("SÖHNE", true, false),
            ("Loca", false, false),
            ("Locals", false, false),
            ("", false, false),
            ("meshery", false, true),
        ] {
            assert_eq!(aliases.has_alias(name), is_alias, "{name}");
            assert_eq!(former.former_name(name), is_former.then_some("Meshery"), "{name}");
            assert!(aliases.former_name(name).is_none() && !former.has_alias(name), "{name}");
        }
    }

    #[test]
    fn a_token_page_is_completed_with_settings() {
        let mut settings = Settings::default();
        settings.set("url", "https://cloud.example/");
        settings.set("org", "acme");
        for (template, expected) in [
            ("https://cloud.example/tokens", Some("https://cloud.example/tokens")),
            ("{setting:url}/security/tokens", Some("https://cloud.example/security/tokens")),
            ("{setting:url}/{setting:org}?a", Some("https://cloud.example/acme?a")),
            ("{setting:unset}/tokens", None),
            ("{setting:url", None),
        ] {
            let manifest = built_in("token_page", &json!(template));
            assert_eq!(manifest.token_page_url(&settings).as_deref(), expected, "{template}");
        }
        assert_eq!(built_in("later", &Value::Null).token_page_url(&settings), None);
    }
}
