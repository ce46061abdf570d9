//! A program under test: how it is started, and how it is watched without a terminal or on one.

pub(crate) mod fd_reader;
pub mod keys;
pub mod launch;
pub mod picture;
pub mod rendering;
pub mod running;
pub mod screen;
pub mod terminal;
