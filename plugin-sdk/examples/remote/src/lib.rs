//! Signs in at a Meshery remote provider, whose URL is a setting.

use mesheryctl_plugin_sdk::export_provider;
use mesheryctl_plugin_sdk::flows::remote_provider::RemoteProvider;

export_provider!(RemoteProvider, include_str!("../provider.json"));

#[cfg(test)]
mod tests;
