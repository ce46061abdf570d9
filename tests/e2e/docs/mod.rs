//! The docs: their commands, links and picture.

mod content;
mod picture;
