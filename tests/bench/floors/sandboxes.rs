//! The floor of a login by a plugin: a library is read and put in memory, and a second process maps it from there, enters
//! Landlock and a seccomp filter, and ends. Usage: `floor-sandboxes LIBRARY`.
//!
//! The library is mapped by the test kit of the SDK and before the sandbox is entered: in the sandbox, the loader could open it
//! only through a signal handler, which needs unsafe code.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::process::Command;

use landlock::{ABI, Access as _, AccessFs, Ruleset, RulesetAttr as _};
use mesheryctl_plugin_sdk::testing::Library;
use rustix::fs::{MemfdFlags, memfd_create};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, apply_filter_all_threads};

/// What the worker still does: memory, threads, what is open, and its end.
const ALLOWED: [libc::c_long; 24] = [
    libc::SYS_brk,
    libc::SYS_mmap,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    libc::SYS_futex,
    libc::SYS_clone,
    libc::SYS_clone3,
    libc::SYS_rseq,
    libc::SYS_set_robust_list,
    libc::SYS_sched_yield,
    libc::SYS_gettid,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_sigaltstack,
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_close,
    libc::SYS_lseek,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args_os().nth(1) {
        Some(library) => start(&std::fs::read(library)?),
        None => work(),
    }
}

fn start(library: &[u8]) -> Result<(), Box<dyn Error>> {
    let mut memory = File::from(memfd_create("plugin", MemfdFlags::CLOEXEC)?);
    memory.write_all(library)?;
    memory.rewind()?;
    let worker = Command::new(std::env::current_exe()?).env_clear().stdin(memory).status()?;
    if worker.success() { Ok(()) } else { Err("the worker failed".into()) }
}

fn work() -> Result<(), Box<dyn Error>> {
    let _library = Library::open("/proc/self/fd/0")?;
    rustix::thread::set_no_new_privs(true)?;
    let rules = Ruleset::default().handle_access(AccessFs::from_all(ABI::V9))?;
    rules.create()?.restrict_self()?;
    let rules: BTreeMap<i64, _> = ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
    let denied = SeccompAction::Errno(libc::EPERM as u32);
    let architecture = std::env::consts::ARCH.try_into()?;
    let filter = SeccompFilter::new(rules, denied, SeccompAction::Allow, architecture)?;
    apply_filter_all_threads(&BpfProgram::try_from(filter)?)?;
    Ok(())
}
