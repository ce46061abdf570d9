//! The sandbox: what a worker gives up before any code of a plugin is mapped.

use std::fs::File;
use std::io;
#[cfg(target_os = "linux")]
use std::os::fd::{AsRawFd, OwnedFd};

/// Leaves the terminal and dies with the host. The rest of the sandbox has its place here.
///
/// # Errors
/// When the system refuses: then no plugin is loaded.
#[cfg(target_os = "linux")]
pub fn enter(host: i32) -> io::Result<()> {
    use rustix::process::{
        DumpableBehavior, Signal, getppid, set_dumpable_behavior, set_parent_process_death_signal,
        setsid,
    };
    setsid()?;
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // The host may have died before that was in force.
    if getppid().is_none_or(|parent| parent.as_raw_pid() != host) {
        return Err(io::Error::other("the host is gone"));
    }
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}

#[cfg(not(target_os = "linux"))]
pub fn enter(_host: i32) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The wire on descriptor 3 and the library on 4, as the host left them on standard input and output;
/// standard input is empty then, and standard output is standard error.
///
/// # Errors
/// When this process was not started by a host.
#[cfg(target_os = "linux")]
pub fn take_descriptors() -> io::Result<(File, File)> {
    use std::os::fd::AsFd;
    let wire = rustix::io::fcntl_dupfd_cloexec(io::stdin().as_fd(), 3)?;
    let library = rustix::io::fcntl_dupfd_cloexec(io::stdout().as_fd(), 4)?;
    close_all_but([wire.as_raw_fd(), library.as_raw_fd()])?;
    let wire = put(wire, 3)?;
    let library = put(library, 4)?;
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    rustix::stdio::dup2_stdout(io::stderr().as_fd())?;
    Ok((File::from(wire), File::from(library)))
}

#[cfg(target_os = "linux")]
fn put(fd: OwnedFd, at: i32) -> io::Result<OwnedFd> {
    match fd.as_raw_fd() == at {
        true => Ok(fd),
        false => Ok(rustix::io::fcntl_dupfd_cloexec(&fd, at)?),
    }
}

/// Closes what whoever started the host left open for all its children.
#[cfg(target_os = "linux")]
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
        // SAFETY: nothing in this process owns any of them: it has just begun, on one thread, has
        // opened nothing but `ours`, and each was seen to be open a moment ago.
        #[allow(unsafe_code, reason = "closing what was inherited has no owner to drop")]
        unsafe {
            rustix::io::close(fd);
        }
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
pub fn take_descriptors() -> io::Result<(File, File)> {
    Err(io::ErrorKind::Unsupported.into())
}
