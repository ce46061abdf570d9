//! Trust: which plugins a person allowed to run, by the hash of their bytes.

pub mod gate;
pub mod store;
