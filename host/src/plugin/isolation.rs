//! Isolation: what keeps a plugin from everything that is not its own, as far as this system offers that.

use std::fmt;
use std::io;

use crate::platform::{CAN_RUN_PLUGINS, Layers, sandbox};

/// The layers around a worker: those on offer, or those that it has entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Isolation(Layers);

impl Isolation {
    /// The isolation of a system that offers a sandbox, or nothing.
    #[cfg(test)]
    pub fn of_test(is_sandbox: bool) -> Self {
        Self(Layers { landlock: is_sandbox.then_some(7), seccomp: is_sandbox })
    }

    /// What this system offers: two questions to the kernel, no process.
    pub fn here() -> Self {
        Self(sandbox::offered())
    }

    /// Enters every layer that this system offers; `host` is the process that started this one.
    ///
    /// # Errors
    /// When the system refuses a layer that it offers: then no plugin is loaded.
    pub fn enter(host: i32) -> io::Result<Self> {
        sandbox::enter(host).map(Self)
    }

    /// Both layers are needed for what is promised of a sandbox.
    pub fn is_sandbox(self) -> bool {
        self.0.landlock.is_some() && self.0.seccomp
    }

    /// What a person is told before they allow a plugin.
    pub fn promise(self) -> &'static str {
        match self.is_sandbox() {
            _ if !CAN_RUN_PLUGINS => "It cannot run on this system.",
            true => "It cannot read your files or your other tokens.",
            false => "It runs with your permissions, without a sandbox.",
        }
    }

    /// How plugins run here, as a sentence without its full stop.
    pub fn in_words(self) -> String {
        let layers = self.layers();
        match self.is_sandbox() {
            _ if !CAN_RUN_PLUGINS => "Plugins do not run on this system".to_owned(),
            true => format!("Plugins run in a sandbox ({layers})"),
            false => format!("Plugins run with your permissions, without a sandbox ({layers})"),
        }
    }

    /// `Landlock ABI 7, seccomp`; or what is missing.
    pub fn layers(self) -> String {
        if !CAN_RUN_PLUGINS {
            return "plugins do not run on this system".to_owned();
        }
        let landlock = self.0.landlock.map(|version| format!("Landlock ABI {version}"));
        let seccomp = self.0.seccomp.then(|| "seccomp".to_owned());
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
        let name = match self.is_sandbox() {
            _ if !CAN_RUN_PLUGINS => "none",
            true => "sandbox",
            false => "process only",
        };
        write!(f, "{name} ({})", self.layers())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_that_is_missing_takes_the_promise_away() {
        let whole = Layers { landlock: Some(7), seccomp: true };
        assert_eq!(Isolation(whole).to_string(), "sandbox (Landlock ABI 7, seccomp)");
        for (less, said) in [
            (Layers { landlock: None, ..whole }, "process only (no Landlock)"),
            (Layers { seccomp: false, ..whole }, "process only (no seccomp)"),
        ] {
            let less = Isolation(less);
            assert_eq!(less.to_string(), said);
            assert!(less.promise().contains("without a sandbox"));
        }
    }
}
