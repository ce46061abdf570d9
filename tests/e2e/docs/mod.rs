//! The docs: their commands, links and picture, and the manual pages.

mod content;
mod guide;
mod man;
mod picture;
