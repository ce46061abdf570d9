//! The registry of plugins: which discovered files are offered. A plugin that imitates a built-in provider is not
//! offered; of several with the same id or a confusable name, only the trusted one is.

use std::collections::HashMap;

use mesheryctl_core::manifest::Manifest;

use super::library::Library;
use super::library::discovery::{self, PluginFile};
use super::look_alike::{self, skeleton};
use super::trust::store::Trust;
use crate::platform::CAN_RUN_PLUGINS;
use crate::storage::home::Home;

/// All plugins in the plugin directory, each with its manifest or the reason why it is not offered. A directory that
/// cannot be read is returned as one such entry.
pub fn gather(home: &Home) -> Vec<PluginFile> {
    let directory = home.plugins();
    let mut found = discovery::scan(directory).unwrap_or_else(|error| {
        let manifest = Err(format!("the plugin directory cannot be read: {error}"));
        vec![PluginFile { path: directory.to_owned(), manifest, note: None }]
    });
    for one in &mut found {
        if let Some(why) = one.manifest.as_ref().ok().and_then(refusal) {
            one.manifest = Err(why);
        }
    }
    reject_duplicates(&mut found, home);
    found
}

/// Why a plugin with a valid manifest is not offered: this system runs no plugins, or its name could be mistaken for
/// a built-in one.
pub fn refusal(manifest: &Manifest) -> Option<String> {
    refusal_if(CAN_RUN_PLUGINS, manifest)
}

fn refusal_if(plugins_run: bool, manifest: &Manifest) -> Option<String> {
    match plugins_run {
        true => imitation(manifest),
        false => Some("plugins do not run on this system".to_owned()),
    }
}

fn imitation(manifest: &Manifest) -> Option<String> {
    let said = |what: &str, text: &str| {
        look_alike::reserved(text).map(|it| format!("its {what} {text} looks like {it}"))
    };
    said("id", &manifest.id).or_else(|| said("name", &manifest.name))
}

/// Of files with the same id or a confusable name, keeps only a trusted one; if none is trusted, rejects all.
fn reject_duplicates(found: &mut [PluginFile], home: &Home) {
    let mut claims: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, one) in found.iter().enumerate() {
        for claim in claims_of(one) {
            claims.entry(claim).or_default().push(index);
        }
    }
    let conflicts: Vec<Vec<usize>> = claims.into_values().filter(|it| it.len() > 1).collect();
    if conflicts.is_empty() {
        return;
    }
    // If the trust file cannot be read, no plugin is trusted.
    let trust = Trust::load(home).ok();
    let mut rejected: HashMap<usize, String> = HashMap::new();
    for indices in conflicts {
        let trusted = indices.iter().copied().find(|&it| is_trusted(&found[it], trust.as_ref()));
        for &duplicate in indices.iter().filter(|&&it| Some(it) != trusted) {
            let other = trusted.or_else(|| indices.iter().copied().find(|&it| it != duplicate));
            rejected.insert(duplicate, other.map(|it| found[it].file_name()).unwrap_or_default());
        }
    }
    for (duplicate, other) in rejected {
        found[duplicate].manifest =
            Err(format!("{other} has the same id or a name that looks the same"));
    }
}

fn claims_of(found: &PluginFile) -> Vec<String> {
    match &found.manifest {
        Ok(manifest) => {
            vec![format!("id {}", manifest.id), format!("name {}", skeleton(&manifest.name))]
        }
        Err(_) => Vec::new(),
    }
}

/// Whether the bytes of the file are trusted. Hashes the file only if its id has a trust entry, since that reads it
/// whole.
fn is_trusted(found: &PluginFile, trust: Option<&Trust>) -> bool {
    let (Ok(manifest), Some(trust)) = (&found.manifest, trust) else { return false };
    trust.of(&manifest.id).is_some()
        && Library::read(&found.path).is_ok_and(|it| trust.allows(&manifest.id, &it.sha256))
}

#[cfg(test)]
mod tests {
    use super::{imitation, refusal_if};
    use mesheryctl_core::manifest::Manifest;

    fn named(name: &str) -> Manifest {
        let json = serde_json::json!({"id": "acme", "name": name, "version": "1",
            "description": "", "publisher": "", "support": "https://acme.example", "generation": 1,
            "actions": ["login"]});
        Manifest::parse(&json.to_string()).unwrap()
    }

    #[test]
    fn no_plugin_is_offered_where_plugins_cannot_run() {
        assert_eq!(refusal_if(true, &named("Acme")), None);
        let why = refusal_if(false, &named("Acme")).unwrap();
        assert_eq!(why, "plugins do not run on this system");
    }

    #[test]
    fn a_plugin_with_a_reserved_name_or_id_is_not_offered() {
        let named = |id, name| imitation(&Manifest { id: String::from(id), ..named(name) });
        assert_eq!(named("acme", "Acme"), None);
        assert_eq!(named("acme", "N0ne").unwrap(), "its name N0ne looks like None");
        assert_eq!(named("layer5", "Acme").unwrap(), "its id layer5 looks like Layer5");
    }
}
