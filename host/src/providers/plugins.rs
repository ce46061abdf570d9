//! The plugins on offer: those of the registry whose URL is not that of another provider.

use std::sync::Arc;

use mesheryctl_core::manifest::Manifest;

use crate::error::Result;
use crate::net::url::authority;
use crate::plugin::library::discovery::PluginFile;
use crate::plugin::registry;
use crate::providers::configuration::Configuration;
use crate::providers::entry::{Entry, Source, installed};
use crate::storage::home::Home;

/// The files of the plugin directory, each with its manifest or the reason why it is not offered. A server knows a provider
/// by the host and port of its URL, so it would verify the token of a plugin as that of another provider with this URL.
///
/// # Errors
/// As [`registry::gather`].
pub fn plugin_files(home: &Home, configuration: &Arc<Configuration>) -> Result<Vec<PluginFile>> {
    let trust = configuration.trust.as_ref();
    let mut files = registry::gather(home, trust)?;
    for file in &mut files {
        let Some(manifest) = with_url(file) else { continue };
        if let Some(owner) = entry(file, manifest, configuration).built_in_owner() {
            file.manifest = Err(format!("it uses the URL of {owner}"));
        }
    }
    let urls = |file: &PluginFile, _: &Manifest| {
        let plugin = with_url(file).map(|manifest| entry(file, manifest, configuration));
        plugin.and_then(|it| it.url).as_ref().map(authority).into_iter().collect()
    };
    registry::settle(&mut files, trust, urls, |other| {
        let name = other.manifest.as_ref().map_or("another plugin", |it| &it.name);
        format!("it uses the URL of {name}")
    });
    Ok(files)
}

/// The manifest of a plugin that a server may know.
fn with_url(file: &PluginFile) -> Option<&Manifest> {
    file.manifest.as_ref().ok().filter(|it| it.meshery_provider.is_some())
}

fn entry(file: &PluginFile, manifest: &Manifest, configuration: &Arc<Configuration>) -> Entry {
    installed(manifest.clone(), Source::File(file.path.clone()), configuration)
}
