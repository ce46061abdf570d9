//! The programs of the filters, interpreted as the kernel would, for every number of a system call. On the processor of these
//! tests; `.ci/release/try` runs them for arm64 too.

use seccompiler::sock_filter;

use super::*;

/// What the kernel does with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Killed,
    Trapped,
    Fails(i32),
    Passes,
}
use Verdict::{Fails, Killed, Passes, Trapped};

/// `AUDIT_ARCH_X86_64` and `AUDIT_ARCH_AARCH64` of linux/audit.h.
#[cfg(target_arch = "x86_64")]
const OWN: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const OWN: u32 = 0xc000_00b7;

/// The calls that pass with any arguments, by the numbers in the kernel's tables: arch/x86/entry/syscalls/syscall_64.tbl, and
/// include/uapi/asm-generic/unistd.h for arm64.
#[cfg(target_arch = "x86_64")]
const PASS: &[(u32, &str)] = &[
    (0, "read"),
    (1, "write"),
    (3, "close"),
    (5, "fstat"),
    (7, "poll"),
    (8, "lseek"),
    (10, "mprotect"),
    (11, "munmap"),
    (12, "brk"),
    (13, "rt_sigaction"),
    (14, "rt_sigprocmask"),
    (15, "rt_sigreturn"),
    (17, "pread64"),
    (19, "readv"),
    (20, "writev"),
    (24, "sched_yield"),
    (25, "mremap"),
    (32, "dup"),
    (35, "nanosleep"),
    (39, "getpid"),
    (60, "exit"),
    (96, "gettimeofday"),
    (131, "sigaltstack"),
    (186, "gettid"),
    (201, "time"),
    (202, "futex"),
    (204, "sched_getaffinity"),
    (219, "restart_syscall"),
    (231, "exit_group"),
    (271, "ppoll"),
    (273, "set_robust_list"),
    (318, "getrandom"),
    (324, "membarrier"),
    (334, "rseq"),
];
#[cfg(target_arch = "aarch64")]
const PASS: &[(u32, &str)] = &[
    (23, "dup"),
    (57, "close"),
    (62, "lseek"),
    (63, "read"),
    (64, "write"),
    (65, "readv"),
    (66, "writev"),
    (67, "pread64"),
    (73, "ppoll"),
    (80, "fstat"),
    (93, "exit"),
    (94, "exit_group"),
    (98, "futex"),
    (99, "set_robust_list"),
    (101, "nanosleep"),
    (123, "sched_getaffinity"),
    (124, "sched_yield"),
    (128, "restart_syscall"),
    (132, "sigaltstack"),
    (134, "rt_sigaction"),
    (135, "rt_sigprocmask"),
    (139, "rt_sigreturn"),
    (169, "gettimeofday"),
    (172, "getpid"),
    (178, "gettid"),
    (214, "brk"),
    (215, "munmap"),
    (216, "mremap"),
    (226, "mprotect"),
    (278, "getrandom"),
    (283, "membarrier"),
    (293, "rseq"),
];

/// The calls that pass with some arguments: number, name.
#[cfg(target_arch = "x86_64")]
const DEPEND: [(u32, &str); 10] = [
    (9, "mmap"),
    (28, "madvise"),
    (56, "clone"),
    (72, "fcntl"),
    (157, "prctl"),
    (228, "clock_gettime"),
    (229, "clock_getres"),
    (230, "clock_nanosleep"),
    (234, "tgkill"),
    (302, "prlimit64"),
];
#[cfg(target_arch = "aarch64")]
const DEPEND: [(u32, &str); 10] = [
    (222, "mmap"),
    (233, "madvise"),
    (220, "clone"),
    (25, "fcntl"),
    (167, "prctl"),
    (113, "clock_gettime"),
    (114, "clock_getres"),
    (115, "clock_nanosleep"),
    (131, "tgkill"),
    (261, "prlimit64"),
];

/// The calls that a signal answers: by every worker, and by that of a validation alone.
#[cfg(target_arch = "x86_64")]
const TRAPPED: [&[(u32, &str)]; 2] = [
    &[(2, "open"), (41, "socket"), (42, "connect"), (257, "openat"), (262, "newfstatat")],
    &[
        (57, "fork"),
        (58, "vfork"),
        (59, "execve"),
        (62, "kill"),
        (82, "rename"),
        (83, "mkdir"),
        (87, "unlink"),
        (90, "chmod"),
        (101, "ptrace"),
        (258, "mkdirat"),
        (263, "unlinkat"),
        (268, "fchmodat"),
        (316, "renameat2"),
    ],
];
#[cfg(target_arch = "aarch64")]
const TRAPPED: [&[(u32, &str)]; 2] = [
    &[(56, "openat"), (79, "newfstatat"), (198, "socket"), (203, "connect")],
    &[
        (34, "mkdirat"),
        (35, "unlinkat"),
        (53, "fchmodat"),
        (117, "ptrace"),
        (129, "kill"),
        (221, "execve"),
        (276, "renameat2"),
    ],
];

/// `clone3`, of the same number everywhere.
const CLONE3: u32 = 435;

const ZEROS: [u64; 6] = [0; 6];
const ONES: [u64; 6] = [u64::MAX; 6];

/// The instructions of the classic BPF that a filter is made of, as the kernel defines them in linux/filter.h.
fn run(program: &[sock_filter], call: u32, architecture: u32, arguments: [u64; 6]) -> u32 {
    // `struct seccomp_data`: number, architecture, address of the instruction, arguments.
    let mut data = vec![call, architecture, 0, 0];
    data.extend(arguments.iter().flat_map(|it| [*it as u32, (it >> 32) as u32]));
    let (mut at, mut accumulator) = (0, 0_u32);
    loop {
        let sock_filter { code, jt, jf, k } = program[at];
        at += 1;
        let jump = |is: bool| usize::from(if is { jt } else { jf });
        match code {
            0x20 => accumulator = data[k as usize / 4],
            0x54 => accumulator &= k,
            0x05 => at += k as usize,
            0x15 => at += jump(accumulator == k),
            0x25 => at += jump(accumulator > k),
            0x35 => at += jump(accumulator >= k),
            0x45 => at += jump(accumulator & k != 0),
            0x06 => return k,
            other => panic!("an instruction {other:#x}, which this interpreter does not know"),
        }
    }
}

/// What the kernel makes of three filters: the lowest action as a signed number, of equal ones that of the newest filter.
fn verdict(
    programs: &[BpfProgram; 3],
    call: u32,
    architecture: u32,
    arguments: [u64; 6],
) -> Verdict {
    let results = programs.iter().rev().map(|it| run(it, call, architecture, arguments));
    let strictest = results.min_by_key(|it| (it & libc::SECCOMP_RET_ACTION_FULL) as i32).unwrap();
    match strictest & libc::SECCOMP_RET_ACTION_FULL {
        libc::SECCOMP_RET_ALLOW => Passes,
        libc::SECCOMP_RET_ERRNO => Fails((strictest & libc::SECCOMP_RET_DATA) as i32),
        libc::SECCOMP_RET_TRAP => Trapped,
        libc::SECCOMP_RET_KILL_PROCESS | libc::SECCOMP_RET_KILL_THREAD => Killed,
        other => panic!("an action {other:#x}"),
    }
}

fn has(calls: &[(u32, &str)], number: u32) -> bool {
    calls.iter().any(|(it, _)| *it == number)
}

fn number_of(name: &str) -> u32 {
    DEPEND.iter().find(|(_, it)| *it == name).unwrap().0
}

#[test]
fn of_every_number_exactly_the_listed_calls_pass() {
    for validation in [false, true] {
        let programs = programs(validation).unwrap();
        // The kernel's tables end below 500; the rest is for numbers that later kernels add, and those of x32.
        let numbers = (0..2_000).chain(0x4000_0000..0x4000_0600).chain([u32::MAX, 0x8000_0000]);
        for number in numbers.filter(|it| !has(&DEPEND, *it)) {
            let is_trapped = has(TRAPPED[0], number) || (validation && has(TRAPPED[1], number));
            let expected = match number {
                CLONE3 => Fails(libc::ENOSYS),
                _ if is_trapped => Trapped,
                _ if has(PASS, number) => Passes,
                _ => Fails(libc::EPERM),
            };
            for arguments in [ZEROS, ONES] {
                let found = verdict(&programs, number, OWN, arguments);
                assert_eq!(found, expected, "call {number}, validation: {validation}");
            }
        }
    }
}

#[test]
fn a_call_in_the_numbers_of_another_processor_ends_the_process() {
    let programs = programs(false).unwrap();
    // x86 of 32 bits, x86-64, arm, arm64, and none.
    for architecture in [0x4000_0003, 0xc000_003e, 0x4000_0028, 0xc000_00b7, 0] {
        if architecture == OWN {
            continue;
        }
        for number in 0..2_000 {
            assert_eq!(
                verdict(&programs, number, architecture, ZEROS),
                Killed,
                "{architecture:#x}"
            );
        }
    }
}

#[test]
fn calls_that_depend_on_their_arguments_pass_with_the_harmless_ones_alone() {
    let programs = programs(false).unwrap();
    let own = u64::from(std::process::id());
    let thread = (THREAD | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM | CLONE_SETTLS) as u64;
    let namespace = thread | libc::CLONE_NEWUSER as u64;
    let time = libc::CLOCK_MONOTONIC as u64;
    // Of another process: negative, as the C library makes it of a number of a process.
    let foreign = (!own) << 3 | 2;
    let map = |flags: libc::c_int| [0, 4096, 3, flags as u64, u64::MAX, 0];
    let (first, second, third) =
        (|it| [it, 0, 0, 0, 0, 0], |it| [0, it, 0, 0, 0, 0], |it| [0, 0, it, 0, 0, 0]);
    for (name, passes, fails) in [
        (
            "mmap",
            vec![map(libc::MAP_PRIVATE), map(libc::MAP_PRIVATE | libc::MAP_ANONYMOUS)],
            vec![map(libc::MAP_SHARED), map(libc::MAP_SHARED_VALIDATE), map(0)],
        ),
        (
            "madvise",
            ADVICE.iter().map(|it| third(*it as u64)).collect(),
            vec![third(libc::MADV_HWPOISON as u64), third(libc::MADV_MERGEABLE as u64), third(21)],
        ),
        (
            "clone",
            vec![first(thread)],
            vec![first(0), first(namespace), first(libc::SIGCHLD as u64)],
        ),
        (
            "fcntl",
            vec![second(1), second(3), second(libc::F_DUPFD_CLOEXEC as u64)],
            vec![second(0), second(2), second(4), second(8), second(libc::F_SETLEASE as u64)],
        ),
        (
            "prctl",
            vec![first(libc::PR_SET_NAME as u64), first(libc::PR_SET_VMA as u64)],
            vec![first(0), first(libc::PR_SET_DUMPABLE as u64), first(libc::PR_SET_SECCOMP as u64)],
        ),
        ("clock_gettime", vec![first(time), first(0), first(11)], vec![first(12), first(foreign)]),
        ("clock_getres", vec![first(time)], vec![first(12), first(foreign)]),
        ("clock_nanosleep", vec![first(time)], vec![first(12), first(foreign)]),
        ("tgkill", vec![first(own)], vec![first(own + 1), first(1), first(u64::MAX)]),
        ("prlimit64", vec![ZEROS], vec![first(own), third(1), third(1 << 32), first(1)]),
    ] {
        for arguments in passes {
            let found = verdict(&programs, number_of(name), OWN, arguments);
            assert_eq!(found, Passes, "{name} {arguments:?}");
        }
        for arguments in fails {
            let found = verdict(&programs, number_of(name), OWN, arguments);
            assert_eq!(found, Fails(libc::EPERM), "{name} {arguments:?}");
        }
    }
}

#[test]
fn a_validation_hears_of_a_new_process_and_a_new_limit_but_not_of_a_thread() {
    let programs = programs(true).unwrap();
    for (name, arguments, expected) in [
        ("clone", [THREAD as u64, 0, 0, 0, 0, 0], Passes),
        ("clone", [libc::SIGCHLD as u64, 0, 0, 0, 0, 0], Trapped),
        ("prlimit64", ZEROS, Passes),
        ("prlimit64", [0, 7, 4096, 0, 0, 0], Trapped),
    ] {
        let found = verdict(&programs, number_of(name), OWN, arguments);
        assert_eq!(found, expected, "{name} {arguments:?}");
    }
}
