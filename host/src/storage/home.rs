//! [`Home`]: the home directory, the Meshery folder in it, and paths as they are displayed.

use std::env;
use std::path::{Path, PathBuf};

use crate::error::{Code, Error, Result, Suggestion};

/// The person's home directory and the Meshery folder in it.
#[derive(Debug, Clone)]
pub struct Home {
    home: PathBuf,
    plugins: PathBuf,
}

impl Home {
    /// Finds the home directory. `plugins` is the plugin directory given on the command line, if any.
    pub fn find(plugins: Option<&Path>) -> Result<Self> {
        match dirs::home_dir().filter(|path| path.is_absolute()) {
            Some(home) => {
                let variable = || env::var_os("MESHERYCTL_PLUGINS_DIR").filter(|it| !it.is_empty());
                let named = plugins.map(Path::to_owned).or_else(|| variable().map(PathBuf::from));
                let plugins = named.unwrap_or_else(|| home.join(".meshery/plugins"));
                Ok(Self { home, plugins })
            }
            None => Err(Error::new(Code::NoHome, "Cannot find your home directory.")
                .nothing_changed()
                .next(Suggestion::new("Set it", "export HOME=/home/you"))),
        }
    }

    /// A home directory for a test.
    #[cfg(test)]
    pub fn at(home: &Path) -> Self {
        Self { home: home.to_owned(), plugins: home.join(".meshery/plugins") }
    }

    pub fn path(&self) -> &Path {
        &self.home
    }

    /// `~/.meshery`, the folder that the Go CLI uses too.
    pub fn meshery(&self) -> PathBuf {
        self.home.join(".meshery")
    }

    /// The plugin directory.
    pub fn plugins(&self) -> &Path {
        &self.plugins
    }

    pub fn auth_json(&self) -> PathBuf {
        self.meshery().join("auth.json")
    }

    pub fn config_yaml(&self) -> PathBuf {
        self.meshery().join("config.yaml")
    }

    /// A path for display, with `~` for the home directory.
    pub fn short(&self, path: &Path) -> String {
        match path.strip_prefix(&self.home) {
            Ok(rest) => format!("~/{}", rest.display()),
            Err(_) => path.display().to_string(),
        }
    }
}
