//! System calls that no plugin needs, and the wire as a descriptor.

use std::fs::File;
use std::io;
use std::os::fd::FromRawFd;

/// The wire of the guest; dropping this does not close it.
pub fn wire() -> std::mem::ManuallyDrop<File> {
    // SAFETY: none: the fault is to use a descriptor that the guest owns.
    std::mem::ManuallyDrop::new(unsafe { File::from_raw_fd(3) })
}

/// Closes the wire, of which the guest has several descriptors.
pub fn close_wire() {
    for fd in 3..16 {
        // SAFETY: none: the guest still uses these descriptors.
        unsafe { libc::close(fd) };
    }
}

pub fn write_to_address_zero() {
    // SAFETY: none: the fault is to crash.
    unsafe { std::hint::black_box(std::ptr::null_mut::<u8>()).write_volatile(1) };
}

pub fn stop_itself() {
    // SAFETY: a call without pointers.
    unsafe { libc::raise(libc::SIGSTOP) };
}

/// Sends a signal that has no effect if it arrives.
pub fn signal_parent() -> io::Result<()> {
    // SAFETY: calls without pointers.
    answer(unsafe { libc::kill(libc::getppid(), libc::SIGCONT) }.into())
}

pub fn trace_parent() -> io::Result<()> {
    // SAFETY: SEIZE ignores address and data, and does not stop the process.
    answer(unsafe { libc::ptrace(libc::PTRACE_SEIZE, libc::getppid(), 0, 0) })
}

pub fn raise_limits() -> io::Result<()> {
    let limit = libc::rlimit { rlim_cur: 4096, rlim_max: 4096 };
    // SAFETY: the limit outlives the call.
    answer(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) }.into())
}

/// Forks a child that leaves its session and so outlives its parent.
pub fn daemon() -> io::Result<()> {
    // SAFETY: the child calls only functions that are safe after a fork.
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
