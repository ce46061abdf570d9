//! Environment: whether a browser can be opened here and come back here, and why not.

use std::env;
use std::path::Path;

use crate::platform::DISPLAYS_ARE_NAMED;

/// Browsers that would take over the terminal.
const TEXT_BROWSERS: [&str; 7] =
    ["lynx", "w3m", "links", "links2", "elinks", "www-browser", "browsh"];

/// Where a sign-in takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// A browser can be opened, and reaches this computer: which one, as people call it.
    Browser(&'static str),
    /// None can, for this reason, a whole sentence.
    NoBrowser(&'static str),
}

/// How a person gets to the provider, and the answer back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// By a browser that is opened for them: which one, as people call it.
    Browser(&'static str),
    /// By one that they open themselves, on this computer.
    ByHand,
    /// By another device, because they said so.
    Device,
    /// By another device, for this reason, a whole sentence.
    Elsewhere(&'static str),
}

impl Route {
    /// What a person says goes before what can be seen.
    pub fn said(no_browser: bool, device: bool) -> Self {
        match (Environment::find(), no_browser, device) {
            (_, _, true) => Self::Device,
            (_, true, _) => Self::ByHand,
            (Environment::Browser(which), ..) => Self::Browser(which),
            (Environment::NoBrowser(why), ..) => Self::Elsewhere(why),
        }
    }

    /// Whether a browser that is sent away can come back here.
    pub fn returns(self) -> bool {
        !matches!(self, Self::Device | Self::Elsewhere(_))
    }
}

impl Environment {
    pub fn find() -> Self {
        let variable = |name: &str| env::var(name).ok().filter(|it| !it.is_empty());
        // Asked as the opener asks it, so that both agree.
        Self::of(&variable, DISPLAYS_ARE_NAMED, &|path| Path::new(path).exists(), &is_wsl::is_wsl)
    }

    /// Whether people sit at another computer, whatever browser was named here.
    pub fn is_far() -> bool {
        let unnamed =
            |name: &str| env::var(name).ok().filter(|it| !it.is_empty() && name != "BROWSER");
        let exists = |path: &str| Path::new(path).exists();
        let found = Self::of(&unnamed, DISPLAYS_ARE_NAMED, &exists, &is_wsl::is_wsl);
        matches!(found, Self::NoBrowser(_))
    }

    fn of(
        variable: &dyn Fn(&str) -> Option<String>,
        displays_are_named: bool,
        exists: &dyn Fn(&str) -> bool,
        is_wsl: &dyn Fn() -> bool,
    ) -> Self {
        let has = |name: &str| variable(name).is_some();
        // Whoever names a browser knows of one, such as an editor that forwards to its own computer.
        let named =
            variable("BROWSER").is_some_and(|it| it.split(':').any(|it| !is_text_browser(it)));
        let displays = has("DISPLAY") || has("WAYLAND_DISPLAY") || !displays_are_named;
        match () {
            // Images of CI systems name one too, and nobody looks at it.
            () if says_ci(variable("CI").as_deref()) => {
                Self::NoBrowser("Cannot open a browser in CI.")
            }
            () if named => Self::Browser("the browser in $BROWSER"),
            () if has("CODESPACES") || has("GITPOD_WORKSPACE_ID") || has("REMOTE_CONTAINERS") => {
                Self::NoBrowser("This is a remote workspace.")
            }
            () if has("SSH_CONNECTION") || has("SSH_TTY") => {
                Self::NoBrowser("This is an SSH session.")
            }
            // Before any display: the browser that people use there is the one of Windows.
            () if is_wsl() => Self::Browser("your Windows browser"),
            () if displays => Self::Browser("your browser"),
            () if exists("/.dockerenv") || exists("/run/.containerenv") => {
                Self::NoBrowser("This is a container.")
            }
            () => Self::NoBrowser("No display is available."),
        }
    }
}

/// Whether a CI system runs this: all of them set `CI`.
pub fn is_ci() -> bool {
    says_ci(env::var("CI").ok().as_deref())
}

fn says_ci(variable: Option<&str>) -> bool {
    variable.is_some_and(|it| !["", "0", "false"].contains(&it.to_ascii_lowercase().as_str()))
}

/// The commands that `BROWSER` names, each with the address where it wants it.
pub fn named_browsers(url: &str) -> Vec<Vec<String>> {
    let named = env::var("BROWSER").unwrap_or_default();
    named.split(':').filter(|it| !is_text_browser(it)).map(|command| words(command, url)).collect()
}

fn words(command: &str, url: &str) -> Vec<String> {
    let mut words: Vec<String> =
        command.split_whitespace().map(|word| word.replace("%s", url)).collect();
    if !command.contains("%s") {
        words.push(url.to_owned());
    }
    words
}

/// An empty entry is none at all.
fn is_text_browser(command: &str) -> bool {
    let program = command.split_whitespace().next().unwrap_or_default();
    let name = program.rsplit('/').next().unwrap_or_default();
    name.is_empty() || TEXT_BROWSERS.contains(&name)
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
    fn every_situation_is_told_from_the_others() {
        use Environment::{Browser, NoBrowser};
        let here = Browser("your browser");
        let windows = Browser("your Windows browser");
        let named = Browser("the browser in $BROWSER");
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

    #[test]
    fn a_named_browser_gets_the_address_where_it_wants_it() {
        assert_eq!(words("firefox --new-tab %s", "U"), ["firefox", "--new-tab", "U"]);
        assert_eq!(words("/opt/b", "U"), ["/opt/b", "U"]);
    }
}
