//! The platform functions for Linux, macOS and other POSIX systems.

pub mod child;
pub mod drawing;
pub mod event;
pub mod files;
pub mod host;
pub mod listening;
pub mod root_file;
pub mod signals;
pub mod terminal;
pub mod users;
