//! The code of the built-in provider Layer5 as a plugin.

use mesheryctl_plugin_sdk::export_provider;
use mesheryctl_plugin_sdk::flows::remote_provider::RemoteProvider;

export_provider!(RemoteProvider, include_str!("../provider.json"));
