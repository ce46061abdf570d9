//! The platform functions for Linux, macOS and other POSIX systems.

pub mod child;
pub mod drawing;
pub mod event;
pub mod files;
pub mod host;
pub mod listening;
pub mod signals;
pub mod terminal;
pub mod users;
