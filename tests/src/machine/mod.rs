//! The computer as a test has it: a home of its own, what cargo and npm build, and how long anything is waited for.

pub mod build;
pub mod home;
pub mod installed;
pub mod kind;
pub mod npm;
pub mod orphans;
pub mod permissions;
pub mod policy;
pub(crate) mod skip;
pub mod snapshot;
pub mod timeouts;
pub mod users;
