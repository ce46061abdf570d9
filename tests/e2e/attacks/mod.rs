//! Attacks: on the callback, on the terminal, and on secrets.

mod callback_load;
mod callback_rules;
pub(crate) mod hostile_page;
mod privacy;
mod token_leaks;
mod untrusted_text;
