//! Storage: the files that the host reads and writes. Every write is atomic.

pub mod administration;
pub mod atomic_file;
pub mod config;
pub mod held_token;
pub mod home;
pub mod kept_settings;
pub mod lock;
pub mod own_file;
pub mod token_place;
pub mod token_record;
pub mod token_store;
pub mod write_error;
