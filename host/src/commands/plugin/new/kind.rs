//! The templates of a new plugin: the examples of the SDK, which this workspace builds and tests.

use crate::cli::PluginKind;

/// An example of the SDK, by its files.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// The id in its manifest; its package is `ID-provider`.
    pub id: &'static str,
    /// The display name in its manifest.
    pub name: &'static str,
    pub cargo_toml: &'static str,
    pub provider_json: &'static str,
    pub lib_rs: &'static str,
    pub tests_rs: &'static str,
}

macro_rules! example {
    ($id:literal, $name:literal) => {
        Example {
            id: $id,
            name: $name,
            cargo_toml: example!(file $id, "Cargo.toml"),
            provider_json: example!(file $id, "provider.json"),
            lib_rs: example!(file $id, "src/lib.rs"),
            tests_rs: example!(file $id, "src/tests.rs"),
        }
    };
    (file $id:literal, $file:literal) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../plugin-sdk/examples/",
            $id,
            "/",
            $file
        ))
    };
}

pub fn example(kind: PluginKind) -> Example {
    match kind {
        PluginKind::Remote => example!("remote", "Remote"),
        PluginKind::Oidc => example!("oidc", "OpenID"),
        PluginKind::Key => example!("key", "Key"),
        PluginKind::Custom => example!("hello", "Hello"),
    }
}
