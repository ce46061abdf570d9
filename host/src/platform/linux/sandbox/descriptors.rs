//! The descriptors of a worker: the wire and the library, and no other.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use crate::platform::linux::raw;

/// Where a worker has its wire.
const WIRE: i32 = 3;

/// Where it has the library.
pub(super) const LIBRARY: i32 = 4;

/// The wire on descriptor 3 and the library on 4, as the host left them on standard input and output;
/// standard input is empty then, and standard output is standard error.
///
/// # Errors
/// When this process was not started by a host.
pub fn take_descriptors() -> io::Result<(File, File)> {
    let wire = rustix::io::fcntl_dupfd_cloexec(io::stdin().as_fd(), WIRE)?;
    let library = rustix::io::fcntl_dupfd_cloexec(io::stdout().as_fd(), LIBRARY)?;
    close_all_but([wire.as_raw_fd(), library.as_raw_fd()])?;
    let wire = put(wire, WIRE)?;
    let library = put(library, LIBRARY)?;
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    rustix::stdio::dup2_stdout(io::stderr().as_fd())?;
    Ok((File::from(wire), File::from(library)))
}

fn put(fd: OwnedFd, at: i32) -> io::Result<OwnedFd> {
    match fd.as_raw_fd() == at {
        true => Ok(fd),
        false => Ok(rustix::io::fcntl_dupfd_cloexec(&fd, at)?),
    }
}

/// Closes the descriptors that the host itself had inherited.
fn close_all_but(ours: [i32; 2]) -> io::Result<()> {
    let open: Vec<i32> = std::fs::read_dir("/proc/self/fd")?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|fd| *fd > 2 && !ours.contains(fd))
        .collect();
    // Without the one that listed the directory, which is closed again.
    let open = open
        .into_iter()
        .filter(|fd| std::fs::symlink_metadata(format!("/proc/self/fd/{fd}")).is_ok());
    for fd in open {
        raw::close_inherited(fd);
    }
    Ok(())
}
