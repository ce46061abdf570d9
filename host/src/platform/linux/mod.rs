//! The platform functions for Linux alone: sealed memory, the sandbox of a worker, and the users of sockets.

use std::ffi::{CString, OsString};
use std::fs::{self, File};
use std::io::{self, Read as _};
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
    let environment = environment.collect::<io::Result<Vec<CString>>>()?;
    // By its path, so that a program that runs itself again does not find this one.
    let path = c_string(program.into())?;
    let arguments = arguments.iter().cloned().map(c_string).collect::<io::Result<Vec<_>>>()?;
    let line = |first: &[&CString]| {
        first.iter().copied().cloned().chain(arguments.iter().cloned()).collect::<Vec<_>>()
    };
    let error = raw::execute(&path, &line(&[&path]), &environment);
    if error.raw_os_error() != Some(libc::ENOEXEC) || !is_text(program) {
        return Err(error);
    }
    // A script that does not name its interpreter, as a shell runs it.
    let shell = c_string("/bin/sh".into())?;
    Err(raw::execute(&shell, &line(&[&shell, &path]), &environment))
}

/// Whether the file begins with a line of text, by the rule of bash: a program for another machine is not run as a script.
fn is_text(path: &Path) -> bool {
    let mut start = [0; 80];
    let length = File::open(path).and_then(|mut it| it.read(&mut start)).unwrap_or(0);
    let line = start[..length].split(|byte| *byte == b'\n').next().unwrap_or_default();
    !line.contains(&0)
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
