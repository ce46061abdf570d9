//! The readers of what comes from elsewhere, for the fuzzers in tests/fuzz. In every other build this is an empty
//! crate: the program is main.rs, and nothing in it is public for the sake of a test.
#![cfg(fuzzing)]
#![allow(missing_debug_implementations, reason = "what is private in the program is public here")]

pub mod callback {
    pub mod page;
    pub mod request;
    pub mod rules;
    pub mod unsure;
}
pub mod config;
pub mod foreign;
pub mod http;
pub mod paste {
    pub mod typed;
}
pub mod pasted;
pub mod plugin {
    pub mod blocks;
    pub mod discovery;
    pub mod frame;
}
pub mod problem;
