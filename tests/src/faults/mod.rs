//! Faults of the computer, and the tables of what came of them.

pub mod failing_clock;
pub mod table;
pub mod trace;
