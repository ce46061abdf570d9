//! None: no account; work stays local and is not kept.

use mesheryctl_core::flows::no_account::NoAccount;

use crate::BuiltIn;

inventory::submit! {
    BuiltIn { provider: &NoAccount, manifest: include_str!("none.json"), rank: 1 }
}
