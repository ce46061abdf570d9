//! The registry of plugins: which discovered files are offered. A plugin that imitates a built-in provider is not
//! offered; of several with the same id or a confusable name, only the trusted one is.

use std::collections::HashMap;

use mesheryctl_core::manifest::Manifest;
use unicode_security::confusable_detection;

use super::library::Library;
use super::library::discovery::{self, PluginFile};
use super::trust::store::Trust;
use crate::platform::CAN_RUN_PLUGINS;
use crate::storage::home::Home;

/// Names of built-in providers, including older and longer ones, and names that would make a plugin's message look
/// like one of this program.
const RESERVED: [&str; 8] =
    ["layer5", "none", "local", "meshery", "layer5 cloud", "meshery cloud", "mesheryctl", "error"];

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
    let like = |text: &str| RESERVED.iter().any(|it| skeleton(it) == skeleton(text));
    (like(&manifest.id) || like(&manifest.name))
        .then(|| format!("its name or id imitates a built-in provider ({})", manifest.name))
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

/// The skeleton of a name: equal for names that look alike. It ignores case, spaces, punctuation and marks, and maps
/// confusable letters to one.
fn skeleton(name: &str) -> String {
    // Before case folding: `I` is confusable with `l`, `i` is not.
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
    let folded = confusable_detection::skeleton(&plain).collect::<String>().to_lowercase();
    // And after case folding: `m` is confusable with `rn`, `M` is not.
    let letters = confusable_detection::skeleton(&folded).filter(|c| c.is_alphanumeric());
    letters.collect::<String>().to_lowercase().replace('0', "o").replace('5', "s")
}

#[cfg(test)]
mod tests {
    use super::{imitation, refusal_if, skeleton};
    use mesheryctl_core::manifest::Manifest;

    fn named(name: &str) -> Manifest {
        let json = serde_json::json!({"id": "acme", "name": name, "version": "1",
            "description": "", "publisher": "", "support": "", "generation": 1,
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
    fn a_plugin_cannot_have_a_reserved_name() {
        for name in ["Meshery", "meshery", "Layer5 Cloud", "MESHERY CLOUD", "mesheryctl", "Error"] {
            assert!(imitation(&named(name)).is_some(), "{name}");
        }
        for name in ["Acme", "Meshery Mock", "Errol"] {
            assert_eq!(imitation(&named(name)), None, "{name}");
        }
    }

    #[test]
    fn names_that_look_alike_have_the_same_skeleton() {
        for (a, b) in [
            ("Layer5", "layer 5"),
            ("Layer5", "LAYERS"),
            ("Layer5", "Iayer5"),
            ("Layer5", "Layer-5."),
            ("Local", "Loca1"),
            ("None", "N0ne"),
            ("Coco", "Сосо"),
            ("Acme SSO", "acme-sso"),
            ("Meshery", "meshery"),
            ("ACME", "acme"),
            ("Acrne", "ACME"),
            ("Layer5", "Láyer5"),
            ("None", "Nọne"),
            ("layer5", "layer-5"),
        ] {
            assert!(skeleton(a) == skeleton(b), "{a} {b}");
        }
        for (a, b) in
            [("Layer5", "Layer6"), ("None", "Nine"), ("Acme", "Acne"), ("Meshery", "Mesh")]
        {
            assert!(skeleton(a) != skeleton(b), "{a} {b}");
        }
    }
}
