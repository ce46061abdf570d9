//! Signing in: providers, what the person sees, and tokens that the person already has.

mod callback_port;
mod default_provider;
pub(crate) mod layer5;
mod none;
mod paste;
mod real_browser;
mod result_page;
mod token_input;
pub(crate) mod transcripts;
mod verification;
