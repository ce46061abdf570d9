//! The unsafe calls for which there is no safe crate: loading libraries, two queries of the kernel, closing inherited
//! descriptors, and running another program in place of this one.

use std::ffi::{CStr, CString};
use std::{io, ptr};

use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
use mesheryctl_plugin_abi::{Found, SYMBOL};

use crate::platform::LoadError;

const LANDLOCK_CREATE_RULESET_VERSION: libc::c_long = 1;

/// The version of the kernel's Landlock ABI, if it has Landlock.
pub fn landlock_version() -> Option<i32> {
    let nothing = ptr::null::<libc::c_void>();
    // SAFETY: without attributes the kernel reads no memory and makes no descriptor: it only
    // answers with its version.
    #[allow(unsafe_code, reason = "neither rustix nor the landlock crate asks this")]
    let version = unsafe {
        let flags = LANDLOCK_CREATE_RULESET_VERSION;
        libc::syscall(libc::SYS_landlock_create_ruleset, nothing, 0 as libc::c_long, flags)
    };
    i32::try_from(version).ok().filter(|version| *version > 0)
}

/// Whether seccomp filters of this kernel can raise a signal.
pub fn seccomp_can_trap() -> bool {
    let action = libc::SECCOMP_RET_TRAP;
    let action_query = libc::c_long::from(libc::SECCOMP_GET_ACTION_AVAIL);
    // SAFETY: the kernel reads one number behind the pointer, which lives on this stack.
    #[allow(unsafe_code, reason = "neither rustix nor seccompiler asks this")]
    let answer = unsafe {
        libc::syscall(libc::SYS_seccomp, action_query, 0 as libc::c_long, ptr::from_ref(&action))
    };
    answer == 0
}

/// Closes an inherited descriptor that has no owner in this process.
pub fn close_inherited(fd: i32) {
    // SAFETY: the descriptor has no owner in this process, which has just started, with one thread, and
    // it was listed as open.
    #[allow(unsafe_code, reason = "closing what was inherited has no owner to drop")]
    unsafe {
        rustix::io::close(fd);
    }
}

/// Runs a program in place of this one, with SIGPIPE at its default, which Rust ignores. The signal mask stays as it is.
/// Returns why it cannot be run.
pub fn execute(program: &CStr, arguments: &[CString], environment: &[CString]) -> io::Error {
    let pointers = |all: &[CString]| {
        let all = all.iter().map(|it| it.as_ptr());
        all.chain([ptr::null()]).collect::<Vec<*const libc::c_char>>()
    };
    let (arguments, environment) = (pointers(arguments), pointers(environment));
    // SAFETY: both lists end with a null pointer, and their strings live until the call returns. No handler is replaced: the
    // action of SIGPIPE is only ever to ignore it, or the default.
    #[allow(unsafe_code, reason = "the exec of std empties the signal mask")]
    unsafe {
        libc::signal(libc::SIGPIPE, libc::SIG_DFL);
        libc::execve(program.as_ptr(), arguments.as_ptr(), environment.as_ptr());
        let error = io::Error::last_os_error();
        libc::signal(libc::SIGPIPE, libc::SIG_IGN);
        error
    }
}

/// Loads a library of the system and never unloads it; ignores a missing one.
pub fn preload(name: &str) {
    // SAFETY: called for the system's own libraries, which nearly every program loads.
    #[allow(unsafe_code, reason = "libloading's open; argued above")]
    let library = unsafe { Library::open(Some(name), RTLD_NOW | RTLD_LOCAL) };
    std::mem::forget(library);
}

/// Loads the plugin at this path; it is never unloaded.
pub fn load_plugin(path: &str) -> Result<Found, LoadError> {
    // SAFETY: loading runs the constructors of third-party code. The person trusted exactly these bytes,
    // and this process exists to isolate them: it has only them and the socket to the host.
    #[allow(unsafe_code, reason = "libloading's open; argued above")]
    let library = unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) }.map_err(|error| {
        let source = std::error::Error::source(&error).map(ToString::to_string);
        LoadError::Refused(source.unwrap_or_else(|| error.to_string()))
    })?;
    // Unloading a Rust library is unsound, and not needed.
    let library: &'static Library = Box::leak(Box::new(library));
    // SAFETY: `Found` is the type that the ABI defines for this symbol: the address of a header, which is
    // not used before `enter` has checked it.
    #[allow(unsafe_code, reason = "libloading's symbol; argued above")]
    let found = unsafe { library.get::<Found>(SYMBOL) };
    found.map(|found| *found).map_err(|_| LoadError::NoSymbol)
}
