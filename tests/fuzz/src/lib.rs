//! A file in memory: what a fuzzer holds in bytes, for readers that open a path.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use rustix::fs::{MemfdFlags, Mode, fchmod, memfd_create};

/// One file, written anew for every execution.
#[derive(Debug)]
pub struct Memory(File);

impl Memory {
    /// An empty one, readable by its owner alone.
    ///
    /// # Errors
    /// Where there is no `memfd_create`.
    pub fn new() -> io::Result<Self> {
        let file = memfd_create("fuzz", MemfdFlags::CLOEXEC)?;
        fchmod(&file, Mode::RUSR | Mode::WUSR)?;
        Ok(Self(file.into()))
    }

    /// The path of the file, now that it holds just these bytes.
    ///
    /// # Errors
    /// When memory is short.
    pub fn holding(&self, bytes: &[u8]) -> io::Result<PathBuf> {
        self.0.set_len(0)?;
        self.0.write_all_at(bytes, 0)?;
        Ok(format!("/proc/self/fd/{}", self.0.as_raw_fd()).into())
    }
}
