//! The terminal: the prompt, and the environments in which a login runs.

mod environment;
pub(crate) mod menu;
mod numbered_prompt;
pub(crate) mod prompt;
mod width;
