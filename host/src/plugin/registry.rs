//! The roster: which of the files that were found are on offer. No imitation is, and of several that
//! cannot be told apart only the one that is trusted.

use std::collections::HashMap;

use mesheryctl_core::manifest::Manifest;
use unicode_security::confusable_detection::skeleton;

use super::library::Library;
use super::library::discovery::{self, Found};
use super::trust::store::Trust;
use crate::platform::CAN_RUN_PLUGINS;
use crate::storage::home::Home;

/// What people look for under these names is built in, also under older and longer ones; or it is this
/// program that speaks, and not a plugin behind its name.
const RESERVED: [&str; 8] =
    ["layer5", "none", "local", "meshery", "layer5 cloud", "meshery cloud", "mesheryctl", "error"];

/// Everything in the plugins directory, each with its manifest or why it is not on offer. A directory
/// that cannot be read is one such thing.
pub fn gather(home: &Home) -> Vec<Found> {
    let directory = home.plugins();
    let mut found = discovery::look(directory).unwrap_or_else(|error| {
        let manifest = Err(format!("the plugin directory cannot be read: {error}"));
        vec![Found { path: directory.to_owned(), manifest, note: None }]
    });
    for one in &mut found {
        if let Some(why) = one.manifest.as_ref().ok().and_then(refusal) {
            one.manifest = Err(why);
        }
    }
    settle_disputes(&mut found, home);
    found
}

/// Why a plugin with a sound manifest is not on offer: none runs on this system, or people would take it for what
/// is built in.
pub fn refusal(manifest: &Manifest) -> Option<String> {
    refusal_where(CAN_RUN_PLUGINS, manifest)
}

fn refusal_where(plugins_run: bool, manifest: &Manifest) -> Option<String> {
    match plugins_run {
        true => imitates(manifest),
        false => Some("plugins do not run on this system".to_owned()),
    }
}

fn imitates(manifest: &Manifest) -> Option<String> {
    let like = |text: &str| RESERVED.iter().any(|it| bones(it) == bones(text));
    (like(&manifest.id) || like(&manifest.name))
        .then(|| format!("its name or id imitates a built-in provider ({})", manifest.name))
}

/// Of files that claim one id or one name, whoever was allowed is meant, and nobody if nobody was.
fn settle_disputes(found: &mut [Found], home: &Home) {
    let mut claims: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, one) in found.iter().enumerate() {
        for claim in claims_of(one) {
            claims.entry(claim).or_default().push(index);
        }
    }
    let disputes: Vec<Vec<usize>> = claims.into_values().filter(|it| it.len() > 1).collect();
    if disputes.is_empty() {
        return;
    }
    // Whoever's trust cannot be read trusts nobody.
    let trust = Trust::load(home).ok();
    let mut losers: HashMap<usize, String> = HashMap::new();
    for claimants in disputes {
        let winner = claimants.iter().copied().find(|&it| is_trusted(&found[it], trust.as_ref()));
        for &loser in claimants.iter().filter(|&&it| Some(it) != winner) {
            let rival = winner.or_else(|| claimants.iter().copied().find(|&it| it != loser));
            losers.insert(loser, rival.map(|it| found[it].file_name()).unwrap_or_default());
        }
    }
    for (loser, rival) in losers {
        found[loser].manifest =
            Err(format!("{rival} has the same id or a name that looks the same"));
    }
}

fn claims_of(found: &Found) -> Vec<String> {
    match &found.manifest {
        Ok(manifest) => {
            vec![format!("id {}", manifest.id), format!("name {}", bones(&manifest.name))]
        }
        Err(_) => Vec::new(),
    }
}

/// Hashing reads the whole library: only for those of which some bytes are trusted.
fn is_trusted(found: &Found, trust: Option<&Trust>) -> bool {
    let (Ok(manifest), Some(trust)) = (&found.manifest, trust) else { return false };
    trust.of(&manifest.id).is_some()
        && Library::read(&found.path).is_ok_and(|it| trust.allows(&manifest.id, &it.sha256))
}

/// A name without what makes no difference to the eye: case, spaces, hyphens, dots, marks, and which
/// of several letters that look the same was taken.
fn bones(name: &str) -> String {
    // Before case is folded: a capital I looks like a small l, a small i does not.
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
    let folded = skeleton(&plain).collect::<String>().to_lowercase();
    // And after: a small m looks like rn, a capital one does not.
    let bones = skeleton(&folded).filter(|c| c.is_alphanumeric()).collect::<String>();
    bones.to_lowercase().replace('0', "o").replace('5', "s")
}

#[cfg(test)]
mod tests {
    use super::{bones, imitates, refusal_where};
    use mesheryctl_core::manifest::Manifest;

    fn named(name: &str) -> Manifest {
        let json = serde_json::json!({"id": "acme", "name": name, "version": "1",
            "description": "", "publisher": "", "support": "", "generation": 1,
            "actions": ["login"]});
        Manifest::parse(&json.to_string()).unwrap()
    }

    #[test]
    fn no_plugin_is_on_offer_where_none_can_run() {
        assert_eq!(refusal_where(true, &named("Acme")), None);
        let why = refusal_where(false, &named("Acme")).unwrap();
        assert_eq!(why, "plugins do not run on this system");
    }

    #[test]
    fn what_is_built_in_and_what_the_program_says_are_nobodys_name() {
        for name in ["Meshery", "meshery", "Layer5 Cloud", "MESHERY CLOUD", "mesheryctl", "Error"] {
            assert!(imitates(&named(name)).is_some(), "{name}");
        }
        for name in ["Acme", "Meshery Mock", "Errol"] {
            assert_eq!(imitates(&named(name)), None, "{name}");
        }
    }

    #[test]
    fn names_that_look_the_same_are_told_to_be_the_same() {
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
            assert!(bones(a) == bones(b), "{a} {b}");
        }
        for (a, b) in
            [("Layer5", "Layer6"), ("None", "Nine"), ("Acme", "Acne"), ("Meshery", "Mesh")]
        {
            assert!(bones(a) != bones(b), "{a} {b}");
        }
    }
}
