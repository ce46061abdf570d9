//! The process: signals, Ctrl-Z, and panics.

mod panic;
pub(crate) mod signals;
mod suspend;
