//! The sign-in: how a token is obtained or read, verified by the Meshery Server or the provider, and saved.

pub mod cookies;
pub mod failure;
pub mod finish;
pub mod inquiry;
pub mod not_signed_in;
pub mod recipient;
pub mod remedy;
pub mod renewal;
pub mod revocation;
pub mod target;
pub mod token_in_use;
pub mod token_input;
mod token_issuer;
pub mod verification;
