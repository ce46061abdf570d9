//! The open descriptors of a worker: the socket to the host and the library, and no others.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use crate::platform::linux::raw;

/// The descriptor of the socket to the host.
const SOCKET: i32 = 3;

/// The descriptor of the library.
pub(super) const LIBRARY: i32 = 4;

/// Moves the socket from standard input to descriptor 3 and the library from standard output to 4, and closes all
/// other descriptors. Standard input then reads `/dev/null`, and standard output is standard error.
///
/// # Errors
/// When this process was not started as a worker.
pub fn take_descriptors() -> io::Result<(File, File)> {
    let socket = rustix::io::fcntl_dupfd_cloexec(io::stdin().as_fd(), SOCKET)?;
    let library = rustix::io::fcntl_dupfd_cloexec(io::stdout().as_fd(), LIBRARY)?;
    close_all_but([socket.as_raw_fd(), library.as_raw_fd()])?;
    let socket = move_to(socket, SOCKET)?;
    let library = move_to(library, LIBRARY)?;
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    rustix::stdio::dup2_stdout(io::stderr().as_fd())?;
    Ok((File::from(socket), File::from(library)))
}

fn move_to(fd: OwnedFd, at: i32) -> io::Result<OwnedFd> {
    match fd.as_raw_fd() == at {
        true => Ok(fd),
        false => Ok(rustix::io::fcntl_dupfd_cloexec(&fd, at)?),
    }
}

/// Closes the descriptors that the host had inherited and passed on.
fn close_all_but(own: [i32; 2]) -> io::Result<()> {
    let open: Vec<i32> = std::fs::read_dir("/proc/self/fd")?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|fd| *fd > 2 && !own.contains(fd))
        .collect();
    // Skips the descriptor that listed the directory, which is closed by now.
    let open = open
        .into_iter()
        .filter(|fd| std::fs::symlink_metadata(format!("/proc/self/fd/{fd}")).is_ok());
    for fd in open {
        raw::close_inherited(fd);
    }
    Ok(())
}
