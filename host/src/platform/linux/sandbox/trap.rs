//! The trap: a signal handler that stands where files and sockets were. It gives the loader its library, and names what it refuses.

use std::ffi::{c_int, c_long, c_void};
use std::io;
use std::ptr;
use std::sync::atomic::{AtomicU8, Ordering};

use super::descriptors::LIBRARY;
use crate::platform::denials::CALLS;

/// What the loader is told to open, [`LIBRARY`].
const PATH: &[u8] = b"/proc/self/fd/4\0";

/// `si_code` of a signal that a filter raised.
const SYS_SECCOMP: c_int = 1;

/// Each denial is reported once.
static REPORTED: AtomicU8 = AtomicU8::new(0);

/// The calls that a filter must trap, in the order of [`CALLS`].
fn number_of(name: &str) -> Option<c_long> {
    match name {
        #[cfg(target_arch = "x86_64")]
        "open" => Some(libc::SYS_open),
        "openat" => Some(libc::SYS_openat),
        "newfstatat" => Some(libc::SYS_newfstatat),
        "socket" => Some(libc::SYS_socket),
        "connect" => Some(libc::SYS_connect),
        _ => None,
    }
}

pub fn numbers() -> impl Iterator<Item = c_long> {
    CALLS.iter().filter_map(|call| number_of(call.name))
}

/// Sets the handler.
///
/// # Errors
/// When the system refuses.
#[allow(unsafe_code, reason = "a handler that answers a system call needs its registers")]
pub fn set() -> io::Result<()> {
    let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) = answer;
    // SAFETY: all of the structure may be zero. The handler has the shape that SA_SIGINFO demands,
    // and does nothing but calls that are allowed within a handler.
    let set = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler as libc::sighandler_t;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        libc::sigaction(libc::SIGSYS, &raw const action, ptr::null_mut())
    };
    if set == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Puts an answer where the trapped call left its number.
#[allow(unsafe_code, reason = "reads and writes the registers that the kernel saved")]
extern "C" fn answer(_signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel hands a handler set with SA_SIGINFO two pointers that are valid, aligned and
    // used by nothing else until it returns.
    let (info, context) = unsafe { (&*info, &mut *context.cast::<libc::ucontext_t>()) };
    if info.si_code != SYS_SECCOMP {
        return;
    }
    let (number, arguments) = called(context);
    let result = served(number, arguments).unwrap_or_else(|| {
        report(number);
        -c_long::from(libc::EACCES)
    });
    put(context, result);
}

#[cfg(target_arch = "x86_64")]
fn called(context: &libc::ucontext_t) -> (c_long, [c_long; 4]) {
    let register = |index: c_int| context.uc_mcontext.gregs[index as usize];
    let arguments = [libc::REG_RDI, libc::REG_RSI, libc::REG_RDX, libc::REG_R10].map(register);
    (register(libc::REG_RAX), arguments)
}

#[cfg(target_arch = "x86_64")]
fn put(context: &mut libc::ucontext_t, result: c_long) {
    context.uc_mcontext.gregs[libc::REG_RAX as usize] = result;
}

#[cfg(target_arch = "aarch64")]
fn called(context: &libc::ucontext_t) -> (c_long, [c_long; 4]) {
    let register = |index: usize| context.uc_mcontext.regs[index] as c_long;
    (register(8), [0, 1, 2, 3].map(register))
}

#[cfg(target_arch = "aarch64")]
fn put(context: &mut libc::ucontext_t, result: c_long) {
    context.uc_mcontext.regs[0] = result as u64;
}

/// What the loader needs to map the library: to open it, and to look at what it has opened.
fn served(number: c_long, [first, second, third, fourth]: [c_long; 4]) -> Option<c_long> {
    match number {
        #[cfg(target_arch = "x86_64")]
        libc::SYS_open if is(first, PATH) => Some(library()),
        libc::SYS_openat if is(second, PATH) => Some(library()),
        libc::SYS_newfstatat if fourth & c_long::from(libc::AT_EMPTY_PATH) != 0 => {
            (second == 0 || is(second, b"\0")).then(|| call(libc::SYS_fstat, [first, third, 0]))
        }
        _ => None,
    }
}

/// The library from its start, as if it were opened.
fn library() -> c_long {
    let opened = call(libc::SYS_dup, [LIBRARY.into(), 0, 0]);
    if opened >= 0 {
        call(libc::SYS_lseek, [opened, 0, libc::SEEK_SET.into()]);
    }
    opened
}

/// Whether exactly this stands at an address, up to and with its zero.
#[allow(unsafe_code, reason = "a path is an address in the caller's memory")]
fn is(address: c_long, wanted: &[u8]) -> bool {
    let text = address as *const u8;
    !text.is_null()
        && wanted.iter().enumerate().all(|(index, byte)| {
            // SAFETY: the caller passed it as a path, and not a byte past its zero is read: the first
            // difference ends it. A caller that lies reads what it could read itself, or crashes itself.
            unsafe { text.add(index).read() == *byte }
        })
}

/// One record on standard error, the first time.
fn report(number: c_long) {
    let Some(index) = CALLS.iter().position(|it| number_of(it.name) == Some(number)) else {
        return;
    };
    let bit = 1 << index;
    if REPORTED.fetch_or(bit, Ordering::Relaxed) & bit == 0 {
        let record = CALLS[index].record.as_bytes();
        call(libc::SYS_write, [2, record.as_ptr() as c_long, record.len() as c_long]);
    }
}

/// A system call as the kernel answers it: a result, or an error number below zero.
#[allow(unsafe_code, reason = "within a handler there is nothing else")]
fn call(number: c_long, [first, second, third]: [c_long; 3]) -> c_long {
    // SAFETY: `write` reads a static; `fstat` writes where the trapped call was told to write, which
    // the kernel checks; `dup` and `lseek` take no address. All may be called within a handler. What
    // they do to errno comes before the trapped call's own result is put there.
    let result = unsafe { libc::syscall(number, first, second, third) };
    match result {
        -1 => -c_long::from(io::Error::last_os_error().raw_os_error().unwrap_or(libc::EPERM)),
        result => result,
    }
}
