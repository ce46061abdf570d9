//! The built-in None as a plugin: the same code behind the door.

use mesheryctl_plugin_sdk::export_provider;
use mesheryctl_plugin_sdk::flows::no_account::NoAccount;

export_provider!(NoAccount, include_str!("../provider.json"));
