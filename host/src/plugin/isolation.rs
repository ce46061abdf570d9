//! [`Isolation`]: the sandbox layers that this system offers to a worker, and how they are described to the person.

use std::fmt;
use std::io;

use crate::platform::{CAN_RUN_PLUGINS, Layers, sandbox};

/// The sandbox layers of a worker: those available, or those that it has entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Isolation(Layers);

impl Isolation {
    /// The isolation of a system with a sandbox, or without any layer.
    #[cfg(test)]
    pub fn of_test(is_sandbox: bool) -> Self {
        Self(Layers { landlock: is_sandbox.then_some(7), seccomp: is_sandbox })
    }

    /// The layers that this system offers. Makes two system calls and starts no process.
    pub fn here() -> Self {
        Self(sandbox::offered())
    }

    /// Enters every layer that this system offers; `host` is the process id of the parent. `reports_all` is whether denied
    /// calls are reported that programs get on without; `needed` are the libraries that the plugin is linked with.
    ///
    /// # Errors
    /// When an available layer cannot be entered; the caller must then load no plugin.
    pub fn enter(host: i32, reports_all: bool, needed: &[String]) -> io::Result<Self> {
        sandbox::enter(host, reports_all, needed).map(Self)
    }

    /// Whether both layers are present: only then are the restrictions of [`Isolation::description`] enforced.
    pub fn is_sandbox(self) -> bool {
        self.0.landlock.is_some() && self.0.seccomp
    }

    /// The sentence that the person reads before they trust a plugin.
    pub fn description(self) -> &'static str {
        match self.is_sandbox() {
            _ if !CAN_RUN_PLUGINS => "It cannot run on this system.",
            true => "It cannot read your files or your other tokens.",
            false => "It runs with your permissions, without a sandbox.",
        }
    }

    /// How plugins run on this system, as a sentence without its full stop.
    pub fn in_words(self) -> String {
        let layers = self.layers();
        match self.is_sandbox() {
            _ if !CAN_RUN_PLUGINS => "Plugins do not run on this system".to_owned(),
            true => format!("Plugins run in a sandbox ({layers})"),
            false => format!("Plugins run with your permissions, without a sandbox ({layers})"),
        }
    }

    /// The layers, as in `Landlock ABI 7, seccomp`, or the missing ones.
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
    fn without_one_layer_there_is_no_sandbox() {
        let complete = Layers { landlock: Some(7), seccomp: true };
        assert_eq!(Isolation(complete).to_string(), "sandbox (Landlock ABI 7, seccomp)");
        for (partial, shown) in [
            (Layers { landlock: None, ..complete }, "process only (no Landlock)"),
            (Layers { seccomp: false, ..complete }, "process only (no seccomp)"),
        ] {
            let partial = Isolation(partial);
            assert_eq!(partial.to_string(), shown);
            assert!(partial.description().contains("without a sandbox"));
        }
    }
}
