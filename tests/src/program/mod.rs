//! A program under test: how it is started, and how it is watched without a terminal or on one.

pub mod drawing;
pub mod keys;
pub mod program;
pub mod running;
pub mod screen;
pub(crate) mod tap;
pub mod terminal;
