//! Signs in at an OpenID provider, in a browser or with a code on another device. Which one is a setting.

use mesheryctl_plugin_sdk::export_provider;
use mesheryctl_plugin_sdk::flows::oauth::OpenIdProvider;

export_provider!(OpenIdProvider, include_str!("../provider.json"));

#[cfg(test)]
mod tests;
