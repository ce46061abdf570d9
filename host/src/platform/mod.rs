//! The platform: what differs between operating systems, under one name on each.

pub mod terminal_mode;
