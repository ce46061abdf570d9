//! The protocol between host and worker: the arguments of the process, the frames, and the records of denials.

pub mod denied;
pub mod frame;

/// The first argument of a worker process. The second is the process id of the host, the third the isolation that the
/// person was shown.
pub const ARGUMENT: &str = "plugin-worker";

/// A fourth argument, of the worker of a validation: it reports also denied calls that programs get on without.
pub const REPORT_ALL: &str = "report-all";
