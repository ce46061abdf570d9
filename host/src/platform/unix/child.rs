//! Processes that this program starts: a worker, which is this program again, and a browser's.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use crate::platform::this_program;

/// A running worker. Dropped, it is killed with all it started, and reaped.
#[derive(Debug)]
pub struct Process(Child);

/// A worker that has just begun, and what leads to it; reads and writes of both do not wait.
#[derive(Debug)]
pub struct Started {
    pub process: Process,
    /// Both ways; the worker has it as its standard input.
    pub socket: File,
    /// Its standard error.
    pub stderr: File,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Signal(i32),
    Code(i32),
}

/// Starts this program again, with these arguments, an environment of these variables alone, and `library` as its
/// standard output.
///
/// # Errors
/// When the system has no socket or process to give.
pub fn start_worker(
    arguments: &[&str],
    environment: &[(&str, &str)],
    library: File,
) -> io::Result<Started> {
    let (ours, theirs) = UnixStream::pair()?;
    let mut child = Command::new(this_program()?)
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied())
        .current_dir("/")
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stdout(Stdio::from(library))
        .stderr(Stdio::piped())
        .spawn()?;
    let stderr = child.stderr.take();
    let process = Process(child);
    let stderr = stderr.map(OwnedFd::from).ok_or(io::ErrorKind::BrokenPipe)?;
    ours.set_nonblocking(true)?;
    rustix::io::ioctl_fionbio(&stderr, true)?;
    Ok(Started { process, socket: File::from(OwnedFd::from(ours)), stderr: File::from(stderr) })
}

/// Starts the command in a group of its own: Ctrl-C at the terminal is for this program alone.
pub fn in_own_group(command: &mut Command) {
    command.process_group(0);
}

impl Process {
    /// How it ended, if it has. It is not reaped before its group is killed: until then the number of the group
    /// cannot become another process's.
    pub fn ending(&self) -> Option<Ending> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let status = waitid(WaitId::Pid(Pid::from_child(&self.0)), options).ok()??;
        Some(match status.terminating_signal() {
            Some(signal) => Ending::Signal(signal),
            None => Ending::Code(status.exit_status().unwrap_or_default()),
        })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Its group first: it leads one of its own as soon as it has left our terminal.
        let _ = kill_process_group(Pid::from_child(&self.0), Signal::KILL);
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
