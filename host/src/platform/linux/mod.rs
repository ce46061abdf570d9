//! The platform functions for Linux alone: sealed memory, the sandbox of a worker, and the users of sockets.

use std::ffi::{CString, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rustix::process::{DumpableBehavior, set_dumpable_behavior};

pub mod library;
mod raw;
pub mod sandbox;
pub mod sockets;

/// Whether plugins can run on this system.
pub const CAN_RUN_PLUGINS: bool = true;

/// Whether every display is named by an environment variable.
pub const DISPLAYS_ARE_NAMED: bool = true;

/// The policy of the administrator.
pub const POLICY_FILE: &str = "/etc/mesheryctl/policy.yaml";

/// The path of this executable; it stays valid when the file is replaced.
///
/// # Errors
/// None.
pub fn this_program() -> io::Result<PathBuf> {
    Ok("/proc/self/exe".into())
}

/// Runs a program in place of this process, which it returns from only with an error. The program has these arguments, and the
/// environment of this process with one variable set.
///
/// # Errors
/// Why it cannot be run.
pub fn run_instead(
    program: &Path,
    arguments: &[OsString],
    variable: (&str, &str),
) -> io::Result<ExitCode> {
    let (name, value) = variable;
    let others = std::env::vars_os().filter(|(it, _)| it != name).map(|(name, value)| {
        let equals = OsString::from("=");
        [name, equals, value].into_iter().collect::<OsString>()
    });
    let environment = others.chain([format!("{name}={value}").into()]).map(c_string);
    // By its path, so that a program that runs itself again does not find this one.
    let program = c_string(program.into())?;
    let arguments = arguments.iter().cloned().map(c_string);
    let arguments: io::Result<Vec<CString>> =
        std::iter::once(Ok(program.clone())).chain(arguments).collect();
    Err(raw::execute(&program, &arguments?, &environment.collect::<io::Result<Vec<_>>>()?))
}

fn c_string(text: OsString) -> io::Result<CString> {
    Ok(CString::new(text.into_vec())?)
}

/// How many of the processes above this one, in the line of parents, have this name: that of the file that was run, be it a
/// script.
pub fn ancestors_called(name: &str) -> usize {
    let parent = |pid: u32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // `PID (NAME) STATE PARENT …`; the name may contain brackets and spaces.
        let (before, after) = stat.rsplit_once(')')?;
        let called = before.split_once('(')?.1.to_owned();
        Some((called, after.split_whitespace().nth(1)?.parse().ok()?))
    };
    let of_this = parent(std::process::id());
    let line = std::iter::successors(of_this, |(_, pid)| parent(*pid));
    line.skip(1).filter(|(it, _)| it == name).count()
}

/// Prevents core files of this process, and reads of its memory by other processes of its user. Child processes are
/// not affected. False if the system refuses.
pub fn keep_memory_private() -> bool {
    set_dumpable_behavior(DumpableBehavior::NotDumpable).is_ok()
}
