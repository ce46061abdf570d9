//! Every promise of the program as a sentence, kept or broken by the real binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "all of it is test code"
)]

mod attack;
mod broker;
mod callback;
mod check_and_logout;
mod chromium;
mod command_line;
mod defect;
mod faults;
mod foreign_page;
mod hostile_files;
mod hostile_text;
mod import;
mod json;
mod kill_points;
mod layer5;
mod leaks;
mod menu;
mod network;
mod none;
mod numbered;
mod oauth;
mod oauth_kept;
mod oidc;
mod oidc_chromium;
mod parity;
mod paste;
mod plugin_faults;
mod plugins;
mod privacy;
mod prompt;
mod proxies;
mod result_page;
mod sandbox;
mod server;
mod signals;
mod store;
mod store_faults;
mod surroundings;
mod suspend;
mod transcripts;
mod trust;
