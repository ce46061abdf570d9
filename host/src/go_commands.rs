//! The commands of the Go `mesheryctl` that this program does not have, and which of its own the Go program lacks.

/// A command that is handed over to the Go program.
#[derive(Debug, PartialEq, Eq)]
pub struct GoCommand {
    /// Its words after `mesheryctl`.
    pub path: &'static str,
    /// What it does, without a full stop.
    pub about: &'static str,
    /// Whether only older releases of the Go program have it; then it is not in the help.
    pub is_old: bool,
}

const fn now(path: &'static str, about: &'static str) -> GoCommand {
    GoCommand { path, about, is_old: false }
}

const fn old(path: &'static str, about: &'static str) -> GoCommand {
    GoCommand { path, about, is_old: true }
}

/// Every command, in alphabetical order below each command.
const ALL: [GoCommand; 30] = [
    now("adapter", "Deploy, remove and validate Meshery Adapters"),
    old("app", "Manage applications"),
    now("component", "List, search and show components"),
    now("connection", "Create, list, show and delete connections"),
    now("design", "Import, apply, deploy and export designs"),
    now("environment", "Group connections and their credentials"),
    now("exp", "Try experimental commands"),
    now("filter", "Manage WebAssembly filters"),
    old("mesh", "Deploy and remove service meshes"),
    now("model", "Import, build, export and search models"),
    now("organization", "List organizations"),
    old("pattern", "Manage designs, once called patterns"),
    now("perf", "Run performance tests and show their results"),
    now("registry", "Generate, update and publish the model registry"),
    now("relationship", "Generate, search and show relationships"),
    now("workspace", "Create, list, show and delete workspaces"),
    now("system channel", "Show and switch the release channel"),
    old("system config", "Upload the kubeconfig of a cluster"),
    now("system dashboard", "Open Meshery UI in a browser"),
    now("system delete", "Delete the containers of Meshery"),
    now("system logs", "Show the logs of Meshery"),
    now("system reset", "Reset the configuration of Meshery"),
    now("system restart", "Stop Meshery and start it again"),
    now("system start", "Start Meshery"),
    now("system status", "Show the state of Meshery"),
    now("system stop", "Stop Meshery"),
    now("system uninstall", "Remove Meshery and its resources"),
    now("system update", "Update Meshery"),
    now("system provider switch", "Deploy Meshery again with another provider"),
    old("system completion", "Print a completion script"),
];

/// The flags of commands that both programs have and only the Go one knows, with the command's path.
const FLAGS: [(&str, &[&str]); 1] =
    [("system check", &["preflight", "pre", "components", "adapters", "adapter", "operator"])];

/// What the Go program's own completion scripts call.
const OF_COMPLETION: [&str; 2] = ["__complete", "__completeNoDesc"];

/// The commands of this program that the Go program lacks, with all below them.
pub const OURS_ALONE: [&str; 6] = [
    "api",
    "plugin",
    "system whoami",
    "system token refresh",
    "system provider configure",
    "system provider default",
];

/// The command with these words after `mesheryctl`.
pub fn find(path: &str) -> Option<&'static GoCommand> {
    ALL.iter().find(|it| it.path == path)
}

/// The commands directly below the one with these words; `""` is the program.
pub fn below(path: &str) -> impl Iterator<Item = (&'static str, &'static GoCommand)> {
    ALL.iter().filter_map(move |it| {
        let rest = match path {
            "" => it.path,
            _ => it.path.strip_prefix(path)?.strip_prefix(' ')?,
        };
        (!rest.contains(' ')).then_some((rest, it))
    })
}

/// The flags, without dashes, that only the Go program's command with these words has.
pub fn flags_of(path: &str) -> &'static [&'static str] {
    FLAGS.iter().find(|(of, _)| *of == path).map_or(&[], |(_, flags)| flags)
}

/// Whether the name is one that completion scripts of the Go program call.
pub fn is_of_completion(name: &str) -> bool {
    OF_COMPLETION.contains(&name)
}

/// Whether only this program has the command with these words.
pub fn is_ours_alone(path: &str) -> bool {
    let is_below = |it: &str| path.strip_prefix(it).is_some_and(|rest| rest.starts_with(' '));
    OURS_ALONE.iter().any(|it| *it == path || is_below(it))
}

/// The list for the help of the command with these words.
pub fn help(path: &str) -> String {
    let shown = || below(path).filter(|(_, it)| !it.is_old);
    let width = shown().map(|(name, _)| name.len()).max().unwrap_or_default();
    let lines = shown().map(|(name, it)| format!("\n  {name:<width$}  {}", it.about));
    lines.fold("Commands of the Go mesheryctl, handed over to it:".to_owned(), |all, it| all + &it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_found_by_its_words_and_below_its_parent() {
        assert_eq!(find("system start").unwrap().about, "Start Meshery");
        assert_eq!(find("start"), None);
        let names = |path| below(path).map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names("system provider"), ["switch"]);
        assert!(names("").contains(&"design") && !names("").contains(&"system start"));
        assert!(names("system").contains(&"stop") && !names("system").contains(&"switch"));
        assert_eq!(names("sys"), [""; 0]);
    }

    #[test]
    fn a_command_below_one_of_this_program_alone_is_its_own() {
        for (path, is_alone) in [
            ("plugin", true),
            ("plugin trust", true),
            ("plugins", false),
            ("system", false),
            ("system token refresh", true),
            ("system token", false),
            ("", false),
        ] {
            assert_eq!(is_ours_alone(path), is_alone, "{path}");
        }
    }

    #[test]
    fn the_help_lists_each_command_of_the_newest_release_in_eighty_columns() {
        for path in ["", "system", "system provider"] {
            let help = help(path);
            let names: Vec<&str> =
                help.lines().skip(1).filter_map(|it| it.split_whitespace().next()).collect();
            let current = below(path).filter(|(_, it)| !it.is_old).map(|(name, _)| name);
            assert_eq!(names, current.collect::<Vec<_>>());
            assert!(help.lines().all(|it| it.len() <= 80), "{help}");
        }
    }
}
