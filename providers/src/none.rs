//! None: no account. Work stays on this computer and is not saved.

use mesheryctl_core::flows::no_account::NoAccount;

use crate::BuiltIn;

inventory::submit! {
    BuiltIn { provider: &NoAccount, manifest: include_str!("none.json"), rank: 1 }
}
