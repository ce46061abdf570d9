//! Tests of the packages that are published: `mesheryctl-plugin-abi`, `mesheryctl-core` and `mesheryctl-plugin-sdk`.
//!
//! - `public_api`: what an author sees of them, and its documentation
//! - `schema`: the schema of provider.json for editors
//! - `outside`: a plugin outside of this repository, built from the packaged files
//! - `loader`: a program outside of it that loads a plugin, built by other compilers

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "all of it is test code"
)]

mod loader;
mod outside;
mod public_api;
mod schema;
