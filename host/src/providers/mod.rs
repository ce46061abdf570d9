//! Providers: every one on offer, and where each may go.

pub mod catalog;
pub mod entry;
pub mod policy;
