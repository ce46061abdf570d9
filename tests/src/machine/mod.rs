//! The computer as a test has it: a home of its own, what cargo and npm build, and how long anything is waited for.

pub mod built;
pub mod home;
pub mod leftovers;
pub mod machine;
pub mod npm;
pub mod patience;
pub mod permissions;
pub(crate) mod skipped;
pub mod snapshot;
