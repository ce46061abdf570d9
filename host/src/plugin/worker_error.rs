//! [`WorkerError`]: why a worker returned no answer.

use std::fmt;

use mesheryctl_core::failure::Failure;

use super::worker::{MAX_ASKS, REPLY_TIMEOUT, START_TIMEOUT};
use crate::clock::in_words;

/// Why a worker returned no answer. Displayed after the name of the plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkerError {
    /// The sign-in was cancelled or timed out. The phase; `None` if the host's last answer was a failure.
    Stopped(Failure, Option<&'static str>),
    NotStarted(String),
    /// The guest could not enter the expected sandbox.
    Uncontained(String),
    /// The process ended in this phase; how it ended, and its last line on standard error.
    Ended(&'static str, String, Option<String>),
    /// The library was not loaded in time.
    LoadTimedOut,
    /// The worker sent no frame in time in this phase.
    TimedOut(&'static str),
    /// The worker sent a malformed or unexpected frame in this phase.
    Malformed(&'static str),
    /// The worker sent too many asks.
    TooManyAsks(&'static str),
    /// The manifest that the plugin reports is not the one in its library.
    OtherManifest,
    /// The library could not be loaded; the message of the guest.
    LoadFailed(String),
    /// The answer to the action is malformed.
    InvalidAnswer(&'static str),
}

impl fmt::Display for WorkerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped(..) => f.write_str("was stopped"),
            Self::NotStarted(why) => write!(f, "could not be started ({why})"),
            Self::Uncontained(why) => {
                write!(f, "was not loaded: its sandbox could not be set up ({why})")
            }
            Self::Ended(phase, how, words) => {
                write!(f, "stopped unexpectedly while {phase} ({how}")?;
                words.iter().try_for_each(|words| write!(f, "; last message: {words}"))?;
                f.write_str(")")
            }
            Self::LoadTimedOut => write!(
                f,
                "was stopped while loading: it took longer than {}",
                in_words(START_TIMEOUT)
            ),
            Self::TimedOut(phase) => write!(
                f,
                "was stopped while {phase}: it made no session call for {} (a plugin waits with Session::sleep)",
                in_words(REPLY_TIMEOUT)
            ),
            Self::Malformed(phase) => {
                write!(f, "was stopped while {phase}: it sent an invalid message")
            }
            Self::TooManyAsks(phase) => {
                write!(f, "was stopped while {phase}: it sent more than {MAX_ASKS} requests")
            }
            Self::OtherManifest => f.write_str(
                "was stopped while loading: it reports another manifest than its file contains",
            ),
            Self::LoadFailed(why) => f.write_str(why),
            Self::InvalidAnswer(phase) => {
                write!(f, "returned an invalid answer while {phase}")
            }
        }
    }
}
