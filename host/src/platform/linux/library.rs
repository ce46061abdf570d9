//! The library of a plugin: sealed memory in the host, and loading it in the worker.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsRawFd;

use mesheryctl_plugin_abi::Found;
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};

use super::raw;
use crate::platform::LoadError;

/// Copies the bytes to sealed memory (memfd), a file that cannot be changed and that a worker can inherit.
///
/// # Errors
/// When the system cannot provide it.
pub fn sealed_memory(bytes: &[u8]) -> io::Result<File> {
    let memory = memfd_create("plugin", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
    let mut file = File::from(memory);
    file.write_all(bytes)?;
    let seals = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL;
    // Sealing fails with EBUSY for a short time if the kernel still uses a page.
    for _ in 0..100 {
        match fcntl_add_seals(&file, seals) {
            Err(rustix::io::Errno::BUSY) => std::thread::yield_now(),
            sealed => return Ok(sealed.map(|()| file)?),
        }
    }
    Err(io::Error::other("the memory stays busy"))
}

/// Maps the library, which runs its constructors. It is never unloaded.
///
/// # Errors
/// When the system's loader refuses it, or it is not a plugin.
pub fn load(library: &File) -> Result<Found, LoadError> {
    raw::load_plugin(&format!("/proc/self/fd/{}", library.as_raw_fd()))
}
