//! The terminal: the prompt, and the environments in which a login runs.

mod environment;
mod hyperlink;
pub(crate) mod menu;
mod numbered_prompt;
mod paste;
pub(crate) mod prompt;
mod width;
