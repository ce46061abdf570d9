//! Folders with many plugins, each with an id and a name of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mesheryctl_tests::{Home, built_library};
use serde_json::Value;
use tempfile::TempDir;

/// The numbers of plugins that are measured.
pub const COUNTS: [usize; 5] = [0, 10, 100, 1000, 5000];

/// What begins the section of a manifest; the length of the manifest follows as four bytes, then the manifest.
const MARK: &[u8] = b"MSHPLUG\x01";

/// Plugins, of which a home gets as many as it asks for, by hard links.
pub struct Shelf {
    folder: TempDir,
    /// Where the manifest is in each of them.
    pub offset: usize,
}

impl Shelf {
    pub fn of(count: usize) -> Self {
        crate::note("making plugins");
        let folder = tempfile::Builder::new().prefix("mesheryctl-bench-").tempdir();
        let folder = folder.expect("a folder for plugins");
        let library = stripped(folder.path());
        let mark = library.windows(MARK.len()).position(|it| it == MARK).expect("a manifest");
        let offset = mark + MARK.len();
        let length: [u8; 4] = library[offset..offset + 4].try_into().expect("its length");
        let length = u32::from_le_bytes(length) as usize;
        let shelf = Self { folder, offset };
        let mut bytes = library.clone();
        for number in 0..count {
            let place = &mut bytes[offset + 4..offset + 4 + length];
            place.copy_from_slice(&renamed(&library[offset + 4..offset + 4 + length], number));
            fs::write(shelf.file(number), &bytes).expect("a plugin");
        }
        shelf
    }

    /// Gives a home so many of the plugins.
    pub fn fill(&self, home: &Home, count: usize) -> PathBuf {
        let folder = home.meshery().join("plugins");
        fs::create_dir_all(&folder).expect("a folder of plugins");
        for number in 0..count {
            let file = self.file(number);
            let name = file.file_name().expect("a name");
            fs::hard_link(&file, folder.join(name)).expect("a link to a plugin");
        }
        folder
    }

    fn file(&self, number: usize) -> PathBuf {
        self.folder.path().join(format!("libp{number:05}.so"))
    }
}

/// A small plugin without its symbols.
fn stripped(folder: &Path) -> Vec<u8> {
    let copy = folder.join("stripped");
    fs::copy(built_library("none-provider"), &copy).expect("a plugin");
    // Without binutils the copies are only larger.
    let _ = Command::new("strip").arg(&copy).status();
    let bytes = fs::read(&copy).expect("a plugin");
    fs::remove_file(copy).expect("a plugin");
    bytes
}

/// The manifest with the id and name of this number, and spaces up to its old length.
fn renamed(manifest: &[u8], number: usize) -> Vec<u8> {
    let mut json: Value = serde_json::from_slice(manifest).expect("JSON");
    json["id"] = format!("p{number:05}").into();
    json["name"] = format!("Plugin {number:05}").into();
    let mut text = json.to_string().into_bytes();
    assert!(text.len() <= manifest.len(), "the manifest should have room for a name");
    text.resize(manifest.len(), b' ');
    text
}
