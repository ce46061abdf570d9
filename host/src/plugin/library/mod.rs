//! [`Library`]: a plugin's shared library, read once, hashed and sealed, so that the worker runs the bytes that were
//! checked.

pub mod discovery;
pub(super) mod parts;
pub mod section;

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::platform::library;

/// The bytes of a library and their SHA-256. A clone shares the bytes.
#[derive(Clone)]
pub struct Library {
    bytes: Arc<Vec<u8>>,
    /// In hexadecimal.
    pub sha256: String,
}

impl Library {
    /// # Errors
    /// As [`discovery::open`], and when reading fails.
    pub fn read(path: &Path) -> Result<Self, String> {
        let (file, data) = discovery::open(path)?;
        // Of the right size at once: growing copies what was read.
        let mut bytes = Vec::with_capacity(usize::try_from(data.len()).unwrap_or_default() + 1);
        file.take(discovery::MAX_LENGTH + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| error.to_string())?;
        if bytes.len() as u64 > discovery::MAX_LENGTH {
            return Err("it is larger than 64 MiB".into());
        }
        Ok(Self::of(bytes))
    }

    pub(super) fn of(bytes: Vec<u8>) -> Self {
        let sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        Self { bytes: Arc::new(bytes), sha256 }
    }

    /// The manifest of these bytes, as JSON.
    ///
    /// # Errors
    /// As [`section::json_of`].
    pub fn manifest(&self) -> Result<String, String> {
        section::json_of(self.bytes.as_slice())
    }

    /// Copies the bytes to memory that cannot be changed.
    ///
    /// # Errors
    /// When the system can provide neither sealed memory nor a temporary file.
    pub fn seal(&self) -> io::Result<Sealed> {
        library::sealed_memory(&self.bytes).or_else(|_| private_copy(&self.bytes)).map(Sealed)
    }
}

/// An open file whose bytes cannot change; the worker inherits its descriptor.
#[derive(Debug)]
pub struct Sealed(File);

impl Sealed {
    /// Duplicates the descriptor for a child process.
    ///
    /// # Errors
    /// When no descriptor is available.
    pub fn share(&self) -> io::Result<File> {
        self.0.try_clone()
    }
}

/// The replacement for sealed memory: an unlinked copy, opened for reading only.
fn private_copy(bytes: &[u8]) -> io::Result<File> {
    let mut copy = tempfile::Builder::new().prefix(".plugin-").tempfile()?;
    copy.write_all(bytes)?;
    File::open(copy.path())
}
