//! [`Trust`]: the contents of `trust.json`, which libraries may run and which additional hosts they may contact.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::platform::files::{self, Writers};
use crate::plugin::isolation::Isolation;
use crate::storage::atomic_file::{self, AtomicFile};
use crate::storage::home::Home;
use crate::storage::lock::Lock;
use crate::storage::write_error::not_stored;

const VERSION: u32 = 1;

/// The trust entries of plugins, by id.
#[derive(Debug)]
pub struct Trust {
    contents: Contents,
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
    /// `trust_invalid` when the file exists and cannot be read, or other users can change it.
    pub fn load(home: &Home) -> Result<Self> {
        let path = home.meshery().join("trust.json");
        let contents = match atomic_file::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Contents { version: VERSION, ..Contents::default() }
            }
            Err(error) => return Err(invalid(&path, &error.to_string())),
            Ok(file) => {
                check_folders(&path)?;
                let bytes = check_file(&file).and_then(|()| atomic_file::contents(file));
                let bytes = bytes.map_err(|error| invalid(&path, &error.to_string()))?;
                serde_json::from_slice(&bytes)
                    .map_err(|error| invalid(&path, &error.to_string()))?
            }
        };
        if contents.version != VERSION {
            return Err(invalid(
                &path,
                &format!("its version {} is not supported", contents.version),
            ));
        }
        Ok(Self { contents })
    }

    /// The ids with an entry.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.contents.plugins.keys().map(String::as_str)
    }

    pub fn of(&self, id: &str) -> Option<&Allowed> {
        self.contents.plugins.get(id).filter(|it| !it.sha256.is_empty())
    }

    pub fn allows(&self, id: &str, sha256: &str) -> bool {
        self.of(id)
            .is_some_and(|it| it.sha256.iter().any(|known| known.eq_ignore_ascii_case(sha256)))
    }

    /// Whether what was stored for the plugin with this hash is for the plugin that has this id now: it is the same, or
    /// the person trusted each that replaced it. A plugin that is trusted after [`Trust::forget`] replaces none.
    pub fn inherits(&self, id: &str, sha256: &str) -> bool {
        let replaced = |it: &Allowed| it.replaced.iter().any(|it| it == sha256);
        self.allows(id, sha256) || self.of(id).is_some_and(replaced)
    }

    pub fn allows_without_sandbox(&self, id: &str) -> bool {
        self.of(id).is_some_and(|it| it.without_sandbox)
    }

    /// Trusts exactly this hash, and no earlier one of the plugin.
    ///
    /// # Errors
    /// `not_stored`, and those of [`Trust::load`].
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
        check_folders(&path)?;
        let _lock = Lock::take(&path)?;
        let mut trust = Self::load(home)?;
        let changed = change(&mut trust.contents.plugins);
        let written = serde_json::to_vec_pretty(&trust.contents).map_err(io::Error::other);
        written
            .and_then(|bytes| AtomicFile::new(&atomic_file::follow(&path), &bytes)?.put())
            .map_err(|error| not_stored(&path, &error))?;
        Ok(changed)
    }
}

/// Rejects a folder in which other users can replace `trust.json`, or the file that it links to.
fn check_folders(path: &Path) -> Result<()> {
    let target = atomic_file::follow(path);
    for folder in [path, &target].map(atomic_file::folder_of) {
        // A missing folder will be created for this user alone.
        if std::fs::metadata(folder).is_ok_and(|it| files::is_open_to_others(&it)) {
            return Err(open_to_others(folder));
        }
    }
    Ok(())
}

/// Rejects a file that other users can change. Checks the open file, since its path may name another by now.
fn check_file(file: &File) -> io::Result<()> {
    let metadata = file.metadata()?;
    match rejection(files::writers(&metadata), files::is_of_another_user(&metadata)) {
        Some(why) => Err(io::Error::other(why)),
        None => Ok(()),
    }
}

/// Why the file cannot be used, if so.
fn rejection(writers: Writers, is_of_another_user: bool) -> Option<&'static str> {
    if writers != Writers::Owner {
        return Some("other users can write to it");
    }
    // In a folder that others can write to, they can place a file of their own.
    is_of_another_user.then_some("it is owned by another user")
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
