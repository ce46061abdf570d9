//! The entry of a provider that only the context's server lists.

use std::sync::Arc;

use mesheryctl_core::flows::remote_provider::{self, RemoteProvider};
use mesheryctl_core::manifest::{HostRule, Manifest, Setting};
use mesheryctl_core::provider::{Action, Settings};
use reqwest::Url;

use super::{Entry, Source};
use crate::net::meshery_server::Listed;
use crate::net::url::{authority, base_url};
use crate::providers::configuration::Configuration;
use crate::storage::token_record::{Origin, TokenRecord};
use crate::text::Name;

/// A remote provider that is known from the server's list only.
pub fn from_server(listed: &Listed, url: &Url, configuration: &Arc<Configuration>) -> Entry {
    row(&listed.name, url, configuration)
}

/// The provider of this name that the server listed at a login, from what was recorded then. `None` if the record is of
/// another provider, or of a token that no sign-in issued: a list names who receives a token only when the person selects from it.
pub fn from_record(
    record: &TokenRecord,
    name: &Name,
    configuration: &Arc<Configuration>,
) -> Option<Entry> {
    let settings = record.settings.as_ref().filter(|_| record.origin == Some(Origin::Login))?;
    let url = base_url(settings.get(remote_provider::URL_SETTING)?)?;
    let is_row = record.plugin_sha256.is_none() && is_row_id(&record.provider_id, &url);
    is_row.then(|| row(name, &url, configuration))
}

fn row(name: &Name, url: &Url, configuration: &Arc<Configuration>) -> Entry {
    let mut manifest = Manifest::new(row_id(url), name.to_string());
    manifest.description = "Listed by your Meshery Server.".into();
    manifest.actions = vec![Action::Login, Action::Logout, Action::Refresh, Action::Whoami];
    manifest.hosts = vec![HostRule::Setting(remote_provider::URL_SETTING.into())];
    manifest.settings = vec![Setting::new(remote_provider::URL_SETTING, "").required()];
    manifest.meshery_provider = Some(url.to_string());
    let mut settings = Settings::default();
    settings.set(remote_provider::URL_SETTING, url.as_str());
    let detail = Some(format!("{}, from your server", authority(url)));
    let url = Some(url.clone());
    let entry = Entry::new(manifest, Source::Row(&RemoteProvider), configuration);
    Entry { settings, detail, url, ..entry }
}

/// The id of a provider that a server lists with this URL: its host, and its port where that is not the default. A host
/// without a dot could be the id of a plugin, so it always has its port: no id of a plugin contains a colon.
pub fn row_id(url: &Url) -> String {
    let id = authority(url);
    match url.port_or_known_default() {
        Some(port) if could_be_of_plugin(&id) => format!("{id}:{port}"),
        _ => id,
    }
}

/// Whether a record with this id is of the provider that a server lists with this URL. Earlier versions recorded a host
/// without a dot without its port.
pub(super) fn is_row_id(id: &str, url: &Url) -> bool {
    id == row_id(url) || id == authority(url)
}

fn could_be_of_plugin(id: &str) -> bool {
    !id.contains(['.', ':'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_row_is_never_that_of_a_plugin() {
        for (url, id, earlier) in [
            ("https://sso.example", "sso.example", "sso.example"),
            ("https://sso.example/path", "sso.example", "sso.example"),
            ("https://sso.example:8443", "sso.example:8443", "sso.example:8443"),
            ("http://localhost", "localhost:80", "localhost"),
            ("https://localhost", "localhost:443", "localhost"),
            ("http://localhost:9081", "localhost:9081", "localhost:9081"),
            ("https://intranet", "intranet:443", "intranet"),
            ("https://[::1]", "[::1]", "[::1]"),
            ("https://192.0.2.1", "192.0.2.1", "192.0.2.1"),
        ] {
            let url = Url::parse(url).unwrap();
            assert_eq!(row_id(&url), id, "{url}");
            assert!(is_row_id(id, &url) && is_row_id(earlier, &url), "{url}");
            assert!(!is_row_id("other", &url) && !is_row_id("", &url), "{url}");
            let manifest = serde_json::json!({"id": id, "name": "A", "version": "", "description": "",
                "publisher": "", "support": "https://acme.example/help", "generation": 1, "actions": ["login"]});
            assert!(Manifest::parse(&manifest.to_string()).is_err(), "{id}");
        }
    }
}
