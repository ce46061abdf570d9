//! Programs of this machine that some tests need: shells, and readers of what this program makes.

use std::path::{Path, PathBuf};

use crate::machine::skip;

/// The path of a program of the system, which has the name of its package; `None` where it is not installed: prints that the
/// test is skipped, and panics in CI.
#[must_use]
pub fn installed(name: &str) -> Option<PathBuf> {
    let path = Path::new("/usr/bin").join(name);
    if !path.exists() {
        skip::missing(name, &format!("apt-get install {name}"));
        return None;
    }
    Some(path)
}
