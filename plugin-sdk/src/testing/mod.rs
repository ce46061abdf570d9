//! The test kit, with the feature `testing`. It belongs below `[dev-dependencies]`: a plugin that is built has no part of it.
#[doc(inline)]
pub use mesheryctl_core::testing::*;

mod library;

pub use library::Library;
