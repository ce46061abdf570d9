//! Trust: which plugins the person allowed to run, by the SHA-256 of the library.

pub mod gate;
pub mod store;
