//! The test kit of the SDK, on the built libraries of this repository: the examples, and the provider for tests.
//!
//! - `oidc`: every action of the example for OpenID providers
//! - `plugins`: the other ones

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "all of it is test code"
)]

use mesheryctl_plugin_sdk::provider::{Action, Request, Settings};
use mesheryctl_plugin_sdk::testing::Library;
use mesheryctl_tests::built_library;

mod oidc;
mod plugins;

fn library(package: &str) -> Library {
    Library::open(built_library(package)).unwrap()
}

/// A login with these settings.
fn login(settings: &[(&str, &str)]) -> Request {
    let settings =
        settings.iter().fold(Settings::default(), |all, (key, value)| all.with(*key, *value));
    Request::new(Action::Login, settings)
}
