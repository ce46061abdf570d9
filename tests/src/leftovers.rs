//! Leftovers: processes that outlived what they were started for, found by the home they were started in.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use crate::patience;

/// A running process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    pub pid: i32,
    pub command: String,
}

/// Whose processes are meant: those whose `$HOME` or working directory is below `root`, which survive
/// a double fork and a new session, the second also a cleared environment; and the workers of the
/// programs that were started with these numbers, which have neither, and name their host as an argument.
#[derive(Debug)]
pub(crate) struct Family<'h> {
    pub root: &'h Path,
    pub hosts: Vec<i32>,
}

pub(crate) fn processes_of(family: &Family<'_>) -> Vec<Process> {
    let entries = fs::read_dir("/proc").expect("/proc");
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let others = pids.filter(|pid: &i32| *pid != std::process::id().cast_signed());
    let ours = others.filter(|pid| belongs_to(*pid, family));
    ours.map(|pid| Process { pid, command: command_of(pid) }).collect()
}

pub(crate) fn assert_none(family: &Family<'_>) {
    let deadline = Instant::now() + patience::WAIT;
    loop {
        let left = processes_of(family);
        if left.is_empty() {
            return;
        }
        assert!(Instant::now() < deadline, "no process should be left, but there are: {left:#?}");
        // Not our children: there is no event to wait for when one of them is not there any more.
        thread::sleep(Duration::from_millis(5));
    }
}

/// Kills until none is left: one that is being looked at may just be starting another.
pub(crate) fn kill_all(family: &Family<'_>) {
    let deadline = Instant::now() + patience::WAIT;
    while Instant::now() < deadline {
        let left = processes_of(family);
        if left.is_empty() {
            return;
        }
        for process in left {
            kill(process.pid, family);
        }
    }
}

/// Through a pidfd that is looked at once more, so that a number used again never hits a stranger.
fn kill(pid: i32, family: &Family<'_>) {
    let Some(pid) = Pid::from_raw(pid) else {
        return;
    };
    let Ok(handle) = pidfd_open(pid, PidfdFlags::empty()) else {
        return;
    };
    if belongs_to(pid.as_raw_nonzero().get(), family) {
        let _ = pidfd_send_signal(&handle, Signal::KILL);
        let _ = patience::readable(&handle, Instant::now() + Duration::from_secs(1));
    }
}

fn belongs_to(pid: i32, Family { root, hosts }: &Family<'_>) -> bool {
    if fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd.starts_with(root)) {
        return true;
    }
    let home = [b"HOME=", root.join("home").as_os_str().as_bytes()].concat();
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment.split(|byte| *byte == 0).any(|entry| entry == home)
        || host_of(pid).is_some_and(|host| hosts.contains(&host))
}

fn host_of(worker: i32) -> Option<i32> {
    let command = command_of(worker);
    let mut words = command.split(' ').skip_while(|word| *word != "plugin-worker").skip(1);
    words.next()?.parse().ok()
}

fn command_of(pid: i32) -> String {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&line).replace('\0', " ").trim_end().to_owned()
}
