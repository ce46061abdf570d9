//! [`Memory`]: a file in memory, which gives the bytes of a fuzzer to readers that open a path.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use rustix::fs::{MemfdFlags, Mode, fchmod, memfd_create};

/// One file, rewritten for every execution.
#[derive(Debug)]
pub struct Memory(File);

impl Memory {
    /// Creates an empty file with mode 0600.
    ///
    /// # Errors
    /// When the system has no `memfd_create`.
    pub fn new() -> io::Result<Self> {
        let file = memfd_create("fuzz", MemfdFlags::CLOEXEC)?;
        fchmod(&file, Mode::RUSR | Mode::WUSR)?;
        Ok(Self(file.into()))
    }

    /// Replaces the contents by these bytes, and returns the path of the file.
    ///
    /// # Errors
    /// When memory is insufficient.
    pub fn holding(&self, bytes: &[u8]) -> io::Result<PathBuf> {
        self.0.set_len(0)?;
        self.0.write_all_at(bytes, 0)?;
        Ok(format!("/proc/self/fd/{}", self.0.as_raw_fd()).into())
    }
}
