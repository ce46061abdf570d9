//! The provider behind the built-in Layer5 as a plugin: the same code behind the door.

use mesheryctl_plugin_sdk::export_provider;
use mesheryctl_plugin_sdk::flows::remote_provider::RemoteProvider;

export_provider!(RemoteProvider, include_str!("../provider.json"));
