//! Skipped tests: a test without a component it needs prints that, and fails if `CI` is set.

use std::io::{Write as _, stderr};

/// Reports a missing component; `install` is the command that installs it.
pub(crate) fn missing(component: &str, install: &str) {
    assert!(std::env::var_os("CI").is_none(), "CI needs {component}: {install}");
    // Not by a print macro: the test runner hides its output when the test passes.
    let _ = writeln!(stderr(), "SKIPPED for want of {component}: {install}");
}
