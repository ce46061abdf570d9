//! Copies of the faulty plugin, each with one fault selected in its bytes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::machine::build::built_library;
use crate::machine::home::Home;
use crate::machine::permissions::set_mode;

#[path = "../../plugins/faults/src/fault.rs"]
mod fault;

pub use fault::PluginFault;
use fault::{LENGTH, MARK};

/// Writes the library with this fault into the plugins directory. Its hash differs from that of every other fault.
/// `argument` is the path or address that the fault attacks.
#[must_use]
pub fn install_faulty(home: &Home, fault: PluginFault, argument: &str) -> PathBuf {
    static BUILT: OnceLock<(Vec<u8>, usize)> = OnceLock::new();
    let (bytes, at) = BUILT.get_or_init(|| read(&built_library("faults-provider")));
    install(home, bytes.clone(), *at, fault, argument)
}

/// As `install_faulty`, from this library of the package.
#[must_use]
pub fn install_faulty_from(home: &Home, library: &Path, fault: PluginFault) -> PathBuf {
    let (bytes, at) = read(library);
    install(home, bytes, at, fault, "")
}

fn install(
    home: &Home,
    mut bytes: Vec<u8>,
    at: usize,
    fault: PluginFault,
    argument: &str,
) -> PathBuf {
    let text = format!("{fault:?} {argument}");
    assert!(text.len() <= LENGTH - MARK.len(), "{text} should fit");
    bytes[at..at + text.len()].copy_from_slice(text.as_bytes());
    let folder = home.meshery().join("plugins");
    fs::create_dir_all(&folder).expect("the folder of plugins");
    let place = folder.join("libfaulty.so");
    fs::write(&place, bytes).expect("the plugin");
    set_mode(&place, 0o755);
    place
}

/// The library, and the offset at which the fault is written.
fn read(library: &Path) -> (Vec<u8>, usize) {
    let bytes = fs::read(library).expect("the library");
    // With the padding: the mark alone also occurs among the constants of the compiler.
    let marked = format!("{MARK:LENGTH$}");
    let mut places = bytes.windows(LENGTH).enumerate().filter(|(_, it)| *it == marked.as_bytes());
    let at = places.next().expect("the place of the fault").0 + MARK.len();
    assert!(places.next().is_none(), "there should be one such place");
    drop(places);
    (bytes, at)
}
