//! The plugins on offer: those of the registry whose URL is not that of another provider.

use mesheryctl_core::manifest::Manifest;

use crate::net::url::authority;
use crate::plugin::library::discovery::PluginFile;
use crate::plugin::registry;
use crate::plugin::trust::store::Trust;
use crate::providers::entry::{Source, installed};
use crate::storage::home::Home;

/// The files of the plugin directory, each with its manifest or the reason why it is not offered. A server knows a provider
/// by the host and port of its URL, so it would verify the token of a plugin as that of another provider with this URL.
pub fn plugin_files(home: &Home, trust: Option<&Trust>) -> Vec<PluginFile> {
    let mut files = registry::gather(home, trust);
    for file in &mut files {
        let Ok(manifest) = &file.manifest else { continue };
        let plugin = installed(manifest.clone(), Source::File(file.path.clone()));
        if let Some(owner) = plugin.built_in_owner() {
            file.manifest = Err(format!("it uses the URL of {owner}"));
        }
    }
    registry::settle(&mut files, trust, urls, |other| {
        let name = other.manifest.as_ref().map_or("another plugin", |it| &it.name);
        format!("it uses the URL of {name}")
    });
    files
}

fn urls(manifest: &Manifest) -> Vec<String> {
    let plugin = installed(manifest.clone(), Source::File(Default::default()));
    plugin.url.as_ref().map(authority).into_iter().collect()
}
