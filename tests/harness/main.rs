//! Tests of the harness, with shell scripts in place of the program, and of the structure of the host.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "all of it is test code"
)]

mod browsers;
mod chromiums;
mod clouds;
mod homes;
mod modules;
mod networks;
mod programs;
mod screens;
mod servers;
mod visitors;
mod whole;
