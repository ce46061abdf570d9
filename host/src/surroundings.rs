//! Surroundings: whether a browser can be opened here and come back here, and why not.

use std::env;
use std::path::Path;

/// Browsers that would take over the terminal.
const TEXT_BROWSERS: [&str; 7] =
    ["lynx", "w3m", "links", "links2", "elinks", "www-browser", "browsh"];

/// Where a sign-in takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surroundings {
    /// A browser can be opened, and reaches this computer.
    Browser,
    /// None can, for this reason, a whole sentence.
    NoBrowser(&'static str),
}

impl Surroundings {
    pub fn find() -> Self {
        Self::of(&|name| env::var(name).ok().filter(|it| !it.is_empty()), &|path| {
            Path::new(path).exists()
        })
    }

    fn of(variable: &dyn Fn(&str) -> Option<String>, exists: &dyn Fn(&str) -> bool) -> Self {
        let has = |name: &str| variable(name).is_some();
        // Whoever names a browser knows of one, such as an editor that forwards to its own computer.
        let named =
            variable("BROWSER").is_some_and(|it| it.split(':').any(|it| !is_text_browser(it)));
        let is_wsl = has("WSL_DISTRO_NAME") || has("WSL_INTEROP");
        let displays =
            has("DISPLAY") || has("WAYLAND_DISPLAY") || is_wsl || !cfg!(target_os = "linux");
        match () {
            () if named => Self::Browser,
            () if has("CODESPACES") || has("GITPOD_WORKSPACE_ID") || has("REMOTE_CONTAINERS") => {
                Self::NoBrowser("This computer is in the cloud, and your browser is not.")
            }
            () if has("SSH_CONNECTION") || has("SSH_TTY") => {
                Self::NoBrowser("This is an SSH session.")
            }
            () if displays => Self::Browser,
            () if exists("/.dockerenv") || exists("/run/.containerenv") => {
                Self::NoBrowser("This is a container.")
            }
            () => Self::NoBrowser("There is no display here."),
        }
    }
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

    fn of(variables: &[(&str, &str)], files: &[&str]) -> Surroundings {
        Surroundings::of(
            &|name| {
                variables.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned())
            },
            &|path| files.contains(&path),
        )
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn every_situation_is_told_from_the_others() {
        use Surroundings::{Browser, NoBrowser};
        assert_eq!(of(&[("DISPLAY", ":0")], &[]), Browser);
        assert_eq!(of(&[("WAYLAND_DISPLAY", "wayland-0")], &["/.dockerenv"]), Browser);
        assert_eq!(of(&[("WSL_DISTRO_NAME", "Debian")], &[]), Browser);
        let ssh = NoBrowser("This is an SSH session.");
        assert_eq!(of(&[("SSH_CONNECTION", "a b c d")], &[]), ssh);
        assert_eq!(of(&[("SSH_TTY", "/dev/pts/0"), ("DISPLAY", ":10")], &[]), ssh);
        assert_eq!(of(&[("SSH_TTY", "x"), ("BROWSER", "/opt/editor/forward")], &[]), Browser);
        assert_eq!(of(&[("SSH_TTY", "x"), ("BROWSER", "w3m:/usr/bin/lynx:")], &[]), ssh);
        assert_eq!(of(&[], &["/.dockerenv"]), NoBrowser("This is a container."));
        assert_eq!(of(&[], &[]), NoBrowser("There is no display here."));
        assert!(matches!(of(&[("CODESPACES", "true"), ("DISPLAY", ":0")], &[]), NoBrowser(_)));
    }

    #[test]
    fn a_named_browser_gets_the_address_where_it_wants_it() {
        assert_eq!(words("firefox --new-tab %s", "U"), ["firefox", "--new-tab", "U"]);
        assert_eq!(words("/opt/b", "U"), ["/opt/b", "U"]);
    }
}
