//! Attacks: on the callback, on the terminal, and on secrets.

mod callback_load;
mod callback_rules;
mod first_column;
mod foreign_servers;
mod hidden_sockets;
pub(crate) mod hostile_page;
mod other_users;
mod privacy;
mod token_leaks;
mod untrusted_text;
