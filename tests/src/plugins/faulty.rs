//! Faulty: a copy of the plugin that misbehaves, with one fault written into its bytes.

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use crate::machine::build::built_library;
use crate::machine::home::Home;
use crate::machine::permissions::set_mode;

#[path = "../../plugins/faults/src/fault.rs"]
mod fault;

pub use fault::PluginFault;
use fault::{LENGTH, MARK};

/// Drops the library into the plugins directory. Its bytes, and so its hash, are those of no other
/// fault; `argument` is the path or address that it goes for.
#[must_use]
pub fn install_faulty(home: &Home, fault: PluginFault, argument: &str) -> PathBuf {
    static BUILT: OnceLock<(Vec<u8>, usize)> = OnceLock::new();
    let (bytes, at) = BUILT.get_or_init(built);
    let mut bytes = bytes.clone();
    let text = format!("{fault:?} {argument}");
    assert!(text.len() <= LENGTH - MARK.len(), "there is room for {text}");
    bytes[*at..at + text.len()].copy_from_slice(text.as_bytes());
    let folder = home.meshery().join("plugins");
    fs::create_dir_all(&folder).expect("the folder of plugins");
    let place = folder.join("libfaulty.so");
    fs::write(&place, bytes).expect("the plugin");
    set_mode(&place, 0o755);
    place
}

/// The library, and where in it the fault is to be written.
fn built() -> (Vec<u8>, usize) {
    let bytes = fs::read(built_library("faults-provider")).expect("the library");
    // With the room behind it: the words alone also stand where the compiler keeps its constants.
    let room = format!("{MARK:LENGTH$}");
    let mut places = bytes.windows(LENGTH).enumerate().filter(|(_, it)| *it == room.as_bytes());
    let at = places.next().expect("room for a fault").0 + MARK.len();
    assert!(places.next().is_none(), "there is one such room");
    drop(places);
    (bytes, at)
}
