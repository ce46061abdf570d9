//! The registry of plugins: which discovered files are offered. A plugin that imitates a built-in provider is not
//! offered; of several that make the same claim, such as an id or a name that looks the same, only the trusted one is.

use std::collections::HashMap;
use std::path::Path;

use mesheryctl_core::manifest::Manifest;

use super::library::Library;
use super::library::discovery::{self, PluginFile};
use super::look_alike::{self, skeleton};
use super::trust::store::Trust;
use crate::error::Result;
use crate::platform::CAN_RUN_PLUGINS;
use crate::storage::home::Home;

/// All plugins in the plugin directory, each with its manifest or the reason why it is not offered. A directory that
/// cannot be read is returned as one such entry.
///
/// # Errors
/// As [`Home::plugins`].
pub fn gather(home: &Home, trust: Option<&Trust>) -> Result<Vec<PluginFile>> {
    let directory = home.plugins()?;
    let mut found = discovery::scan(&directory, refusal).unwrap_or_else(|error| {
        let manifest = Err(format!("the plugin directory cannot be read: {error}"));
        vec![PluginFile::new(directory, manifest)]
    });
    settle(&mut found, trust, names, |other| {
        format!("{} has an id or a name that looks the same", other.file_name())
    });
    Ok(found)
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

/// Of files that make the same claim, keeps only a trusted one; if none is trusted, rejects all. `why` is said of a rejected
/// file, and is given the one that has precedence.
pub fn settle(
    found: &mut [PluginFile],
    trust: Option<&Trust>,
    claims_of: impl Fn(&PluginFile, &Manifest) -> Vec<String>,
    why: impl Fn(&PluginFile) -> String,
) {
    let mut claims: HashMap<String, Vec<usize>> = HashMap::with_capacity(2 * found.len());
    for (index, one) in found.iter().enumerate() {
        for claim in one.manifest.as_ref().map(|it| claims_of(one, it)).unwrap_or_default() {
            claims.entry(claim).or_default().push(index);
        }
    }
    let mut rejected: HashMap<usize, String> = HashMap::new();
    for indices in claims.into_values().filter(|it| it.len() > 1) {
        let trusted = indices.iter().copied().find(|&it| {
            let PluginFile { path, manifest, .. } = &found[it];
            manifest.as_ref().is_ok_and(|it| is_trusted(path, &it.id, trust))
        });
        for &duplicate in indices.iter().filter(|&&it| Some(it) != trusted) {
            let other = trusted.or_else(|| indices.iter().copied().find(|&it| it != duplicate));
            rejected.insert(duplicate, other.map(|it| why(&found[it])).unwrap_or_default());
        }
    }
    for (duplicate, why) in rejected {
        found[duplicate].manifest = Err(why);
    }
}

/// The id and the name as people read them. They are one claim each, because a command takes either.
fn names(_: &PluginFile, manifest: &Manifest) -> Vec<String> {
    let mut names = vec![skeleton(&manifest.id), skeleton(&manifest.name)];
    names.dedup();
    names
}

/// Whether the bytes of the file are trusted for this id. Hashes the file only if they may be, since that reads it whole.
fn is_trusted(path: &Path, id: &str, trust: Option<&Trust>) -> bool {
    let allows = |trust: &Trust| Library::read(path).is_ok_and(|it| trust.allows(id, &it.sha256));
    trust.filter(|it| it.may_allow(id)).is_some_and(allows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::isolation::Isolation;

    fn named(name: &str) -> Manifest {
        called("acme", name)
    }

    fn called(id: &str, name: &str) -> Manifest {
        let json = serde_json::json!({"id": id, "name": name, "version": "1",
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
        let named = |id, name| imitation(&called(id, name));
        assert_eq!(named("acme", "Acme"), None);
        assert_eq!(named("acme", "N0ne").unwrap(), "its name N0ne looks like None");
        assert_eq!(named("layer5", "Acme").unwrap(), "its id layer5 looks like Layer5");
    }

    /// A small library, whose bytes stand for those of any plugin.
    const LIBRARY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fuzz/seeds/library/one");

    #[test]
    fn of_plugins_with_one_id_or_name_only_a_trusted_one_is_offered() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        let sha256 = Library::read(Path::new(LIBRARY)).unwrap().sha256;
        Trust::allow(&home, "acme-sso", &sha256, &[], Isolation::of_test(true)).unwrap();
        let trust = Trust::load(&home).unwrap();
        // The trusted plugin has the id acme-sso. Of each other one the id and the name, and which of the two is offered
        // with the trust file and without it.
        for (name, other, with_trust, without) in [
            ("Acme", ("tool", "Tool"), [true, true], [true, true]),
            ("Acme", ("acme", "Tool"), [true, false], [false, false]),
            ("Acme", ("a-c-m-e", "Tool"), [true, false], [false, false]),
            ("Acme", ("acrne", "Tool"), [true, false], [false, false]),
            ("Acme", ("tool", "ACME"), [true, false], [false, false]),
            ("Acme", ("tool", "Acme SSO"), [true, false], [false, false]),
            ("Acme", ("acmesso", "Tool"), [true, false], [false, false]),
            ("Acme SSO", ("tool", "Tool"), [true, true], [true, true]),
        ] {
            for (trust, expected) in [(Some(&trust), with_trust), (None, without)] {
                let file =
                    |id: &str, name: &str| PluginFile::new(LIBRARY.into(), Ok(called(id, name)));
                // The other one is first in the directory.
                let mut files = [file(other.0, other.1), file("acme-sso", name)];
                settle(&mut files, trust, names, |_| "why".to_owned());
                let offered = [files[1].manifest.is_ok(), files[0].manifest.is_ok()];
                assert_eq!(offered, expected, "{name} {other:?}");
            }
        }
    }
}
