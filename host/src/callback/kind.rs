//! [`Kind`]: which loopback address a callback has.

use mesheryctl_core::session::CallbackKind;

/// The kinds of callback that this program opens. A list of its own, because every rule must treat each of them, and a later
/// version of the interface may have more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// As [`CallbackKind::NoncePath`].
    NoncePath,
    /// As [`CallbackKind::FixedPath`].
    FixedPath,
}

impl Kind {
    /// The kind that a provider asks for. `None` if this program does not know it.
    pub fn asked(kind: CallbackKind) -> Option<Self> {
        match kind {
            CallbackKind::NoncePath => Some(Self::NoncePath),
            CallbackKind::FixedPath => Some(Self::FixedPath),
            _ => None,
        }
    }
}
