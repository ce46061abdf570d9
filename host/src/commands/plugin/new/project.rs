//! The files of a new plugin.

use std::path::Path;

use super::kind::Example;
use super::name::Name;

const README: &str = include_str!("README.md");
const CI: &str = include_str!("ci.yml");
const GITIGNORE: &str = include_str!("gitignore");
/// The examples are formatted by it.
const RUSTFMT: &str = include_str!("../../../../../rustfmt.toml");

/// Of a project whose SDK is a folder of this computer.
const ABOUT_SDK_PATH: &str = "
`Cargo.toml` names the SDK by its folder on this computer, which is not there on GitHub or on another computer. For them write a version of
a registry there, `version = \"VERSION\"` in place of `path = …`, or a repository that has it, `git = \"URL\"`.
";

const END_OF_CARGO_TOML: &str = "
# Compiles faster; a sign-in waits for servers, not for this code.
[profile.release]
opt-level = 1

# Alone also in a folder of another workspace.
[workspace]
";

/// The path of each file below the folder of the plugin, and its text. `sdk` is the folder of the SDK; without it, the SDK is
/// that of a registry, in the version of this program.
pub fn files(example: &Example, name: &Name, sdk: Option<&Path>) -> Vec<(&'static str, String)> {
    let text = |it: &str| it.to_owned();
    vec![
        ("Cargo.toml", cargo_toml(example, name, sdk)),
        ("provider.json", provider_json(example, name)),
        ("src/lib.rs", text(example.lib_rs)),
        ("src/tests.rs", text(example.tests_rs)),
        ("README.md", readme(example, name, sdk)),
        (".github/workflows/ci.yml", with_name(CI, name)),
        (".gitignore", text(GITIGNORE)),
        ("rustfmt.toml", text(RUSTFMT)),
    ]
}

fn cargo_toml(example: &Example, name: &Name, sdk: Option<&Path>) -> String {
    let package = quoted(&format!("{}-provider", example.id));
    // A path that is not UTF-8 is rejected when it is looked up.
    let sdk = match sdk {
        Some(path) => format!("path = {}", quoted(&path.to_string_lossy())),
        None => format!("version = {}", quoted(env!("CARGO_PKG_VERSION"))),
    };
    let text = example.cargo_toml.split_once('\n').map_or("", |(_, rest)| rest);
    let text = text
        .replace(&format!("name = {package}"), &format!("name = {}", quoted(&name.id)))
        .replace("license = \"Apache-2.0\"\n", "")
        .replace("path = \"../..\"", &sdk);
    format!("{text}{END_OF_CARGO_TOML}")
}

fn provider_json(example: &Example, name: &Name) -> String {
    let line = |key: &str, value: &str| format!("\"{key}\": {}", quoted(value));
    let support = format!("https://{}.example/support", name.id);
    example
        .provider_json
        .replace(&line("id", example.id), &line("id", &name.id))
        .replace(&line("name", example.name), &line("name", &name.display))
        .replace(&line("publisher", "Meshery"), &line("publisher", &name.display))
        .replace(&line("support", "https://docs.meshery.io"), &line("support", &support))
}

fn readme(example: &Example, name: &Name, sdk: Option<&Path>) -> String {
    let manifest: serde_json::Value =
        serde_json::from_str(example.provider_json).unwrap_or_default();
    let description = manifest["description"].as_str().unwrap_or_default();
    let sdk = sdk.map_or("", |_| ABOUT_SDK_PATH).replace("VERSION", env!("CARGO_PKG_VERSION"));
    with_name(README, name)
        .replace("DESCRIPTION", description)
        .replace("SDK\n", &format!("{sdk}\n"))
}

fn with_name(text: &str, name: &Name) -> String {
    text.replace("LIBRARY", &name.library()).replace("NAME", &name.display).replace("ID", &name.id)
}

/// The text as a string of JSON, which is one of TOML too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::PluginKind;
    use crate::commands::plugin::new::kind::example;
    use clap::ValueEnum;
    use mesheryctl_core::manifest::Manifest;

    fn made(kind: PluginKind, sdk: Option<&str>) -> Vec<(&'static str, String)> {
        files(&example(kind), &Name::parse("acme-sso").unwrap(), sdk.map(Path::new))
    }

    #[test]
    fn of_each_kind_the_manifest_is_valid_and_has_nothing_of_the_example_but_its_code() {
        for kind in PluginKind::value_variants() {
            let files = made(*kind, None);
            let manifest = Manifest::parse_strictly(&files[1].1).unwrap();
            assert_eq!((&*manifest.id, &*manifest.name), ("acme-sso", "Acme Sso"));
            assert_eq!(manifest.publisher, "Acme Sso");
            assert_eq!(manifest.support, "https://acme-sso.example/support");
            for (path, text) in &files {
                let example = format!("{}-provider", example(*kind).id);
                for foreign in
                    [example.as_str(), "Apache", "docs.meshery.io", "../..", "DESCRIPTION"]
                {
                    assert!(!text.contains(foreign), "{kind:?} {path} has {foreign}: {text}");
                }
            }
        }
    }

    #[test]
    fn the_readme_says_how_to_check_the_plugin_and_that_the_folder_of_the_sdk_is_of_this_computer()
    {
        for (sdk, has_note) in [(None, false), (Some("/sdk"), true)] {
            let readme = made(PluginKind::Key, sdk).remove(4).1;
            for command in ["plugin validate .", "plugin try .", "plugin trust acme-sso"] {
                assert!(readme.contains(&format!("\nmesheryctl {command}\n")), "{readme}");
            }
            assert_eq!(readme.contains("not there on GitHub"), has_note, "{readme}");
            let version = format!("`version = \"{}\"`", env!("CARGO_PKG_VERSION"));
            assert_eq!(readme.contains(&version), has_note, "{readme}");
            assert!(!readme.contains("SDK\n") && !readme.contains("\n\n\n"), "{readme}");
        }
    }

    #[test]
    fn the_sdk_is_that_of_a_registry_or_of_a_folder_with_its_features() {
        let sdk = |kind, sdk| {
            let cargo_toml = made(kind, sdk).remove(0).1;
            let lines = cargo_toml.lines().filter(|it| it.starts_with("mesheryctl-plugin-sdk"));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            sdk(PluginKind::Key, None),
            [
                format!("mesheryctl-plugin-sdk = {{ version = \"{version}\" }}"),
                format!(
                    "mesheryctl-plugin-sdk = {{ version = \"{version}\", features = [\"testing\"] }}"
                ),
            ]
        );
        assert_eq!(
            sdk(PluginKind::Oidc, Some("/a \"b\\")),
            [
                "mesheryctl-plugin-sdk = { path = \"/a \\\"b\\\\\", features = [\"oauth\"] }",
                "mesheryctl-plugin-sdk = { path = \"/a \\\"b\\\\\", features = [\"testing\"] }",
            ]
        );
    }
}
