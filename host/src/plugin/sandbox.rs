//! The sandbox: what a worker gives up before any code of a plugin is mapped.

use std::fs::File;
use std::io;

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
    let nothing = File::open("/dev/null")?;
    rustix::stdio::dup2_stdin(&nothing)?;
    rustix::stdio::dup2_stdout(io::stderr().as_fd())?;
    Ok((File::from(wire), File::from(library)))
}

#[cfg(not(target_os = "linux"))]
pub fn take_descriptors() -> io::Result<(File, File)> {
    Err(io::ErrorKind::Unsupported.into())
}
