//! A library: read once, hashed, and sealed, so that the bytes that were looked at are the bytes that run.

mod block_reader;
pub mod discovery;

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::platform::library;

/// The bytes of a library and their hash.
pub struct Library {
    bytes: Vec<u8>,
    /// In hexadecimal.
    pub sha256: String,
}

impl Library {
    /// # Errors
    /// As [`discovery::open`], or why it could not be read to its end.
    pub fn read(path: &Path) -> Result<Self, String> {
        let (file, _) = discovery::open(path)?;
        let mut bytes = Vec::new();
        file.take(discovery::LARGEST + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| error.to_string())?;
        if bytes.len() as u64 > discovery::LARGEST {
            return Err("it is larger than 64 MiB".into());
        }
        Ok(Self::of(bytes))
    }

    pub(super) fn of(bytes: Vec<u8>) -> Self {
        let sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        Self { bytes, sha256 }
    }

    /// What exactly these bytes say of themselves, as JSON.
    ///
    /// # Errors
    /// As [`discovery::json_of`].
    pub fn manifest(&self) -> Result<String, String> {
        discovery::json_of(self.bytes.as_slice())
    }

    /// Puts the bytes where nobody can change them any more.
    ///
    /// # Errors
    /// When the system has no such place to give.
    pub fn seal(&self) -> io::Result<Sealed> {
        library::sealed_memory(&self.bytes).or_else(|_| private_copy(&self.bytes)).map(Sealed)
    }
}

/// Bytes that only ever were these; a descriptor to be inherited.
#[derive(Debug)]
pub struct Sealed(File);

impl Sealed {
    /// The same open file, to be handed to a child.
    ///
    /// # Errors
    /// When there are no descriptors left.
    pub fn share(&self) -> io::Result<File> {
        self.0.try_clone()
    }
}

/// Where there is no sealed memory: a copy that has no name, opened for reading only.
fn private_copy(bytes: &[u8]) -> io::Result<File> {
    let mut copy = tempfile::Builder::new().prefix(".plugin-").tempfile()?;
    copy.write_all(bytes)?;
    File::open(copy.path())
}
