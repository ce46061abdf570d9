//! Layer5: the remote provider at Layer5 Cloud.

use mesheryctl_core::flows::remote_provider::RemoteProvider;

use crate::BuiltIn;

inventory::submit! {
    BuiltIn { provider: &RemoteProvider, manifest: include_str!("layer5.json"), rank: 0 }
}
