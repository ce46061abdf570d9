//! The environment of a sign-in: whether a browser can be opened here that can connect to the callback.
//! `session/route.rs` decides whether one is opened.

use std::env;
use std::path::Path;

use super::browsers::is_text_browser;
use crate::platform::DISPLAYS_ARE_NAMED;

/// The environment of a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// A browser can be opened, and reaches this computer; its name in a message.
    Browser(&'static str),
    /// No browser can be opened; the reason, a sentence.
    NoBrowser(&'static str),
}

impl Environment {
    pub fn find() -> Self {
        let variable = |name: &str| env::var(name).ok().filter(|it| !it.is_empty());
        // The crate that opens browsers detects WSL with the same function, so both agree.
        Self::of(&variable, DISPLAYS_ARE_NAMED, &|path| Path::new(path).exists(), &is_wsl::is_wsl)
    }

    /// Whether no browser could be opened here if `BROWSER` were unset.
    pub fn is_remote() -> bool {
        let variable =
            |name: &str| env::var(name).ok().filter(|it| !it.is_empty() && name != "BROWSER");
        let exists = |path: &str| Path::new(path).exists();
        let found = Self::of(&variable, DISPLAYS_ARE_NAMED, &exists, &is_wsl::is_wsl);
        matches!(found, Self::NoBrowser(_))
    }

    fn of(
        variable: &dyn Fn(&str) -> Option<String>,
        displays_are_named: bool,
        exists: &dyn Fn(&str) -> bool,
        is_wsl: &dyn Fn() -> bool,
    ) -> Self {
        let has = |name: &str| variable(name).is_some();
        // A named browser is expected to work, such as one of an editor that forwards to its own computer.
        let named =
            variable("BROWSER").is_some_and(|it| it.split(':').any(|it| !is_text_browser(it)));
        let displays = has("DISPLAY") || has("WAYLAND_DISPLAY") || !displays_are_named;
        match () {
            // Before BROWSER: CI images set it too, and nobody would see the window.
            () if is_ci_value(variable("CI").as_deref()) => {
                Self::NoBrowser("Cannot open a browser in CI.")
            }
            () if named => Self::Browser("the browser of $BROWSER"),
            () if has("CODESPACES") || has("GITPOD_WORKSPACE_ID") || has("REMOTE_CONTAINERS") => {
                Self::NoBrowser("This is a remote workspace.")
            }
            () if has("SSH_CONNECTION") || has("SSH_TTY") => {
                Self::NoBrowser("This is an SSH session.")
            }
            // Before the displays: in WSL, the browser in use is the one of Windows.
            () if is_wsl() => Self::Browser("your Windows browser"),
            () if displays => Self::Browser("your browser"),
            () if exists("/.dockerenv") || exists("/run/.containerenv") => {
                Self::NoBrowser("This is a container.")
            }
            () => Self::NoBrowser("No display is available."),
        }
    }
}

/// Whether a CI system runs this process: all of them set `CI`.
pub fn is_ci() -> bool {
    is_ci_value(env::var("CI").ok().as_deref())
}

fn is_ci_value(variable: Option<&str>) -> bool {
    variable.is_some_and(|it| !["", "0", "false"].contains(&it.to_ascii_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)], files: &[&str], is_wsl: bool) -> Environment {
        let variable = |name: &str| {
            variables.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned())
        };
        Environment::of(&variable, true, &|path| files.contains(&path), &|| is_wsl)
    }

    #[test]
    fn each_environment_is_detected() {
        use Environment::{Browser, NoBrowser};
        let here = Browser("your browser");
        let windows = Browser("your Windows browser");
        let named = Browser("the browser of $BROWSER");
        let ssh = NoBrowser("This is an SSH session.");
        for (variables, files, is_wsl, expected) in [
            (&[("DISPLAY", ":0")][..], &[][..], false, here),
            (&[("WAYLAND_DISPLAY", "wayland-0")], &["/.dockerenv"], false, here),
            (&[], &[], true, windows),
            (&[("DISPLAY", ":0")], &[], true, windows),
            (&[("SSH_CONNECTION", "a b c d")], &[], true, ssh),
            (&[("SSH_TTY", "/dev/pts/0"), ("DISPLAY", ":10")], &[], false, ssh),
            (&[("SSH_TTY", "x"), ("BROWSER", "/opt/editor/forward")], &[], false, named),
            (&[("SSH_TTY", "x"), ("BROWSER", "w3m:/usr/bin/lynx:")], &[], false, ssh),
            (
                &[("CI", "true"), ("DISPLAY", ":99")],
                &[],
                false,
                NoBrowser("Cannot open a browser in CI."),
            ),
            (
                &[("CI", "true"), ("BROWSER", "firefox")],
                &[],
                false,
                NoBrowser("Cannot open a browser in CI."),
            ),
            (&[("CI", "false"), ("DISPLAY", ":99")], &[], false, here),
            (&[("CI", "False"), ("DISPLAY", ":99")], &[], false, here),
            (&[], &["/.dockerenv"], false, NoBrowser("This is a container.")),
            (&[], &[], false, NoBrowser("No display is available.")),
        ] {
            assert_eq!(of(variables, files, is_wsl), expected, "{variables:?} {files:?}");
        }
        let codespace = of(&[("CODESPACES", "true"), ("DISPLAY", ":0")], &[], false);
        assert!(matches!(codespace, NoBrowser(_)));
    }
}
