//! The handler of trapped system calls: it opens the library for the loader, and denies and reports other files and
//! sockets.

use std::ffi::{c_int, c_long, c_void};
use std::io;
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};

use super::descriptors::LIBRARY;
use crate::platform::denials::CALLS;

/// The path that the loader opens: the descriptor [`LIBRARY`].
const PATH: &[u8] = b"/proc/self/fd/4\0";

/// The `si_code` of a signal that a seccomp filter raised.
const SYS_SECCOMP: c_int = 1;

/// The calls whose denial was reported, as bits; each is reported once.
static REPORTED: AtomicU32 = AtomicU32::new(0);

/// The number of a call in [`CALLS`], if this architecture has it.
fn number_of(name: &str) -> Option<c_long> {
    match name {
        #[cfg(target_arch = "x86_64")]
        "open" => Some(libc::SYS_open),
        "openat" => Some(libc::SYS_openat),
        "newfstatat" => Some(libc::SYS_newfstatat),
        "socket" => Some(libc::SYS_socket),
        "connect" => Some(libc::SYS_connect),
        #[cfg(target_arch = "x86_64")]
        "unlink" => Some(libc::SYS_unlink),
        "unlinkat" => Some(libc::SYS_unlinkat),
        #[cfg(target_arch = "x86_64")]
        "rename" => Some(libc::SYS_rename),
        "renameat2" => Some(libc::SYS_renameat2),
        #[cfg(target_arch = "x86_64")]
        "mkdir" => Some(libc::SYS_mkdir),
        "mkdirat" => Some(libc::SYS_mkdirat),
        #[cfg(target_arch = "x86_64")]
        "chmod" => Some(libc::SYS_chmod),
        "fchmodat" => Some(libc::SYS_fchmodat),
        "clone" => Some(libc::SYS_clone),
        #[cfg(target_arch = "x86_64")]
        "fork" => Some(libc::SYS_fork),
        #[cfg(target_arch = "x86_64")]
        "vfork" => Some(libc::SYS_vfork),
        "execve" => Some(libc::SYS_execve),
        "kill" => Some(libc::SYS_kill),
        "ptrace" => Some(libc::SYS_ptrace),
        "prlimit64" => Some(libc::SYS_prlimit64),
        _ => None,
    }
}

/// The numbers of the calls that a filter must trap; `all` are also those that only a validation reports.
pub fn numbers(all: bool) -> impl Iterator<Item = c_long> {
    let calls = CALLS.iter().filter(move |call| all || call.is_always);
    calls.filter_map(|call| number_of(call.name))
}

/// Registers the signal handler.
///
/// # Errors
/// When the system refuses.
#[allow(unsafe_code, reason = "a handler that answers a system call needs its registers")]
pub fn set() -> io::Result<()> {
    let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) = handle;
    // SAFETY: all zeros are a valid `sigaction`. The handler has the signature that SA_SIGINFO requires, and
    // only does what is allowed in a signal handler.
    let set = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler as libc::sighandler_t;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        libc::sigaction(libc::SIGSYS, &raw const action, ptr::null_mut())
    };
    if set == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Handles SIGSYS: writes the result of the trapped call to the register in which the call returns it.
#[allow(unsafe_code, reason = "reads and writes the registers that the kernel saved")]
extern "C" fn handle(_signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel passes a handler with SA_SIGINFO two pointers that are valid, aligned and not used
    // elsewhere until it returns.
    let (info, context) = unsafe { (&*info, &mut *context.cast::<libc::ucontext_t>()) };
    if info.si_code != SYS_SECCOMP {
        return;
    }
    let (number, arguments) = trapped_call(context);
    let result = emulated(number, arguments).unwrap_or_else(|| {
        match report(number) {
            true => -c_long::from(libc::EACCES),
            // As without a trap.
            false => -c_long::from(libc::EPERM),
        }
    });
    set_result(context, result);
}

#[cfg(target_arch = "x86_64")]
fn trapped_call(context: &libc::ucontext_t) -> (c_long, [c_long; 4]) {
    let register = |index: c_int| context.uc_mcontext.gregs[index as usize];
    let arguments = [libc::REG_RDI, libc::REG_RSI, libc::REG_RDX, libc::REG_R10].map(register);
    (register(libc::REG_RAX), arguments)
}

#[cfg(target_arch = "x86_64")]
fn set_result(context: &mut libc::ucontext_t, result: c_long) {
    context.uc_mcontext.gregs[libc::REG_RAX as usize] = result;
}

#[cfg(target_arch = "aarch64")]
fn trapped_call(context: &libc::ucontext_t) -> (c_long, [c_long; 4]) {
    let register = |index: usize| context.uc_mcontext.regs[index] as c_long;
    (register(8), [0, 1, 2, 3].map(register))
}

#[cfg(target_arch = "aarch64")]
fn set_result(context: &mut libc::ucontext_t, result: c_long) {
    context.uc_mcontext.regs[0] = result as u64;
}

/// The result of a call that the loader needs to map the library: opening it, and `fstat` of an open file. `None` for
/// any other call.
fn emulated(number: c_long, [first, second, third, fourth]: [c_long; 4]) -> Option<c_long> {
    match number {
        #[cfg(target_arch = "x86_64")]
        libc::SYS_open if bytes_equal(first, PATH) => Some(library()),
        libc::SYS_openat if bytes_equal(second, PATH) => Some(library()),
        libc::SYS_newfstatat if fourth & c_long::from(libc::AT_EMPTY_PATH) != 0 => (second == 0
            || bytes_equal(second, b"\0"))
        .then(|| system_call(libc::SYS_fstat, [first, third, 0])),
        _ => None,
    }
}

/// Duplicates the descriptor of the library and seeks to its start, as opening it would.
fn library() -> c_long {
    let opened = system_call(libc::SYS_dup, [LIBRARY.into(), 0, 0]);
    if opened >= 0 {
        system_call(libc::SYS_lseek, [opened, 0, libc::SEEK_SET.into()]);
    }
    opened
}

/// Whether the bytes at an address are `wanted`, including the terminating zero.
#[allow(unsafe_code, reason = "a path is an address in the caller's memory")]
fn bytes_equal(address: c_long, wanted: &[u8]) -> bool {
    let text = address as *const u8;
    !text.is_null()
        && wanted.iter().enumerate().all(|(index, byte)| {
            // SAFETY: the caller passed the address as a path, and the first difference ends the comparison, so
            // no byte past its terminating zero is read. With an invalid address, the plugin reads what it can
            // read itself, or crashes its own process.
            unsafe { text.add(index).read() == *byte }
        })
}

/// Writes the record of a denial to standard output and standard error, once for each call. Returns whether every worker reports that call.
fn report(number: c_long) -> bool {
    let Some(index) = CALLS.iter().position(|it| number_of(it.name) == Some(number)) else {
        return true;
    };
    let bit = 1 << index;
    if REPORTED.fetch_or(bit, Ordering::Relaxed) & bit == 0 {
        let record = CALLS[index].record.as_bytes();
        // Both are the pipe to the host, and a plugin may have closed one.
        for descriptor in [1, 2] {
            let (text, length) = (record.as_ptr() as c_long, record.len() as c_long);
            system_call(libc::SYS_write, [descriptor, text, length]);
        }
    }
    CALLS[index].is_always
}

/// Makes a system call; returns its result, or its negated error number.
#[allow(unsafe_code, reason = "within a handler there is nothing else")]
fn system_call(number: c_long, [first, second, third]: [c_long; 3]) -> c_long {
    // SAFETY: `write` reads a static; `fstat` writes to the address that the trapped call was given, which
    // the kernel checks; `dup` and `lseek` take no address. All are allowed in a signal handler. They change
    // errno before the C library sets it from the result of the trapped call.
    let result = unsafe { libc::syscall(number, first, second, third) };
    match result {
        -1 => -c_long::from(io::Error::last_os_error().raw_os_error().unwrap_or(libc::EPERM)),
        result => result,
    }
}
