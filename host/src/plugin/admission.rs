//! Admission: from files that were found to a plugin that may run.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

use mesheryctl_core::manifest::{HostRule, Manifest};
use unicode_security::confusable_detection::skeleton;

use super::Plugin;
use super::discovery::{self, Found};
use super::library::Library;
use super::trust::Trust;
use crate::foreign;
use crate::home::Home;
use crate::problem::{Exit, Problem, Result};
use crate::prompt;
use crate::terminal::Terminal;

/// What people look for under these names is built in.
const RESERVED: [&str; 4] = ["layer5", "none", "local", "meshery"];

/// The plugins of the plugins directory; of those that cannot be told apart, the one that is trusted.
/// A directory that cannot be read is one thing that cannot be used.
pub fn gather(home: &Home) -> Vec<Found> {
    let directory = home.plugins();
    let mut found = discovery::look(directory).unwrap_or_else(|error| {
        let manifest = Err(format!("the plugins directory cannot be read: {error}"));
        vec![Found { path: directory.to_owned(), manifest, note: None }]
    });
    for one in &mut found {
        if let Ok(manifest) = &one.manifest
            && let Some(why) = imitates(manifest)
        {
            one.manifest = Err(why);
        }
    }
    settle_disputes(&mut found, home);
    found
}

/// Why a manifest is refused though it is sound: people would take it for what is built in.
pub fn imitates(manifest: &Manifest) -> Option<String> {
    let like = |text: &str| RESERVED.iter().any(|it| look_alike(it, text));
    (like(&manifest.id) || like(&manifest.name))
        .then(|| format!("its name or id imitates a built-in provider ({})", manifest.name))
}

/// Two files that claim one id or one name: whoever was allowed is meant, and nobody if nobody was.
fn settle_disputes(found: &mut [Found], home: &Home) {
    let mut claims: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, one) in found.iter().enumerate() {
        for claim in claims_of(one) {
            claims.entry(claim).or_default().push(index);
        }
    }
    claims.retain(|_, claimants| claimants.len() > 1);
    if claims.is_empty() {
        return;
    }
    // Whose trust cannot be read trusts nobody.
    let trust = Trust::load(home).ok();
    let mut chosen: HashMap<usize, bool> = HashMap::new();
    for claimants in claims.values() {
        let trusted = claimants
            .iter()
            .find(|&&it| trust.as_ref().is_some_and(|trust| is_trusted(&found[it], trust)));
        for claimant in claimants {
            let wins = trusted == Some(claimant);
            chosen.entry(*claimant).and_modify(|before| *before &= wins).or_insert(wins);
        }
    }
    let names: HashMap<usize, String> = claims
        .values()
        .flat_map(|claimants| {
            claimants.iter().map(|&it| (it, file_name(&found[rival(claimants, it)])))
        })
        .collect();
    for (index, wins) in chosen {
        if !wins {
            let rival = names.get(&index).map_or("another file", String::as_str);
            found[index].manifest =
                Err(format!("{rival} has the same id or a name that looks the same"));
        }
    }
}

fn rival(claimants: &[usize], own: usize) -> usize {
    claimants.iter().copied().find(|&it| it != own).unwrap_or(own)
}

pub fn file_name(found: &Found) -> String {
    found.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn claims_of(found: &Found) -> Vec<String> {
    match &found.manifest {
        Ok(manifest) => {
            vec![format!("id {}", manifest.id), format!("name {}", bones(&manifest.name))]
        }
        Err(_) => Vec::new(),
    }
}

fn is_trusted(found: &Found, trust: &Trust) -> bool {
    let Ok(manifest) = &found.manifest else { return false };
    // Hashing reads the whole library: only for those of which some bytes are trusted.
    trust.of(&manifest.id).is_some()
        && Library::read(&found.path).is_ok_and(|it| trust.allows(&manifest.id, &it.sha256))
}

fn look_alike(a: &str, b: &str) -> bool {
    bones(a) == bones(b)
}

/// A name without what makes no difference to the eye: case, spaces, hyphens, dots, and which of
/// several letters that look the same was taken.
fn bones(name: &str) -> String {
    // Before case is folded: a capital I looks like a small l, a small i does not.
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
    let bones = skeleton(&plain).filter(|c| c.is_alphanumeric()).collect::<String>();
    bones.to_lowercase().replace('0', "o").replace('5', "s")
}

/// How much a plugin is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    Trusted,
    New,
    /// Other bytes were allowed.
    Changed {
        from: String,
    },
}

impl Standing {
    pub fn of(trust: &Trust, id: &str, sha256: &str) -> Self {
        match trust.of(id) {
            Some(_) if trust.allows(id, sha256) => Self::Trusted,
            Some(allowed) => {
                Self::Changed { from: allowed.sha256.first().cloned().unwrap_or_default() }
            }
            None => Self::New,
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Trusted => "allowed",
            Self::New => "not yet allowed",
            Self::Changed { .. } => "changed since it was allowed",
        })
    }
}

/// A library that was read, and who may decide whether it runs.
pub struct Applicant {
    pub path: PathBuf,
    pub library: Library,
    pub manifest: Manifest,
    json: String,
}

impl Applicant {
    /// # Errors
    /// `plugin_unusable`, also when the file is not what was listed a moment ago.
    pub fn read(path: &Path, listed: &Manifest) -> Result<Self> {
        let unusable = |why: String| {
            let name = &listed.name;
            Problem::new(
                "plugin_unusable",
                Exit::Plugin,
                format!("The plugin {name} cannot be used: {why}. Nothing was changed."),
            )
            .next("See all plugins", "mesheryctl plugin list")
        };
        let library = Library::read(path).map_err(unusable)?;
        let json = library.manifest().map_err(unusable)?;
        match Manifest::parse(&json) {
            Ok(manifest) if manifest == *listed => {
                Ok(Self { path: path.to_owned(), library, manifest, json })
            }
            _ => Err(unusable("its file has just changed".into())),
        }
    }

    /// The plugin, if a person trusts exactly these bytes; on a terminal the first use asks.
    ///
    /// # Errors
    /// `plugin_untrusted`, `plugin_changed`, and those of [`Trust`].
    pub fn admit(
        self,
        hosts: &[String],
        home: &Home,
        terminal: &Terminal,
    ) -> Result<(Plugin, Vec<HostRule>)> {
        let trust = Trust::load(home)?;
        match Standing::of(&trust, &self.manifest.id, &self.library.sha256) {
            Standing::Trusted => {}
            Standing::New if terminal.can_prompt() => {
                self.ask(hosts, home, terminal)?;
                Trust::allow(home, &self.manifest.id, &self.library.sha256, &[])?;
            }
            Standing::New => return Err(self.untrusted()),
            Standing::Changed { from } => return Err(self.changed(&from)),
        }
        let allowed = trust.of(&self.manifest.id).map(|it| it.hosts.clone()).unwrap_or_default();
        let allowed = allowed.into_iter().filter_map(|it| HostRule::try_from(it).ok()).collect();
        let library = self.library.seal().map_err(|error| {
            Problem::new(
                "plugin_unusable",
                Exit::Plugin,
                format!(
                    "There is no safe place to load a plugin from: {error}. Nothing was changed."
                ),
            )
        })?;
        Ok((
            Plugin { manifest: self.manifest, json: self.json, library, terminal: *terminal },
            allowed,
        ))
    }

    /// Never answered by `--yes`: a script would trust whatever was dropped in.
    ///
    /// # Errors
    /// `plugin_untrusted` for any answer but yes.
    pub fn ask(&self, hosts: &[String], home: &Home, terminal: &Terminal) -> Result<()> {
        let Manifest { name, version, publisher, .. } = &self.manifest;
        let (version, publisher) = (foreign::shown(version, 20), foreign::shown(publisher, 40));
        terminal.say(&format!("{name} {version} is a third-party plugin by {publisher}."));
        let file = foreign::shown(&home.short(&self.path), 200);
        terminal.say(&format!("  {file}   sha256 {}", short(&self.library.sha256)));
        let hosts = if hosts.is_empty() {
            "no host".to_owned()
        } else {
            foreign::shown(&hosts.join(", "), 200)
        };
        terminal.say(&format!(
            "  It may talk to: {hosts}. It runs as you, in a process of its own, without a sandbox."
        ));
        if prompt::confirm("Use it?")? { Ok(()) } else { Err(self.declined()) }
    }

    fn declined(&self) -> Problem {
        let name = &self.manifest.name;
        Problem::new(
            "plugin_untrusted",
            Exit::Plugin,
            format!("The plugin {name} was not allowed. Nothing was changed."),
        )
        .next("Choose another provider", "mesheryctl system login")
    }

    fn untrusted(&self) -> Problem {
        let Manifest { name, id, .. } = &self.manifest;
        let sha256 = &self.library.sha256;
        Problem::new("plugin_untrusted", Exit::Plugin, format!("Nobody has allowed the plugin {name} yet, and this is no terminal to ask at. Nothing was changed."))
            .next("If you trust it", format!("mesheryctl plugin trust {id} --sha256 {sha256}"))
    }

    fn changed(&self, from: &str) -> Problem {
        let Manifest { name, id, .. } = &self.manifest;
        let to = short(&self.library.sha256);
        let from = short(from);
        Problem::new("plugin_changed", Exit::Plugin, format!("The plugin {name} changed since you allowed it (sha256 {from} is now {to}). Nothing was changed here."))
            .next("If you updated it", format!("mesheryctl plugin trust {id}"))
    }
}

/// `3f9c…21ab`
pub fn short(sha256: &str) -> String {
    match (sha256.get(..4), sha256.get(sha256.len().saturating_sub(4)..)) {
        (Some(first), Some(last)) => format!("{first}…{last}"),
        _ => sha256.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::look_alike;

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
            ("Layer5", "Láyer5"),
            ("None", "Nọne"),
            ("layer5", "layer-5"),
        ] {
            assert!(look_alike(a, b), "{a} {b}");
        }
        for (a, b) in
            [("Layer5", "Layer6"), ("None", "Nine"), ("Acme", "Acne"), ("Meshery", "Mesh")]
        {
            assert!(!look_alike(a, b), "{a} {b}");
        }
    }
}
