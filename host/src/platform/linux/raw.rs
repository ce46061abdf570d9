//! The unsafe calls for which there is no safe crate: loading libraries, two queries of the kernel, and closing
//! inherited descriptors.

use std::ptr;

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
