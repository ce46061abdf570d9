//! Orphans: processes that still run after the program that started them, found by their home.
//!
//! A worker has neither the environment nor the working directory of its home. Therefore each program of a home
//! is started with a unique resource limit, RLIMIT_RTTIME: it has no effect at this size, child processes inherit
//! it, and `/proc` shows it.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use crate::machine::timeouts;

/// A running process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    pub pid: i32,
    pub command: String,
}

/// What identifies the programs of a home: its root directory, and its RLIMIT_RTTIME.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark<'h> {
    pub root: &'h Path,
    pub mark: u64,
}

/// A limit that no other home has, in microseconds: more than thirty years, so that it has no effect.
pub(crate) fn new_mark() -> u64 {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    1_000_000_000_000_000 + u64::from(std::process::id()) * 1_000_000 + count
}

/// The processes whose `$HOME` or working directory is below the root, or that have the limit. Each of these
/// survives a double fork and a new session; the working directory also survives a cleared environment; the
/// limit survives both.
pub(crate) fn processes_of(home: Mark<'_>) -> Vec<Process> {
    let entries = fs::read_dir("/proc").expect("/proc");
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let others = pids.filter(|pid: &i32| *pid != std::process::id().cast_signed());
    let ours = others.filter(|pid| belongs_to(*pid, home));
    ours.map(|pid| Process { pid, command: command_of(pid) }).collect()
}

pub(crate) fn assert_none(home: Mark<'_>) {
    let deadline = Instant::now() + timeouts::WAIT;
    loop {
        let left = processes_of(home);
        if left.is_empty() {
            return;
        }
        assert!(Instant::now() < deadline, "no process should be left, but there are: {left:#?}");
        // They are not child processes of the test, so their end raises no event.
        thread::sleep(Duration::from_millis(5));
    }
}

/// Kills until no process is left: each may start another meanwhile.
pub(crate) fn kill_all(home: Mark<'_>) {
    let deadline = Instant::now() + timeouts::WAIT;
    while Instant::now() < deadline {
        let left = processes_of(home);
        if left.is_empty() {
            return;
        }
        for process in left {
            kill(process.pid, home);
        }
    }
}

/// Checks again after opening a pidfd, so that a reused process id never hits another process.
fn kill(pid: i32, home: Mark<'_>) {
    let Some(pid) = Pid::from_raw(pid) else {
        return;
    };
    let Ok(handle) = pidfd_open(pid, PidfdFlags::empty()) else {
        return;
    };
    if belongs_to(pid.as_raw_nonzero().get(), home) {
        let _ = pidfd_send_signal(&handle, Signal::KILL);
        let _ = timeouts::readable(&handle, Instant::now() + Duration::from_secs(1));
    }
}

fn belongs_to(pid: i32, Mark { root, mark }: Mark<'_>) -> bool {
    if is_zombie(pid) {
        return false;
    }
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap_or_default();
    let of_scheduling = limits.lines().find(|line| line.starts_with("Max realtime timeout"));
    if of_scheduling.is_some_and(|line| line.contains(&format!(" {mark} "))) {
        return true;
    }
    if fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd.starts_with(root)) {
        return true;
    }
    let home = [b"HOME=", root.join("home").as_os_str().as_bytes()].concat();
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment.split(|byte| *byte == 0).any(|entry| entry == home)
}

/// Whether it is a zombie, whose limits can still be read.
fn is_zombie(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name before the state may contain brackets.
    stat.rsplit_once(')').is_none_or(|(_, rest)| rest.trim_start().starts_with(['Z', 'X']))
}

fn command_of(pid: i32) -> String {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&line).replace('\0', " ").trim_end().to_owned()
}
