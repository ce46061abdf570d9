//! The built-in provider None as a plugin, with the same code.

use mesheryctl_plugin_sdk::export_provider;
use mesheryctl_plugin_sdk::flows::no_account::NoAccount;

export_provider!(NoAccount, include_str!("../provider.json"));
