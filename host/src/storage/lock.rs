//! [`Lock`]: the exclusive lock that a process holds while it replaces a file.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, IsTerminal};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::error::Result;
use crate::platform::{files, terminal};
use crate::process::signals;
use crate::storage::atomic_file::{self, with_suffix};
use crate::storage::write_error::{in_use, not_stored};

/// How long to wait for the lock; another login or logout holds it for milliseconds.
pub(super) const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// After how long a person is told what is waited for.
const SILENCE: Duration = Duration::from_secs(1);

/// The exclusive lock of a file, in `<file>.lock`. Released when dropped.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "the lock lives as long as the open file")] File);

impl Lock {
    /// Waits for the lock of this file, at most [`LOCK_TIMEOUT`].
    ///
    /// # Errors
    /// `not_stored` when the lock cannot be opened or the wait times out, or a signal that came while waiting.
    pub fn take(file: &Path) -> Result<Self> {
        Self::take_within(file, LOCK_TIMEOUT)
    }

    /// As [`Lock::take`], with another time limit.
    ///
    /// # Errors
    /// As [`Lock::take`].
    pub fn take_within(file: &Path, timeout: Duration) -> Result<Self> {
        let path = with_suffix(file, "lock");
        let lock = Self::open(&path)?;
        let end = Instant::now() + timeout;
        let mut silent_until = Some(Instant::now() + SILENCE);
        loop {
            if let Some(signal) = signals::pending() {
                return Err(signals::error(signal));
            }
            let error = match lock.try_lock() {
                Ok(()) => return Ok(Self(lock)),
                Err(TryLockError::WouldBlock) if Instant::now() < end => {
                    if silent_until.take_if(|it| Instant::now() >= *it).is_some() {
                        say_on_terminal("Waiting for another mesheryctl…\n");
                    }
                    thread::sleep(Duration::from_millis(20));
                    continue;
                }
                Err(TryLockError::WouldBlock) => return Err(in_use(file)),
                Err(TryLockError::Error(error)) => error,
            };
            return Err(not_stored(&path, &error));
        }
    }

    /// Whether another process holds the lock of this file.
    pub fn is_held(file: &Path) -> bool {
        let opened = atomic_file::open(&with_suffix(file, "lock"));
        opened.is_ok_and(|it| matches!(it.try_lock(), Err(TryLockError::WouldBlock)))
    }

    /// Opens or creates the lock file. It is never deleted: another process may be waiting for its lock.
    pub(super) fn open(path: &Path) -> Result<File> {
        let mut options = OpenOptions::new();
        files::without_links(files::for_owner_only(options.create(true).append(true)));
        let opened = atomic_file::check_regular(path)
            .and_then(|()| atomic_file::create_private(atomic_file::folder_of(path)))
            .and_then(|()| options.open(path));
        opened.map_err(|error| not_stored(path, &error))
    }
}

fn say_on_terminal(line: &str) {
    let stderr = io::stderr();
    if stderr.is_terminal() {
        terminal::write_without_waiting(&stderr, line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_another_process_has_locked_is_named_in_the_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("auth.json");
        let held = Lock::take(&file).unwrap();
        assert!(Lock::is_held(&file));
        let error = Lock::take_within(&file, Duration::ZERO).unwrap_err();
        let shown = file.display();
        let said =
            format!("Cannot lock {shown}: another mesheryctl is using it. Nothing was changed.");
        assert_eq!(error.to_string(), said);
        assert_eq!(error.unchanged_files(), [shown.to_string()]);
        assert_eq!(error.suggestions()[0].label, "Try again");
        drop(held);
        assert!(!Lock::is_held(&file));
        assert!(Lock::take_within(&file, Duration::ZERO).is_ok());
    }
}
