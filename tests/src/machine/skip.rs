//! Skipped: a test that lacks a component of the machine says so aloud, and fails where `CI` is set.

use std::io::{Write as _, stderr};

/// `install` is what to type to have the component.
pub(crate) fn missing(component: &str, install: &str) {
    assert!(std::env::var_os("CI").is_none(), "CI needs {component}: {install}");
    // Not by a print macro: what those say is not shown when the test passes.
    let _ = writeln!(stderr(), "SKIPPED for want of {component}: {install}");
}
