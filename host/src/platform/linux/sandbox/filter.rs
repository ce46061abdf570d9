//! The seccomp filters of a worker: an allow-list of system calls. Every other call fails.

use std::collections::BTreeMap;
use std::io;

use libc::{
    CLONE_CHILD_CLEARTID, CLONE_CHILD_SETTID, CLONE_DETACHED, CLONE_FILES, CLONE_FS,
    CLONE_PARENT_SETTID, CLONE_SETTLS, CLONE_SIGHAND, CLONE_SYSVSEM, CLONE_THREAD, CLONE_VM,
};
use seccompiler::SeccompCmpArgLen::{Dword, Qword};
use seccompiler::SeccompCmpOp::{Eq, Le, MaskedEq, Ne};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch, apply_filter_all_threads,
};

use super::trap;

#[cfg(test)]
mod tests;

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: TargetArch = TargetArch::x86_64;
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: TargetArch = TargetArch::aarch64;

/// Calls that are allowed with any arguments: memory, threads, time, random numbers, signals to itself, and open
/// descriptors. `clone3` is among them because the first filter handles it.
const ALLOWED: &[libc::c_long] = &[
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_mprotect,
    libc::SYS_futex,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_clone3,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_gettid,
    libc::SYS_getpid,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_restart_syscall,
    libc::SYS_membarrier,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_nanosleep,
    libc::SYS_gettimeofday,
    libc::SYS_getrandom,
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_readv,
    libc::SYS_writev,
    libc::SYS_pread64,
    libc::SYS_lseek,
    libc::SYS_close,
    libc::SYS_dup,
    libc::SYS_fstat,
    libc::SYS_ppoll,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_poll,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_time,
];

/// The flags that a thread must be created with.
const THREAD: libc::c_int = CLONE_THREAD | CLONE_VM | CLONE_SIGHAND;
/// The flags that a thread may be created with. Other flags, such as those for namespaces, are denied.
const THREAD_OPTIONAL: libc::c_int = CLONE_FS
    | CLONE_FILES
    | CLONE_SYSVSEM
    | CLONE_SETTLS
    | CLONE_PARENT_SETTID
    | CLONE_CHILD_SETTID
    | CLONE_CHILD_CLEARTID
    | CLONE_DETACHED;

/// Advice that concerns only the memory of the process; the last two are MADV_GUARD_INSTALL and MADV_GUARD_REMOVE,
/// with which new C libraries guard stacks.
const ADVICE: [libc::c_int; 9] = [
    libc::MADV_WILLNEED,
    libc::MADV_DONTNEED,
    libc::MADV_FREE,
    libc::MADV_HUGEPAGE,
    libc::MADV_NOHUGEPAGE,
    libc::MADV_DONTDUMP,
    libc::MADV_DODUMP,
    102,
    103,
];

/// The last clock of the system and of this process. Negative numbers, which are large unsigned ones, are clocks of
/// other processes, and reveal their processor time.
const LAST_CLOCK: u64 = libc::CLOCK_TAI as u64;

/// The mask of the mapping type in the flags of `mmap`.
const MAP_TYPE: u64 = 0x0f;

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Installs the filters. `reports_all` traps also the calls that only a validation reports.
///
/// # Errors
/// When the kernel rejects a filter.
pub fn apply(reports_all: bool) -> io::Result<()> {
    programs(reports_all)?.iter().try_for_each(|it| apply_filter_all_threads(it).map_err(failed))
}

/// Three filters. The kernel applies the strictest result of all; of two error numbers it takes that of the newest filter, so
/// the allow-list is the last.
fn programs(reports_all: bool) -> io::Result<[BpfProgram; 3]> {
    // With EPERM no thread could be created; with ENOSYS the C library falls back to `clone`.
    let threads = Rules::from([(libc::SYS_clone3, Vec::new())]);
    let missing = SeccompAction::Errno(libc::ENOSYS as u32);
    Ok([
        compile(threads, SeccompAction::Allow, missing)?,
        compile(traps(reports_all)?, SeccompAction::Allow, SeccompAction::Trap)?,
        // An error instead of a signal: code that handles the error continues to work.
        compile(allowed()?, SeccompAction::Errno(libc::EPERM as u32), SeccompAction::Allow)?,
    ])
}

fn compile(
    rules: Rules,
    default_action: SeccompAction,
    match_action: SeccompAction,
) -> io::Result<BpfProgram> {
    let filter =
        SeccompFilter::new(rules, default_action, match_action, ARCHITECTURE).map_err(failed)?;
    BpfProgram::try_from(filter).map_err(failed)
}

fn traps(all: bool) -> io::Result<Rules> {
    let mut rules: Rules = trap::numbers(all).map(|number| (number, Vec::new())).collect();
    if all {
        // Processes, not threads; setting limits, not reading them.
        let thread = MaskedEq(CLONE_THREAD as u64);
        rules.insert(libc::SYS_clone, vec![rule(&[(0, Dword, thread, 0)])?]);
        rules.insert(libc::SYS_prlimit64, vec![rule(&[(2, Qword, Ne, 0)])?]);
    }
    Ok(rules)
}

fn allowed() -> io::Result<Rules> {
    let mut rules: Rules = ALLOWED.iter().map(|&number| (number, Vec::new())).collect();
    let flags = !(THREAD_OPTIONAL as u32);
    rules.insert(
        libc::SYS_clone,
        vec![rule(&[(0, Dword, MaskedEq(u64::from(flags)), THREAD as u64)])?],
    );
    // Only private mappings.
    let private = libc::MAP_PRIVATE as u64;
    rules.insert(libc::SYS_mmap, vec![rule(&[(3, Dword, MaskedEq(MAP_TYPE), private)])?]);
    rules.insert(libc::SYS_madvise, one_of(2, ADVICE)?);
    // Only signals to itself, as from `abort`.
    let own_pid = u64::from(std::process::id());
    rules.insert(libc::SYS_tgkill, vec![rule(&[(0, Dword, Eq, own_pid)])?]);
    rules.insert(libc::SYS_prctl, one_of(0, [libc::PR_SET_NAME, libc::PR_SET_VMA])?);
    // Only reading its own limits.
    rules.insert(libc::SYS_prlimit64, vec![rule(&[(0, Dword, Eq, 0), (2, Qword, Eq, 0)])?]);
    for clock in [libc::SYS_clock_gettime, libc::SYS_clock_getres, libc::SYS_clock_nanosleep] {
        rules.insert(clock, vec![rule(&[(0, Dword, Le, LAST_CLOCK)])?]);
    }
    let descriptors = [libc::F_GETFD, libc::F_GETFL, libc::F_DUPFD_CLOEXEC];
    rules.insert(libc::SYS_fcntl, one_of(1, descriptors)?);
    Ok(rules)
}

fn one_of<const N: usize>(argument: u8, values: [libc::c_int; N]) -> io::Result<Vec<SeccompRule>> {
    values.iter().map(|&value| rule(&[(argument, Dword, Eq, value as u64)])).collect()
}

fn rule(all: &[(u8, SeccompCmpArgLen, SeccompCmpOp, u64)]) -> io::Result<SeccompRule> {
    let conditions = all.iter().cloned().map(|(argument, length, is, value)| {
        SeccompCondition::new(argument, length, is, value).map_err(failed)
    });
    SeccompRule::new(conditions.collect::<io::Result<_>>()?).map_err(failed)
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::other(error)
}
