//! What a worker process and its host agree on: how it is started, what they send, how a denial is recorded.

pub mod denied;
pub mod frame;

/// The first argument that makes this program the worker of a plugin. The second is the host's process id, the
/// third the isolation that a person was told of.
pub const ARGUMENT: &str = "plugin-worker";
