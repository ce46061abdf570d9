//! [`Home`]: the home directory, the Meshery folder in it, and paths as they are displayed.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::storage::administration::{self, Administration};

/// The person's home directory and the Meshery folder in it.
#[derive(Debug, Clone)]
pub struct Home {
    home: PathBuf,
    /// The plugin directory that was named.
    plugins: Option<Named>,
    /// In place of that of this computer, for tests.
    administration: Option<Arc<Administration>>,
}

/// A plugin directory by what names it.
#[derive(Debug, Clone)]
enum Named {
    Flag(PathBuf),
    Variable(PathBuf),
}

const PLUGINS_VARIABLE: &str = "MESHERYCTL_PLUGINS_DIR";

impl Home {
    /// Finds the home directory. `plugins` is the plugin directory given on the command line, if any.
    pub fn find(plugins: Option<&Path>) -> Result<Self> {
        match dirs::home_dir().filter(|path| path.is_absolute()) {
            Some(home) => {
                let variable = || env::var_os(PLUGINS_VARIABLE).filter(|it| !it.is_empty());
                let named = plugins.map(|it| Named::Flag(it.to_owned()));
                let plugins = named.or_else(|| Some(Named::Variable(variable()?.into())));
                Ok(Self { home, plugins, administration: None })
            }
            None => Err(Error::new(Code::NoHome, "Cannot find your home directory.")
                .nothing_changed()
                .next(Suggestion::new("Set it", "export HOME=/home/you"))),
        }
    }

    /// A home directory for a test, on a computer without a policy.
    #[cfg(test)]
    pub fn at(home: &Path) -> Self {
        Self::administered(home, Administration::default())
    }

    /// A home directory for a test, on a computer with this policy.
    #[cfg(test)]
    pub fn administered(home: &Path, administration: Administration) -> Self {
        let administration = Some(Arc::new(administration));
        Self { home: home.to_owned(), plugins: None, administration }
    }

    /// What the administrator of this computer fixed.
    ///
    /// # Errors
    /// As [`Administration::of_this_computer`].
    pub fn administration(&self) -> Result<&Administration> {
        match &self.administration {
            Some(administration) => Ok(administration),
            None => Administration::of_this_computer(),
        }
    }

    /// The plugin directory: that of the policy, which neither a flag nor a variable can change, else the named one, else
    /// that of the Meshery folder.
    ///
    /// # Errors
    /// `set_by_policy`, and those of [`Home::administration`].
    pub fn plugins(&self) -> Result<PathBuf> {
        let fixed = self.administration()?.plugins_dir();
        match (fixed, &self.plugins) {
            (Some(fixed), Some(Named::Flag(it))) if it != fixed => {
                Err(administration::fixed("--plugins-dir cannot be used: the plugin directory"))
            }
            (Some(fixed), Some(Named::Variable(it))) if it != fixed => {
                let what = format!("{PLUGINS_VARIABLE} cannot be used: the plugin directory");
                let unset = Command::from("unset").value(PLUGINS_VARIABLE);
                Err(administration::fixed(&what).next(Suggestion::new("Unset it", unset)))
            }
            (Some(fixed), _) => Ok(fixed.to_owned()),
            (None, Some(Named::Flag(it) | Named::Variable(it))) => Ok(it.clone()),
            (None, None) => Ok(self.meshery().join("plugins")),
        }
    }

    pub fn path(&self) -> &Path {
        &self.home
    }

    /// `~/.meshery`, the folder that the Go CLI uses too.
    pub fn meshery(&self) -> PathBuf {
        self.home.join(".meshery")
    }

    pub fn auth_json(&self) -> PathBuf {
        self.meshery().join("auth.json")
    }

    pub fn config_yaml(&self) -> PathBuf {
        self.meshery().join("config.yaml")
    }

    /// The config file: the one that `--config` names, else `~/.meshery/config.yaml`.
    pub fn config_file(&self, named: Option<&Path>) -> PathBuf {
        named.map_or_else(|| self.config_yaml(), Path::to_owned)
    }

    /// A path for display, with `~` for the home directory.
    pub fn short(&self, path: &Path) -> String {
        match path.strip_prefix(&self.home) {
            Ok(rest) => format!("~/{}", rest.display()),
            Err(_) => path.display().to_string(),
        }
    }
}
