//! Storage: the files that the host reads and writes, each whole or not at all.

pub mod atomic_file;
pub mod config;
pub mod home;
pub mod token_store;
