//! The sandbox: what a worker gives up before any code of a plugin is mapped.

use std::io;

use super::raw;
use crate::platform::Layers;

mod descriptors;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod filter;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod trap;

pub use descriptors::take_descriptors;

/// What a worker's data, heaps and stacks may take, in bytes.
const MEMORY: u64 = 512 * 1024 * 1024;

/// What it may take in all. Memory that was written and is then only read counts as data no longer, nor
/// does what grows downwards: without this there would be no end of either.
const ADDRESSES: u64 = 2 * MEMORY;

const DESCRIPTORS: u64 = 32;

/// What Rust libraries are linked with. Behind the sandbox nothing can be opened, so that a plugin must
/// find these loaded.
const COMMON: [&str; 6] =
    ["libm.so.6", "libgcc_s.so.1", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libutil.so.1"];

/// The layers that this system offers: two questions to the kernel, no process.
pub fn offered() -> Layers {
    // The filter knows the calls of these processors only.
    let is_known = cfg!(any(target_arch = "x86_64", target_arch = "aarch64"));
    Layers { landlock: raw::landlock_version(), seccomp: is_known && raw::seccomp_can_trap() }
}

/// Enters every layer that this system offers, and says which: less than was promised is never run in.
///
/// # Errors
/// When the system refuses a layer that it offers: then no plugin is loaded.
pub fn enter(host: i32) -> io::Result<Layers> {
    let offered = offered();
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
    Ok(Layers { landlock, seccomp: offered.seccomp })
}

fn of_layer(name: &str, error: &io::Error) -> io::Error {
    io::Error::other(format!("{name}: {error}"))
}

/// Leaves the terminal, dies with the host, and keeps no power that the host may have had.
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
        // The host may have been started with a lower limit.
        let most = getrlimit(resource).maximum.map_or(most, |already| already.min(most));
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    Ok(())
}

/// Each stays loaded. One that this system lacks cannot be needed by a plugin built for it.
fn preload() {
    COMMON.into_iter().for_each(raw::preload);
}

/// Landlock with no rule at all: no file, no port, no signal to others, no abstract socket; as far as
/// this kernel's version of it goes, which is the answer.
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

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn fall_silent() -> io::Result<()> {
    trap::set()?;
    filter::apply()
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn fall_silent() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
