//! The process: signals, Ctrl-Z, and panics.

mod panic;
mod signals;
mod suspend;
