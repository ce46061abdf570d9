//! Trust: which bytes a person allowed to run, and which further hosts; the contents of `trust.json`.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::home::Home;
use crate::problem::{Exit, Problem, Result, quoted};
use crate::staged::{self, Staged};
use crate::token_store::not_stored;

const VERSION: u32 = 1;

/// What was allowed to plugins, by id.
#[derive(Debug)]
pub struct Trust {
    path: PathBuf,
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
}

impl Trust {
    /// # Errors
    /// `trust_invalid` when the file is there and cannot be understood: then nothing is trusted.
    pub fn load(home: &Home) -> Result<Self> {
        let path = home.meshery().join("trust.json");
        let contents = match staged::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Contents { version: VERSION, ..Contents::default() }
            }
            Err(error) => return Err(invalid(&path, &error.to_string())),
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|error| invalid(&path, &error.to_string()))?,
        };
        if contents.version != VERSION {
            return Err(invalid(&path, &format!("it is of version {}", contents.version)));
        }
        Ok(Self { path, contents })
    }

    pub fn of(&self, id: &str) -> Option<&Allowed> {
        self.contents.plugins.get(id)
    }

    pub fn allows(&self, id: &str, sha256: &str) -> bool {
        self.of(id).is_some_and(|it| it.sha256.iter().any(|known| known == sha256))
    }

    /// From now on exactly these bytes may run, and no earlier ones.
    ///
    /// # Errors
    /// `not_stored`.
    pub fn allow(&mut self, id: &str, sha256: &str, hosts: &[String]) -> Result<()> {
        let allowed = self.contents.plugins.entry(id.to_owned()).or_default();
        allowed.sha256 = vec![sha256.to_owned()];
        for host in hosts {
            if !allowed.hosts.contains(host) {
                allowed.hosts.push(host.clone());
            }
        }
        self.save()
    }

    /// False when nothing was allowed to it.
    ///
    /// # Errors
    /// `not_stored`.
    pub fn forget(&mut self, id: &str) -> Result<bool> {
        if self.contents.plugins.remove(id).is_none() {
            return Ok(false);
        }
        self.save().map(|()| true)
    }

    fn save(&self) -> Result<()> {
        let written = serde_json::to_vec_pretty(&self.contents).map_err(io::Error::other);
        written
            .and_then(|bytes| Staged::new(&staged::follow(&self.path), &bytes)?.put())
            .map_err(|error| not_stored(&self.path, &error))
    }
}

fn invalid(path: &std::path::Path, why: &str) -> Problem {
    let path = path.display().to_string();
    let word = quoted(&path);
    Problem::new(
        "trust_invalid",
        Exit::Plugin,
        format!(
            "{path} cannot be understood ({why}), so no plugin is trusted. Nothing was changed."
        ),
    )
    .unchanged(&path)
    .next("Set it aside, and allow plugins anew", format!("mv {word} {word}.bak"))
}
