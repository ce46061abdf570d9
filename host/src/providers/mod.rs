//! The providers: the catalog of them, the settings of each, and the policy of the hosts that each may connect to.

pub mod built_in_hosts;
pub mod catalog;
pub mod configuration;
pub mod entry;
pub mod plugins;
pub mod policy;
