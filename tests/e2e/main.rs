//! End-to-end tests of the real binary: each test name is a fact about the program.
//!
//! - `sign_in`: signing in: providers, what the person sees, and tokens that the person already has
//! - `oidc`: OpenID Connect: at a certified provider, and at an impostor with faults
//! - `terminal`: the terminal: the prompt, and the environments in which a login runs
//! - `process`: the process: signals, Ctrl-Z, and panics
//! - `commands`: the other commands, the command line and JSON output
//! - `plugins`: plugins: trust, sandbox, broker, and plugins with faults
//! - `network`: the network: errors, proxies, and the Meshery Server
//! - `storage`: the token file: its contents, and faults while it is written
//! - `attacks`: attacks: on the callback, on the terminal, and on secrets
//! - `sessions`: a session after its login: who is signed in, renewal, and its end
//! - `api`: the token at work: requests to the server, and the token for other programs
//! - `handing_over`: commands of the Go program: which, to whom and how they are handed over
//! - `completion`: what shells offer
//! - `compatibility`: the output and files of the Go CLI, as golden cases
//! - `docs`: the docs: their commands, links and picture

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "all of it is test code"
)]

mod api;
mod attacks;
mod commands;
mod compatibility;
mod completion;
mod docs;
mod handing_over;
mod network;
mod oidc;
mod plugins;
mod process;
mod sessions;
mod sign_in;
mod storage;
mod terminal;
