//! The system calls that a plugin has no business with, and the wire as a bare descriptor.

use std::fs::File;
use std::io;
use std::os::fd::FromRawFd;

/// The wire, which is the guest's; it is never closed by being dropped here.
pub fn wire() -> std::mem::ManuallyDrop<File> {
    // SAFETY: none; a plugin that takes what is not its own is what this is for.
    std::mem::ManuallyDrop::new(unsafe { File::from_raw_fd(3) })
}

/// The guest holds it more than once.
pub fn close_wire() {
    for fd in 3..16 {
        // SAFETY: none either: the guest still uses them all.
        unsafe { libc::close(fd) };
    }
}

pub fn write_to_address_zero() {
    // SAFETY: none; it is to crash.
    unsafe { std::hint::black_box(std::ptr::null_mut::<u8>()).write_volatile(1) };
}

pub fn stop_itself() {
    // SAFETY: a call without pointers.
    unsafe { libc::raise(libc::SIGSTOP) };
}

/// With a signal that does no harm should it arrive.
pub fn signal_parent() -> io::Result<()> {
    // SAFETY: calls without pointers.
    answer(unsafe { libc::kill(libc::getppid(), libc::SIGCONT) }.into())
}

pub fn trace_parent() -> io::Result<()> {
    // SAFETY: SEIZE ignores address and data, and stops nobody.
    answer(unsafe { libc::ptrace(libc::PTRACE_SEIZE, libc::getppid(), 0, 0) })
}

pub fn raise_limits() -> io::Result<()> {
    let limit = libc::rlimit { rlim_cur: 4096, rlim_max: 4096 };
    // SAFETY: the pointer is to a limit that lives as long as the call.
    answer(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) }.into())
}

/// The child outlives its parent, its group and its session, unless somebody looks for it.
pub fn daemon() -> io::Result<()> {
    // SAFETY: the child calls nothing but what is safe after a fork.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        // SAFETY: calls without pointers.
        unsafe {
            libc::setsid();
            libc::sleep(30);
            libc::_exit(0)
        }
    }
    answer(pid.into())
}

fn answer(result: libc::c_long) -> io::Result<()> {
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
