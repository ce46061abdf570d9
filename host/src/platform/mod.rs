//! The platform: what differs between operating systems, under the same names on each.
//!
//! Here alone the code asks which system it is compiled for. What a system cannot give is a value that messages
//! read, such as [`CAN_RUN_PLUGINS`], and never a call that does nothing.

pub mod terminal_mode;
#[cfg(unix)]
mod unix;

#[cfg(unix)]
pub use unix::{drawing, event, signals, terminal};
