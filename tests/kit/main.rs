//! The test kit of the SDK, on the built libraries of this repository: the examples, and the provider for tests.
//!
//! - `oidc`: every action of the example for OpenID providers
//! - `plugins`: the mock provider, and libraries as such

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "all of it is test code"
)]

use mesheryctl_plugin_sdk::manifest::Manifest;
use mesheryctl_plugin_sdk::provider::{Action, Request, Settings};
use mesheryctl_plugin_sdk::testing::Library;
use mesheryctl_tests::built_library;

mod oidc;
mod plugins;

fn library(package: &str) -> Library {
    Library::open(built_library(package)).unwrap()
}

/// A login with these settings, and with the defaults of the manifest, as a host gives them.
fn login(library: &Library, settings: &[(&str, &str)]) -> Request {
    let manifest = Manifest::parse(&library.manifest()).unwrap();
    let mut all = Settings::default();
    for setting in manifest.settings {
        setting.default.into_iter().for_each(|value| all.set(&setting.key, value));
    }
    settings.iter().for_each(|(key, value)| all.set(*key, *value));
    Request::new(Action::Login, all)
}
