//! The process: how signals, Ctrl-Z and panics end or pause it without leaving anything half done.

pub mod panic;
pub mod signals;
pub mod suspend;
