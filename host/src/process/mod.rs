//! The process: signals, Ctrl-Z and panics, and how they end or stop it without leaving incomplete work.

pub mod panic;
pub mod signals;
pub mod suspend;
