//! Isolation: what keeps a plugin from everything that is not its own, as far as this system offers that.

use std::fmt;

/// The layers around a worker: those on offer, or those that it has entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Isolation {
    /// The version of the kernel's Landlock.
    pub landlock: Option<i32>,
    /// Whether system calls are filtered.
    pub seccomp: bool,
}

impl Isolation {
    /// What this system offers: two questions to the kernel, no process.
    pub fn here() -> Self {
        Self { landlock: kernel::landlock(), seccomp: kernel::seccomp() }
    }

    /// Both layers are needed for what is promised of a sandbox.
    pub fn is_sandbox(self) -> bool {
        self.landlock.is_some() && self.seccomp
    }

    /// What a person is told before they allow a plugin.
    pub fn promise(self) -> &'static str {
        match self.is_sandbox() {
            true => "It cannot read your files or your other tokens.",
            false => "It runs as you, without a sandbox on this system.",
        }
    }

    /// `Landlock ABI 7, seccomp`; or what is missing.
    pub fn layers(self) -> String {
        let landlock = self.landlock.map(|version| format!("Landlock ABI {version}"));
        let seccomp = self.seccomp.then(|| "seccomp".to_owned());
        match (landlock, seccomp) {
            (Some(landlock), Some(seccomp)) => format!("{landlock}, {seccomp}"),
            (None, Some(_)) => "no Landlock".to_owned(),
            (Some(_), None) => "no seccomp".to_owned(),
            (None, None) => "no Landlock, no seccomp".to_owned(),
        }
    }
}

impl fmt::Display for Isolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.is_sandbox() { "sandbox" } else { "process only" };
        write!(f, "{name} ({})", self.layers())
    }
}

#[cfg(target_os = "linux")]
mod kernel {
    use std::ptr;

    const LANDLOCK_CREATE_RULESET_VERSION: libc::c_long = 1;

    pub fn landlock() -> Option<i32> {
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

    /// Only for the processors whose calls the filter knows.
    pub fn seccomp() -> bool {
        let action = libc::SECCOMP_RET_TRAP;
        let question = libc::c_long::from(libc::SECCOMP_GET_ACTION_AVAIL);
        // SAFETY: the kernel reads one number behind the pointer, which lives on this stack.
        #[allow(unsafe_code, reason = "neither rustix nor seccompiler asks this")]
        let answer = unsafe {
            libc::syscall(libc::SYS_seccomp, question, 0 as libc::c_long, ptr::from_ref(&action))
        };
        cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) && answer == 0
    }
}

#[cfg(not(target_os = "linux"))]
mod kernel {
    pub fn landlock() -> Option<i32> {
        None
    }

    pub fn seccomp() -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_that_is_missing_takes_the_promise_away() {
        let whole = Isolation { landlock: Some(7), seccomp: true };
        assert_eq!(whole.to_string(), "sandbox (Landlock ABI 7, seccomp)");
        for (less, said) in [
            (Isolation { landlock: None, ..whole }, "process only (no Landlock)"),
            (Isolation { seccomp: false, ..whole }, "process only (no seccomp)"),
        ] {
            assert_eq!(less.to_string(), said);
            assert!(less.promise().contains("without a sandbox"));
        }
    }
}
