//! [`Trial`]: a plugin that runs because its author named the file for this run. Nothing is trusted, and no trust is stored.

use std::path::{Path, PathBuf};

use mesheryctl_core::manifest::Manifest;

use super::Plugin;
use super::isolation::Isolation;
use super::library::{Library, Sealed};
use super::worker::Worker;
use super::worker_error::WorkerError;
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::storage::administration::POLICY_FILE;
use crate::storage::home::Home;
use crate::text::Line;

/// The bytes of a plugin that may run now, in its sandbox only.
pub struct Trial {
    pub manifest: Manifest,
    pub sha256: String,
    /// The manifest exactly as it is in the library.
    json: String,
    library: Sealed,
    isolation: Isolation,
}

impl Trial {
    /// # Errors
    /// `plugin_unusable`, and those of [`Trial::of`].
    pub fn read(path: &Path, home: &Home) -> Result<Self> {
        let library = Library::read(path).map_err(|why| unusable(path, &why))?;
        let json = library.manifest().map_err(|why| unusable(path, &why))?;
        let manifest = Manifest::parse(&json);
        let invalid = |why| unusable(path, &format!("its manifest is invalid: {why}"));
        Self::of(&library, manifest.map_err(invalid)?, json, home)
    }

    /// A library of which this is the manifest.
    ///
    /// # Errors
    /// `plugin_not_allowed` if the administrator's policy allows only plugins that it names, `plugin_without_sandbox`, and
    /// those of [`Home::administration`].
    pub fn of(library: &Library, manifest: Manifest, json: String, home: &Home) -> Result<Self> {
        if home.administration()?.forbids(&library.sha256) {
            return Err(forbidden(&library.sha256));
        }
        let isolation = Isolation::here();
        if !isolation.is_sandbox() {
            let layers = isolation.layers();
            let message = format!(
                "A plugin that is not trusted runs in a sandbox only, and this system has none ({layers})."
            );
            return Err(Error::new(Code::PluginWithoutSandbox, message).nothing_changed());
        }
        let sealed = library.seal().map_err(|error| {
            let message = format!("Cannot load the plugin safely: {error}.");
            Error::new(Code::PluginUnusable, message).nothing_changed()
        })?;
        let sha256 = library.sha256.clone();
        Ok(Self { manifest, sha256, json, library: sealed, isolation })
    }

    /// Starts a worker, which loads the library and reports every denied call.
    pub fn worker(&self) -> std::result::Result<Worker, WorkerError> {
        Worker::start_reporting(&self.library, self.isolation)
    }

    /// The manifest exactly as it is in the library.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// The sandbox, for the report.
    pub fn isolation(&self) -> Isolation {
        self.isolation
    }

    pub fn into_plugin(self) -> Plugin {
        Plugin::new(self.manifest, self.json, self.library, self.isolation)
    }
}

/// The path by which this file may be read. If the administrator's policy fixed the plugin directory, the file must be in it,
/// and the path leads there whatever links of the person become.
///
/// # Errors
/// `plugin_not_allowed`, and those of [`Home::administration`].
pub fn permitted(file: &Path, home: &Home) -> Result<PathBuf> {
    let Some(fixed) = home.administration()?.plugins_dir() else { return Ok(file.to_owned()) };
    let folder = file.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let place = |it: &Path| it.canonicalize().ok();
    match (file.file_name(), place(folder)) {
        (Some(name), Some(folder)) if place(fixed).as_ref() == Some(&folder) => {
            Ok(folder.join(name))
        }
        _ => {
            let file = Line::new(file.display().to_string());
            let fixed = fixed.display();
            let message = format!(
                "{file} may not run: it is not in {fixed}, the plugin directory that is set by {POLICY_FILE}."
            );
            Err(Error::new(Code::PluginNotAllowed, message).nothing_changed())
        }
    }
}

/// The error for a file that is no plugin.
pub fn unusable(path: &Path, why: &str) -> Error {
    let path = Line::new(path.display().to_string());
    let message = format!("{path} cannot be used as a plugin: {}.", Line::new(why));
    Error::new(Code::PluginUnusable, message).nothing_changed()
}

fn forbidden(sha256: &str) -> Error {
    let message = format!("This plugin (SHA-256 {sha256}) is not allowed by {POLICY_FILE}.");
    let list = Command::from("mesheryctl plugin list");
    Error::new(Code::PluginNotAllowed, message)
        .nothing_changed()
        .next(Suggestion::new("See which plugins may run", list))
}
