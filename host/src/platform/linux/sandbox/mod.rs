//! The sandbox of a worker: the restrictions that it enters before it maps the library of a plugin.

use std::io;

use super::raw;
use crate::platform::Layers;

mod descriptors;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod filter;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod trap;

pub use descriptors::take_descriptors;

/// The limit on data, heaps and thread stacks of a worker, in bytes.
const MEMORY: u64 = 512 * 1024 * 1024;

/// The limit on its address space. The kernel does not count memory as data once it is read-only, nor memory that
/// grows downwards; this limits both.
const ADDRESS_SPACE: u64 = 2 * MEMORY;

const DESCRIPTORS: u64 = 32;

/// The libraries of the system that a plugin can be linked with. Inside the sandbox no file can be opened, so those that it
/// needs are loaded before.
const LIBRARIES: [&str; 5] =
    ["libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libutil.so.1"];
/// The C library opens it when a thread is cancelled.
const ALWAYS_LOADED: &str = "libgcc_s.so.1";

/// The layers that this system offers. Makes two system calls and starts no process.
pub fn offered() -> Layers {
    // The filter supports only these architectures.
    let is_known = cfg!(any(target_arch = "x86_64", target_arch = "aarch64"));
    Layers { landlock: raw::landlock_version(), seccomp: is_known && raw::seccomp_can_trap() }
}

/// Enters every layer that this system offers; returns them, so that the caller can compare them with the expected
/// ones. `reports_all` is whether denied calls are reported that programs get on without; `needed` are the libraries that the
/// plugin is linked with.
///
/// # Errors
/// When an available layer cannot be entered; the caller must then load no plugin.
pub fn enter(host: i32, reports_all: bool, needed: &[String]) -> io::Result<Layers> {
    let offered = offered();
    detach(host)?;
    set_limits()?;
    preload(needed);
    rustix::thread::set_no_new_privs(true)?;
    let landlock = match offered.landlock {
        Some(_) => Some(enter_landlock().map_err(|error| of_layer("Landlock", &error))?),
        None => None,
    };
    if offered.seccomp {
        enter_seccomp(reports_all).map_err(|error| of_layer("seccomp", &error))?;
    }
    Ok(Layers { landlock, seccomp: offered.seccomp })
}

fn of_layer(name: &str, error: &io::Error) -> io::Error {
    io::Error::other(format!("{name}: {error}"))
}

/// Detaches from the terminal, drops all capabilities, and makes the kernel kill this process when the host ends.
fn detach(host: i32) -> io::Result<()> {
    use rustix::process::{
        DumpableBehavior, Signal, getppid, set_dumpable_behavior, set_parent_process_death_signal,
        setsid,
    };
    use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities};
    setsid()?;
    let none = CapabilitySet::empty();
    set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })?;
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // The host may have ended before the signal was set.
    if getppid().is_none_or(|parent| parent.as_raw_pid() != host) {
        return Err(io::Error::other("the host is gone"));
    }
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}

/// Sets the resource limits.
fn set_limits() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    for (resource, max) in [
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Memlock, 0),
        (Resource::Msgqueue, 0),
        (Resource::Nofile, DESCRIPTORS),
        (Resource::Data, MEMORY),
        (Resource::As, ADDRESS_SPACE),
    ] {
        // Keeps the host's limit if it is lower.
        let max = getrlimit(resource).maximum.map_or(max, |current| current.min(max));
        setrlimit(resource, Rlimit { current: Some(max), maximum: Some(max) })?;
    }
    Ok(())
}

/// Loads the libraries of the system that the plugin needs. For a missing one the loader says so later.
fn preload(needed: &[String]) {
    raw::preload(ALWAYS_LOADED);
    let is_needed = |it: &&str| needed.iter().any(|needed| needed == it);
    LIBRARIES.into_iter().filter(is_needed).for_each(raw::preload);
}

/// Enters Landlock without any rule, which denies files, ports, signals to other processes and abstract sockets, as
/// far as the kernel's version supports it. Returns that version.
fn enter_landlock() -> io::Result<i32> {
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

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn enter_seccomp(reports_all: bool) -> io::Result<()> {
    trap::set()?;
    filter::apply(reports_all)
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn enter_seccomp(_reports_all: bool) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
