//! What Linux, macOS and the other systems of POSIX have in common.

pub mod child;
pub mod drawing;
pub mod event;
pub mod files;
pub mod listening;
pub mod signals;
pub mod terminal;
