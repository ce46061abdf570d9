//! Storage: the files that the host reads and writes. Every write is atomic.

pub mod atomic_file;
pub mod config;
pub mod held_token;
pub mod home;
pub mod lock;
pub mod token_place;
pub mod token_record;
pub mod token_store;
pub mod write_error;
