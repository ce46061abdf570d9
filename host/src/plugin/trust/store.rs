//! [`Trust`]: the contents of `trust.json`, which libraries may run and which additional hosts they may contact.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::plugin::isolation::Isolation;
use crate::storage::administration::Administration;
use crate::storage::home::Home;
use crate::storage::lock::Lock;
use crate::storage::own_file::{self, Unusable};
use crate::storage::write_error::not_stored;

const VERSION: u32 = 1;

/// The trust entries of plugins, by id, and what the administrator's policy allows.
#[derive(Debug)]
pub struct Trust {
    contents: Contents,
    administration: Administration,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Contents {
    version: u32,
    #[serde(default)]
    plugins: BTreeMap<String, Allowed>,
}

/// The trust entry of one plugin.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowed {
    /// The SHA-256 of each library that may run, in hexadecimal.
    #[serde(default)]
    pub sha256: Vec<String>,
    /// The libraries that these replaced, in hexadecimal. They may not run; what was stored for them is for these now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    replaced: Vec<String>,
    /// Hosts in addition to those of the manifest.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Whether the person allowed the plugin to run without a sandbox.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_sandbox: bool,
}

impl Trust {
    /// Reads `trust.json`; without the file, no plugin is trusted.
    ///
    /// # Errors
    /// `trust_invalid` when the file exists and cannot be read, or other users can change it, and those of
    /// [`Home::administration`].
    pub fn load(home: &Home) -> Result<Self> {
        let administration = home.administration()?.clone();
        let path = home.meshery().join("trust.json");
        let contents = match own_file::read(&path).map_err(|why| unusable(&path, &why))? {
            None => Contents { version: VERSION, ..Contents::default() },
            Some(bytes) => serde_json::from_slice(&bytes)
                .map_err(|error| invalid(&path, &error.to_string()))?,
        };
        if contents.version != VERSION {
            return Err(invalid(
                &path,
                &format!("its version {} is not supported", contents.version),
            ));
        }
        Ok(Self { contents, administration })
    }

    /// The ids with an entry.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.contents.plugins.keys().map(String::as_str)
    }

    /// The entry of a plugin that the person made; none where the policy alone decides.
    pub fn of(&self, id: &str) -> Option<&Allowed> {
        let by_person = !self.is_of_administrator();
        self.contents.plugins.get(id).filter(|it| by_person && !it.sha256.is_empty())
    }

    /// Whether the plugin with this SHA-256 may run: the policy allows it, and the person trusts it, unless the policy alone
    /// decides.
    pub fn allows(&self, id: &str, sha256: &str) -> bool {
        let trusts =
            |it: &Allowed| it.sha256.iter().any(|known| known.eq_ignore_ascii_case(sha256));
        let is_trusted = self.is_of_administrator() || self.of(id).is_some_and(trusts);
        !self.forbids(sha256) && is_trusted
    }

    /// Whether some plugin with this id may run, so that it is worth to hash the file of one.
    pub fn may_allow(&self, id: &str) -> bool {
        self.administration.decides_trust() || self.of(id).is_some()
    }

    /// Whether the hash of a plugin with this id says more than that it is not trusted.
    pub fn needs_hash(&self, id: &str) -> bool {
        self.may_allow(id) || self.administration.lists_plugins()
    }

    /// Whether the policy forbids this plugin.
    pub fn forbids(&self, sha256: &str) -> bool {
        self.administration.forbids(sha256)
    }

    /// Whether the policy alone decides which plugins run.
    pub fn is_of_administrator(&self) -> bool {
        self.administration.decides_trust()
    }

    /// Whether what was stored for the plugin with this hash is for the plugin that has this id now: it is the same, or
    /// the person trusted each that replaced it. A plugin that is trusted after [`Trust::forget`] replaces none.
    pub fn inherits(&self, id: &str, sha256: &str) -> bool {
        let replaced = |it: &Allowed| it.replaced.iter().any(|it| it == sha256);
        self.allows(id, sha256) || self.of(id).is_some_and(replaced)
    }

    /// Whether what was stored for the plugin with this hash will be for another one that the person trusts in its place.
    pub fn passes_on(&self, id: &str, sha256: &str) -> bool {
        let has = |it: &Allowed| it.sha256.iter().chain(&it.replaced).any(|it| it == sha256);
        self.of(id).is_some_and(has)
    }

    /// Whether the person agreed that it runs without a sandbox.
    pub fn allows_without_sandbox(&self, id: &str) -> bool {
        self.of(id).is_some_and(|it| it.without_sandbox)
    }

    /// Trusts exactly this hash, and no earlier one of the plugin.
    ///
    /// # Errors
    /// `not_stored`, and those of [`Trust::load`]. It does not ask what the policy allows: [`Trust::forbids`].
    pub fn allow(
        home: &Home,
        id: &str,
        sha256: &str,
        hosts: &[String],
        isolation: Isolation,
    ) -> Result<Allowed> {
        Self::change(home, |plugins| {
            let allowed = plugins.entry(id.to_owned()).or_default();
            let bytes = vec![sha256.to_ascii_lowercase()];
            allowed.without_sandbox &= allowed.sha256 == bytes;
            allowed.without_sandbox |= !isolation.is_sandbox();
            let before = std::mem::replace(&mut allowed.sha256, bytes);
            allowed.replaced.extend(before);
            allowed.replaced.retain(|it| !allowed.sha256.contains(it));
            for host in hosts {
                if !allowed.hosts.contains(host) {
                    allowed.hosts.push(host.clone());
                }
            }
            allowed.clone()
        })
    }

    /// Removes the entry of a plugin; false when it had none.
    ///
    /// # Errors
    /// As [`Trust::allow`].
    pub fn forget(home: &Home, id: &str) -> Result<bool> {
        Self::change(home, |plugins| plugins.remove(id).is_some())
    }

    /// Changes the file under its lock. Reads it again first: another process may have changed it during a prompt.
    fn change<T>(
        home: &Home,
        change: impl FnOnce(&mut BTreeMap<String, Allowed>) -> T,
    ) -> Result<T> {
        let path = home.meshery().join("trust.json");
        own_file::check_folders(&path).map_err(|why| unusable(&path, &why))?;
        let _lock = Lock::take(&path)?;
        let mut trust = Self::load(home)?;
        let changed = change(&mut trust.contents.plugins);
        let written = serde_json::to_vec_pretty(&trust.contents).map_err(io::Error::other);
        written
            .and_then(|bytes| own_file::write(&path, &bytes))
            .map_err(|error| not_stored(&path, &error))?;
        Ok(changed)
    }
}

fn unusable(path: &Path, why: &Unusable) -> Error {
    match why {
        Unusable::OpenFolder(folder) => open_to_others(folder),
        Unusable::Because(why) => invalid(path, why),
    }
}

fn open_to_others(folder: &Path) -> Error {
    let shown = folder.display().to_string();
    let close = Command::from("chmod o-w").value(&shown);
    Error::new(
        Code::TrustInvalid,
        format!("Other users can replace files in {shown}, so no plugin is trusted."),
    )
    .nothing_changed()
    .next(Suggestion::new("Restrict access", close))
}

fn invalid(path: &Path, why: &str) -> Error {
    let shown = path.display().to_string();
    let aside = Command::from("mv").value(&shown).value(&shown).glued(".bak");
    Error::new(
        Code::TrustInvalid,
        format!("{shown} cannot be used ({why}), so no plugin is trusted."),
    )
    .nothing_changed()
    .unchanged(path)
    .next(Suggestion::new("Move it away, then trust plugins again", aside))
}

#[cfg(test)]
mod tests;
