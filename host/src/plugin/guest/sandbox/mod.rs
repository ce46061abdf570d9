//! The sandbox: what a worker gives up before any code of a plugin is mapped.

use std::fs::File;
use std::io;
#[cfg(target_os = "linux")]
use std::os::fd::{AsRawFd, OwnedFd};

use crate::plugin::isolation::Isolation;

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod filter;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod trap;

/// Where a worker has its wire, and the library.
#[cfg(target_os = "linux")]
const WIRE: i32 = 3;
#[cfg(target_os = "linux")]
const LIBRARY: i32 = 4;

/// What a worker's data, heaps and stacks may take, in bytes.
#[cfg(target_os = "linux")]
const MEMORY: u64 = 512 * 1024 * 1024;

/// What it may take in all. Memory that was written and is then only read counts as data no longer, nor
/// does what grows downwards: without this there would be no end of either.
#[cfg(target_os = "linux")]
const ADDRESSES: u64 = 2 * MEMORY;

#[cfg(target_os = "linux")]
const DESCRIPTORS: u64 = 32;

/// What Rust libraries are linked with. Behind the sandbox nothing can be opened, so that a plugin must
/// find these loaded.
#[cfg(target_os = "linux")]
const COMMON: [&str; 6] =
    ["libm.so.6", "libgcc_s.so.1", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libutil.so.1"];

/// Enters every layer that this system offers, and says which: less than was promised is never run in.
///
/// # Errors
/// When the system refuses a layer that it offers: then no plugin is loaded.
#[cfg(target_os = "linux")]
pub fn enter(host: i32) -> io::Result<Isolation> {
    let offered = Isolation::here();
    leave(host)?;
    limit()?;
    preload();
    rustix::thread::set_no_new_privs(true)?;
    let landlock = match offered.landlock {
        Some(_) => Some(fence().map_err(|error| of_layer("Landlock", &error))?),
        None => None,
    };
    if offered.seccomp {
        fall_silent().map_err(|error| of_layer("seccomp", &error))?;
    }
    Ok(Isolation { landlock, seccomp: offered.seccomp })
}

#[cfg(target_os = "linux")]
fn of_layer(name: &str, error: &io::Error) -> io::Error {
    io::Error::other(format!("{name}: {error}"))
}

/// Leaves the terminal, dies with the host, and keeps no power that the host may have had.
#[cfg(target_os = "linux")]
fn leave(host: i32) -> io::Result<()> {
    use rustix::process::{
        DumpableBehavior, Signal, getppid, set_dumpable_behavior, set_parent_process_death_signal,
        setsid,
    };
    use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities};
    setsid()?;
    let none = CapabilitySet::empty();
    set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })?;
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // The host may have died before that was in force.
    if getppid().is_none_or(|parent| parent.as_raw_pid() != host) {
        return Err(io::Error::other("the host is gone"));
    }
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}

#[cfg(target_os = "linux")]
fn limit() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    for (resource, most) in [
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Memlock, 0),
        (Resource::Msgqueue, 0),
        (Resource::Nofile, DESCRIPTORS),
        (Resource::Data, MEMORY),
        (Resource::As, ADDRESSES),
    ] {
        // Whoever started the host may have set less.
        let most = getrlimit(resource).maximum.map_or(most, |already| already.min(most));
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    Ok(())
}

/// Each stays loaded; one that this system does not have is none that a plugin here needs.
#[cfg(target_os = "linux")]
fn preload() {
    use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
    for name in COMMON {
        // SAFETY: these are the system's own libraries, which nearly every program loads.
        #[allow(unsafe_code, reason = "libloading's open; argued above")]
        let library = unsafe { Library::open(Some(name), RTLD_NOW | RTLD_LOCAL) };
        std::mem::forget(library);
    }
}

/// Landlock with no rule at all: no file, no port, no signal to others, no abstract socket; as far as
/// this kernel's version of it goes, which is the answer.
#[cfg(target_os = "linux")]
fn fence() -> io::Result<i32> {
    use landlock::{
        ABI, Access, AccessFs, AccessNet, LandlockStatus, Ruleset, RulesetAttr, RulesetStatus,
        Scope,
    };
    let rules = Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V9))
        .and_then(|it| it.handle_access(AccessNet::from_all(ABI::V9)))
        .and_then(|it| it.scope(Scope::from_all(ABI::V9)));
    let status = rules
        .and_then(|it| it.create()?.restrict_self())
        .map_err(|error| io::Error::other(error.to_string()))?;
    match status.landlock {
        LandlockStatus::Available { effective_abi, kernel_abi }
            if status.ruleset != RulesetStatus::NotEnforced =>
        {
            Ok(kernel_abi.unwrap_or(effective_abi as i32))
        }
        _ => Err(io::Error::other("it is not enforced")),
    }
}

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn fall_silent() -> io::Result<()> {
    trap::set()?;
    filter::apply()
}

#[cfg(all(target_os = "linux", not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
fn fall_silent() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(target_os = "linux"))]
pub fn enter(_host: i32) -> io::Result<Isolation> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The wire on descriptor 3 and the library on 4, as the host left them on standard input and output;
/// standard input is empty then, and standard output is standard error.
///
/// # Errors
/// When this process was not started by a host.
#[cfg(target_os = "linux")]
pub fn take_descriptors() -> io::Result<(File, File)> {
    use std::os::fd::AsFd;
    let wire = rustix::io::fcntl_dupfd_cloexec(io::stdin().as_fd(), WIRE)?;
    let library = rustix::io::fcntl_dupfd_cloexec(io::stdout().as_fd(), LIBRARY)?;
    close_all_but([wire.as_raw_fd(), library.as_raw_fd()])?;
    let wire = put(wire, WIRE)?;
    let library = put(library, LIBRARY)?;
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    rustix::stdio::dup2_stdout(io::stderr().as_fd())?;
    Ok((File::from(wire), File::from(library)))
}

#[cfg(target_os = "linux")]
fn put(fd: OwnedFd, at: i32) -> io::Result<OwnedFd> {
    match fd.as_raw_fd() == at {
        true => Ok(fd),
        false => Ok(rustix::io::fcntl_dupfd_cloexec(&fd, at)?),
    }
}

/// Closes what whoever started the host left open for all its children.
#[cfg(target_os = "linux")]
fn close_all_but(ours: [i32; 2]) -> io::Result<()> {
    let open: Vec<i32> = std::fs::read_dir("/proc/self/fd")?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|fd| *fd > 2 && !ours.contains(fd))
        .collect();
    // Without the one that listed the directory, which is closed again.
    let open = open
        .into_iter()
        .filter(|fd| std::fs::symlink_metadata(format!("/proc/self/fd/{fd}")).is_ok());
    for fd in open {
        // SAFETY: nothing in this process owns any of them: it has just begun, on one thread, has
        // opened nothing but `ours`, and each was seen to be open a moment ago.
        #[allow(unsafe_code, reason = "closing what was inherited has no owner to drop")]
        unsafe {
            rustix::io::close(fd);
        }
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
pub fn take_descriptors() -> io::Result<(File, File)> {
    Err(io::ErrorKind::Unsupported.into())
}
