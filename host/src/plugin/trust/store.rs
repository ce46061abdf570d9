//! Trust: which bytes a person allowed to run, and which further hosts; the contents of `trust.json`.

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
use crate::storage::token_store::{Lock, not_stored};

const VERSION: u32 = 1;

/// What was allowed to plugins, by id.
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

/// What was allowed to one plugin.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowed {
    /// The hashes of the libraries that may run, in hexadecimal.
    #[serde(default)]
    pub sha256: Vec<String>,
    /// Hosts beside those of the manifest.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Whether a person was told that there was no sandbox, and allowed it all the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_sandbox: bool,
}

impl Trust {
    /// # Errors
    /// `trust_invalid` when the file is there and cannot be understood: then nothing is trusted.
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

    pub fn of(&self, id: &str) -> Option<&Allowed> {
        self.contents.plugins.get(id).filter(|it| !it.sha256.is_empty())
    }

    pub fn allows(&self, id: &str, sha256: &str) -> bool {
        self.of(id)
            .is_some_and(|it| it.sha256.iter().any(|known| known.eq_ignore_ascii_case(sha256)))
    }

    pub fn allows_without_sandbox(&self, id: &str) -> bool {
        self.of(id).is_some_and(|it| it.without_sandbox)
    }

    /// From now on exactly these bytes may run, and no earlier ones.
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
            allowed.sha256 = bytes;
            for host in hosts {
                if !allowed.hosts.contains(host) {
                    allowed.hosts.push(host.clone());
                }
            }
            allowed.clone()
        })
    }

    /// False when nothing was allowed to it.
    ///
    /// # Errors
    /// As [`Trust::allow`].
    pub fn forget(home: &Home, id: &str) -> Result<bool> {
        Self::change(home, |plugins| plugins.remove(id).is_some())
    }

    /// Read anew under the lock: a question may have stood on a screen for long since it was last read.
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

/// Refuses a folder in which others can replace `trust.json`, or the file that it links to.
fn check_folders(path: &Path) -> Result<()> {
    let target = atomic_file::follow(path);
    for folder in [path, &target].map(atomic_file::folder_of) {
        // A folder that is not there yet is made for this user alone.
        if std::fs::metadata(folder).is_ok_and(|it| files::is_open_to_others(&it)) {
            return Err(open_to_others(folder));
        }
    }
    Ok(())
}

/// Refuses a file that others can change. Asked of the open file, whose name may lead elsewhere by now.
fn check_file(file: &File) -> io::Result<()> {
    let found = file.metadata()?;
    match flaw(files::writers(&found), files::is_of_another_user(&found)) {
        Some(why) => Err(io::Error::other(why)),
        None => Ok(()),
    }
}

/// Why a file says nothing of what its user trusts.
fn flaw(writers: Writers, is_of_another_user: bool) -> Option<&'static str> {
    if writers != Writers::Owner {
        return Some("other users can write to it");
    }
    // In a folder that others can write, they can put one of theirs.
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
