//! What Linux, macOS and the other systems of POSIX have in common.

pub mod drawing;
pub mod event;
pub mod files;
pub mod listening;
pub mod process;
pub mod signals;
pub mod terminal;
pub mod worker;
