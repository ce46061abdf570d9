//! The attacks: each is one system call and its result.

use std::ffi::{CString, c_long};
use std::mem::zeroed;
use std::ptr::{null, null_mut};

use libc::*;

/// The file and process that are attacked.
pub struct Target {
    path: CString,
    parent: c_long,
}

impl Target {
    pub fn of(path: &str) -> Self {
        // The arguments of a worker contain the process id of its host.
        let parent = std::env::args().nth(2).and_then(|it| it.parse().ok()).unwrap_or(1);
        Self { path: CString::new(path).unwrap_or_default(), parent }
    }

    fn file_of_parent(&self, name: &str) -> CString {
        CString::new(format!("/proc/{}/{name}", self.parent)).unwrap_or_default()
    }
}

type Attack = fn(&Target) -> c_long;

macro_rules! call {
    ($number:ident $(, $argument:expr)* $(,)?) => {
        unsafe { syscall($number, $($argument),*) }
    };
}

const HERE: c_int = AT_FDCWD;

pub const ALL: &[(&str, Attack)] = &[
    // Files.
    ("open-auth", |it| call!(SYS_openat, HERE, it.path.as_ptr(), O_RDONLY)),
    ("open-path", |it| call!(SYS_openat, HERE, it.path.as_ptr(), O_PATH)),
    ("openat2", |it| call!(SYS_openat2, HERE, it.path.as_ptr(), &[0_u64; 3], 24_usize)),
    ("open-environ", |_| open(c"/proc/self/environ")),
    ("open-parent-environ", |it| open(&it.file_of_parent("environ"))),
    ("open-parent-mem", |it| open(&it.file_of_parent("mem"))),
    ("open-tty", |_| open(c"/dev/tty")),
    ("open-memory-file", |_| open(c"/proc/self/fd/3")),
    ("stat", |it| call!(SYS_newfstatat, HERE, it.path.as_ptr(), &mut zeroed::<stat>(), 0)),
    ("statx", |it| call!(SYS_statx, HERE, it.path.as_ptr(), 0, STATX_ALL, &mut zeroed::<statx>())),
    ("readlink", |_| {
        call!(SYS_readlinkat, HERE, c"/proc/self/exe".as_ptr(), &mut [0_u8; 64], 64_usize)
    }),
    ("access", |it| call!(SYS_faccessat, HERE, it.path.as_ptr(), R_OK)),
    ("getcwd", |_| call!(SYS_getcwd, &mut [0_u8; 64], 64_usize)),
    ("chmod", |it| call!(SYS_fchmodat, HERE, it.path.as_ptr(), 0o666)),
    ("chown", |it| call!(SYS_fchownat, HERE, it.path.as_ptr(), 0, 0, 0)),
    ("utimes", |it| call!(SYS_utimensat, HERE, it.path.as_ptr(), null::<timespec>(), 0)),
    ("truncate", |it| call!(SYS_truncate, it.path.as_ptr(), 0_i64)),
    ("unlink", |it| call!(SYS_unlinkat, HERE, it.path.as_ptr(), 0)),
    ("rename", |it| call!(SYS_renameat2, HERE, it.path.as_ptr(), HERE, c"/tmp/stolen".as_ptr(), 0)),
    ("link", |it| call!(SYS_linkat, HERE, it.path.as_ptr(), HERE, c"/tmp/stolen".as_ptr(), 0)),
    ("mount", |_| call!(SYS_mount, 0, c"/".as_ptr(), 0, MS_REMOUNT, 0)),
    ("chroot", |_| call!(SYS_chroot, c"/".as_ptr())),
    ("inotify", |_| call!(SYS_inotify_init1, 0)),
    // Networks and other processes on this computer.
    ("tcp", |_| call!(SYS_socket, AF_INET, SOCK_STREAM, 0)),
    ("udp", |_| call!(SYS_socket, AF_INET6, SOCK_DGRAM, 0)),
    ("unix", |_| call!(SYS_socket, AF_UNIX, SOCK_STREAM, 0)),
    ("netlink", |_| call!(SYS_socket, AF_NETLINK, SOCK_RAW, 0)),
    ("socketpair", |_| call!(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, &mut [0; 2])),
    ("connect-path", |_| connect_to(b"/run/dbus/system_bus_socket")),
    ("connect-abstract", |_| connect_to(b"\0/tmp/.X11-unix/X0")),
    ("sendmsg", |_| call!(SYS_sendmsg, 3, &zeroed::<msghdr>(), 0)),
    ("sendto", |_| call!(SYS_sendto, 3, b"x".as_ptr(), 1_usize, 0, 0, 0)),
    ("getpeername", |_| call!(SYS_getpeername, 3, &mut [0_u8; 128], &mut 128_u32)),
    // New processes.
    ("fork", |_| stay(call!(SYS_clone, SIGCHLD, 0, 0, 0, 0))),
    ("clone-vm", |_| call!(SYS_clone, CLONE_VM | SIGCHLD, 0, 0, 0, 0)),
    ("clone-namespace", |_| {
        call!(SYS_clone, CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_NEWNET, 0, 0, 0, 0)
    }),
    #[cfg(target_arch = "x86_64")]
    ("fork-call", |_| stay(call!(SYS_fork))),
    #[cfg(target_arch = "x86_64")]
    ("vfork", |_| call!(SYS_vfork)),
    ("exec", |_| call!(SYS_execve, c"/bin/true".as_ptr(), [null::<c_char>()].as_ptr(), 0)),
    ("execveat", |_| {
        call!(SYS_execveat, 4, c"".as_ptr(), [null::<c_char>()].as_ptr(), 0, AT_EMPTY_PATH)
    }),
    ("memory-file", |_| call!(SYS_memfd_create, c"code".as_ptr(), 0)),
    ("unshare", |_| call!(SYS_unshare, CLONE_NEWUSER)),
    ("setns", |_| call!(SYS_setns, 3, 0)),
    ("setsid", |_| call!(SYS_setsid)),
    // Other processes, above all the host.
    ("kill-parent", |it| call!(SYS_kill, it.parent, 0)),
    ("tgkill-parent", |it| call!(SYS_tgkill, it.parent, it.parent, 0)),
    ("tkill-parent", |it| call!(SYS_tkill, it.parent, 0)),
    ("queue-parent", |it| call!(SYS_rt_sigqueueinfo, it.parent, SIGTERM, &zeroed::<siginfo_t>())),
    ("ptrace-parent", |it| call!(SYS_ptrace, PTRACE_SEIZE, it.parent, 0, 0)),
    ("pidfd-parent", |it| call!(SYS_pidfd_open, it.parent, 0)),
    ("read-parent", |it| call!(SYS_process_vm_readv, it.parent, 0, 0, 0, 0, 0)),
    ("write-parent", |it| call!(SYS_process_vm_writev, it.parent, 0, 0, 0, 0, 0)),
    ("limit-parent", |it| {
        call!(SYS_prlimit64, it.parent, RLIMIT_CORE, 0, &mut zeroed::<rlimit64>())
    }),
    ("nice-parent", |it| call!(SYS_setpriority, PRIO_PROCESS, it.parent, 5)),
    // Its own privileges and limits.
    ("raise-limit", |_| {
        let most = rlimit64 { rlim_cur: 1 << 40, rlim_max: 1 << 40 };
        call!(SYS_prlimit64, 0, RLIMIT_DATA, &most, 0)
    }),
    ("much-memory", |_| {
        let (size, may) = (1_usize << 30, PROT_READ | PROT_WRITE);
        call!(SYS_mmap, 0, size, may, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0_usize)
    }),
    ("memory-growing-down", |_| {
        let (may, kind) = (PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN);
        call!(SYS_mmap, 0, 1_usize << 30, may, kind, -1, 0_usize)
    }),
    ("memory-set-aside", |_| set_memory_aside()),
    ("memory-of-no-pages", |_| {
        let kind = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
        call!(SYS_mmap, 0, 1_usize << 40, PROT_READ, kind, -1, 0_usize)
    }),
    ("dumpable", |_| call!(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0)),
    ("outlive-parent", |_| call!(SYS_prctl, PR_SET_PDEATHSIG, 0, 0, 0, 0)),
    ("seccomp", |_| call!(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &SECCOMP_RET_TRAP)),
    ("setuid", |_| call!(SYS_setuid, 0)),
    ("personality", |_| call!(SYS_personality, 0xffff_ffff_u32)),
    ("shared-memory", |_| {
        call!(SYS_mmap, 0, 4096_usize, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0_usize)
    }),
    ("clock-of-parent", |it| {
        let clock = (!(it.parent as i32) << 3) | 2;
        call!(SYS_clock_gettime, clock, &mut zeroed::<timespec>())
    }),
    ("resolution-of-parent", |it| {
        let clock = (!(it.parent as i32) << 3) | 2;
        call!(SYS_clock_getres, clock, &mut zeroed::<timespec>())
    }),
    ("terminal", |_| call!(SYS_ioctl, 2, TIOCSTI, b"x".as_ptr())),
    ("nonblocking", |_| call!(SYS_fcntl, 3, F_SETFL, O_NONBLOCK)),
    ("replace-wire", |_| call!(SYS_dup3, 4, 3, 0)),
    ("timer", |_| call!(SYS_timer_create, CLOCK_MONOTONIC, 0, &mut 0)),
    // Large and recent parts of the kernel.
    ("io-uring", |_| call!(SYS_io_uring_setup, 1, &mut [0_u8; 120])),
    ("bpf", |_| call!(SYS_bpf, 0, null::<u8>(), 0)),
    ("userfaultfd", |_| call!(SYS_userfaultfd, 0)),
    ("perf", |_| call!(SYS_perf_event_open, null::<u8>(), 0, -1, -1, 0)),
    ("keys", |_| call!(SYS_keyctl, 0, -3, 0, 0, 0)),
    ("add-key", |_| call!(SYS_add_key, c"user".as_ptr(), c"k".as_ptr(), c"v".as_ptr(), 1, -3)),
    ("message-queue", |_| call!(SYS_mq_open, c"q".as_ptr(), O_CREAT, 0, null_mut::<u8>())),
    ("segments", |_| call!(SYS_shmget, 0, 4096_usize, IPC_CREAT)),
    ("open-by-handle", |_| call!(SYS_open_by_handle_at, HERE, null::<u8>(), 0)),
    // Other entry points of the kernel.
    #[cfg(target_arch = "x86_64")]
    ("open-old", |it| call!(SYS_open, it.path.as_ptr(), O_RDONLY)),
    #[cfg(target_arch = "x86_64")]
    ("stat-old", |it| call!(SYS_stat, it.path.as_ptr(), &mut zeroed::<stat>())),
    #[cfg(target_arch = "x86_64")]
    ("x32", |it| {
        let number = SYS_open | 0x4000_0000;
        call!(number, it.path.as_ptr(), O_RDONLY)
    }),
    #[cfg(target_arch = "x86_64")]
    ("int80", |_| {
        let result: i64;
        unsafe { std::arch::asm!("int 0x80", inout("rax") 20_i64 => result) };
        result
    }),
];

fn open(path: &std::ffi::CStr) -> c_long {
    call!(SYS_openat, HERE, path.as_ptr(), O_RDONLY)
}

fn connect_to(name: &[u8]) -> c_long {
    let mut address: sockaddr_un = unsafe { zeroed() };
    address.sun_family = AF_UNIX as u16;
    for (to, from) in address.sun_path.iter_mut().zip(name) {
        *to = *from as c_char;
    }
    call!(SYS_connect, 3, &address, size_of_val(&address))
}

/// Makes memory read-only, which no longer counts as data, and allocates more.
fn set_memory_aside() -> c_long {
    let (size, may, kind) = (64_usize << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
    for _ in 0..32 {
        let here = call!(SYS_mmap, 0, size, may, kind, -1, 0_usize);
        if here == -1 {
            return -1;
        }
        call!(SYS_mprotect, here, size, PROT_READ);
    }
    0
}

/// Keeps a forked child running in its own session.
fn stay(child: c_long) -> c_long {
    if child == 0 {
        call!(SYS_setsid);
        loop {
            unsafe { pause() };
        }
    }
    child
}

/// The kind of each open descriptor.
pub fn descriptors() -> String {
    let open = (0..1024).filter(|fd| unsafe { fcntl(*fd, F_GETFD) } != -1);
    let kinds = open.map(|fd| {
        let mut data = unsafe { zeroed::<stat>() };
        let kind = match (unsafe { fstat(fd, &raw mut data) }, data.st_mode & S_IFMT) {
            (0, S_IFCHR) => "device",
            (0, S_IFIFO) => "pipe",
            (0, S_IFSOCK) => "socket",
            (0, S_IFREG) => "file",
            _ => "something",
        };
        format!("{fd}={kind}")
    });
    kinds.collect::<Vec<_>>().join(" ")
}
