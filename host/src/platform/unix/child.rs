//! Child processes: the worker, which runs this program, and the process group of a browser.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use crate::platform::{event, this_program};

/// A running process that leads a group: a worker, or a program with a time limit. Dropping it kills its process group, and reaps it.
#[derive(Debug)]
pub struct Process(Child);

/// A started worker and the host's ends of its socket and pipe, both non-blocking.
#[derive(Debug)]
pub struct Started {
    pub process: Process,
    /// The socket for frames; the worker has the other end as its standard input.
    pub socket: File,
    /// The pipe of its standard error.
    pub stderr: File,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Signal(i32),
    Code(i32),
}

/// What a process uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Memory that it has in use, in bytes.
    pub memory: u64,
    pub threads: u64,
}

/// Starts this program with these arguments, only these environment variables, and `library` as its standard output.
///
/// # Errors
/// When the system provides no socket or process.
pub fn start_worker(
    arguments: &[&str],
    environment: &[(&str, &str)],
    library: File,
) -> io::Result<Started> {
    let (ours, theirs) = UnixStream::pair()?;
    let program = this_program()?;
    let mut child = Command::new(&program)
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied())
        .current_dir("/")
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stdout(Stdio::from(library))
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| not_started(error, &program))?;
    let stderr = child.stderr.take();
    let process = Process(child);
    let stderr = stderr.map(OwnedFd::from).ok_or(io::ErrorKind::BrokenPipe)?;
    ours.set_nonblocking(true)?;
    rustix::io::ioctl_fionbio(&stderr, true)?;
    Ok(Started { process, socket: File::from(OwnedFd::from(ours)), stderr: File::from(stderr) })
}

/// Why this program could not be started again. On Linux its path is in `/proc`, which is not mounted everywhere.
fn not_started(error: io::Error, program: &Path) -> io::Error {
    match error.kind() {
        io::ErrorKind::NotFound if program.starts_with("/proc") => {
            io::Error::new(error.kind(), "/proc is not mounted")
        }
        _ => error,
    }
}

/// Makes the command start in its own process group, so that Ctrl-C at the terminal does not end it.
pub fn in_own_group(command: &mut Command) {
    command.process_group(0);
}

/// Runs the command in a process group of its own, without input and without standard error, and returns its output once that
/// ended. `None` if it cannot be started, fails, takes longer than `limit`, or prints more than `max` bytes. Its whole group is
/// killed in the end.
pub fn output_within(command: &mut Command, limit: Duration, max: usize) -> Option<Vec<u8>> {
    let deadline = Instant::now() + limit;
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
    let mut process = Process(command.spawn().ok()?);
    let mut pipe = process.0.stdout.take()?;
    let (mut output, mut part) = (Vec::new(), [0; 4096]);
    loop {
        let left = deadline.checked_duration_since(Instant::now())?;
        if !event::wait(&[event::readable(&pipe)], Some(left)).ok()?.first()?.is_any() {
            return None;
        }
        match pipe.read(&mut part).ok()? {
            0 => return Some(output),
            count => output.extend(part.get(..count)?),
        }
        if output.len() > max {
            return None;
        }
    }
}

impl Process {
    /// What it uses now; `None` on a system without `/proc`.
    pub fn usage(&self) -> Option<Usage> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).ok()?;
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_ascii_whitespace().next()?.parse::<u64>().ok()
        };
        Some(Usage { memory: number("VmRSS:")? * 1024, threads: number("Threads:")? })
    }

    /// How it ended, if it has. It is not reaped before its group is killed, so that the id of the group is not
    /// reused until then.
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
        // The group first. It exists as soon as the worker has called setsid.
        let _ = kill_process_group(Pid::from_child(&self.0), Signal::KILL);
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
