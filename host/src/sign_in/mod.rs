//! Sign-in: how a token comes about, is verified and saved, whatever way it came.

pub mod failure;
pub mod finish;
pub mod target;
pub mod token_input;
