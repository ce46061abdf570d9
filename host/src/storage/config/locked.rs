//! Changes of the file: under its lock, and from what it contains at that moment.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use super::{Change, Config, file};
use crate::error::{Code, Error, Result};
use crate::platform::files;
use crate::storage::atomic_file::{self, AtomicFile};
use crate::storage::lock::{LOCK_TIMEOUT, Lock};
use crate::storage::write_error::not_stored;

/// How often the changes are decided anew because another program changed the file meanwhile.
const TRIES: usize = 8;

impl Config {
    /// Changes the file, and returns the config that it then contains. `changes` decides from the file as it is; an absent
    /// or empty file is a config without contexts. An empty list writes nothing. The Go CLI and editors take no lock, so
    /// the file is compared with what was read before it is replaced, and `changes` is called again if it differs.
    ///
    /// # Errors
    /// Those of reading the config, of `changes` and of [`Config::with_changes`]; `not_stored` if the file cannot be
    /// locked or written; a signal that came while waiting for the lock.
    pub fn change(path: &Path, changes: impl FnMut(&Self) -> Result<Vec<Change>>) -> Result<Self> {
        Self::change_within(path, LOCK_TIMEOUT, changes)
    }

    /// As [`Config::change`] of the file that this config was read from. It is parsed again only if it has another text.
    ///
    /// # Errors
    /// As [`Config::change`].
    pub fn change_file(&self, changes: impl FnMut(&Self) -> Result<Vec<Change>>) -> Result<Self> {
        Self::change_known(&self.path, Some(self), LOCK_TIMEOUT, changes)
    }

    /// As [`Config::change`], with another time limit for the lock.
    ///
    /// # Errors
    /// As [`Config::change`].
    pub fn change_within(
        path: &Path,
        timeout: Duration,
        changes: impl FnMut(&Self) -> Result<Vec<Change>>,
    ) -> Result<Self> {
        Self::change_known(path, None, timeout, changes)
    }

    fn change_known(
        path: &Path,
        known: Option<&Self>,
        timeout: Duration,
        mut changes: impl FnMut(&Self) -> Result<Vec<Change>>,
    ) -> Result<Self> {
        let place = atomic_file::follow(path);
        let _lock = Lock::take_within(&place, timeout)?;
        for _ in 0..TRIES {
            let old = Self::load_or_empty(path, known)?;
            let new = old.with_changes(&changes(&old)?)?;
            if new.text == old.text || old.replace(&place, &new.text)? {
                return Ok(new);
            }
        }
        Err(not_stored(path, &io::Error::other("other programs keep changing it")))
    }

    fn load_or_empty(path: &Path, known: Option<&Self>) -> Result<Self> {
        let text = file::read(path, false)?.unwrap_or_default();
        let same = known.and_then(|it| it.if_same(path, &text));
        same.map_or_else(|| Self::parsed(path, text), Ok)
    }

    /// Writes the text in place of this one; false if the file contains another one.
    fn replace(&self, place: &Path, text: &str) -> Result<bool> {
        let path = &self.path;
        if text.len() as u64 > file::MAX_LENGTH {
            let message = format!("{} would become larger than 1 MiB.", path.display());
            return Err(Error::new(Code::ConfigEditFailed, message).unchanged(path));
        }
        let pending = AtomicFile::new(place, text.as_bytes()).and_then(|it| match place.exists() {
            // One that its owner made read-only stays, although its folder would allow another in its place.
            true => {
                files::check_file_writable(place).and_then(|()| it.with_the_old_owner_and_mode())
            }
            false => Ok(it),
        });
        let pending = pending.map_err(|error| not_stored(path, &error))?;
        let is_unchanged = match fs::read(place) {
            Ok(now) => now == self.text.as_bytes(),
            Err(error) => error.kind() == io::ErrorKind::NotFound && self.text.is_empty(),
        };
        match is_unchanged {
            true => pending.put().map(|()| true).map_err(|error| not_stored(path, &error)),
            false => Ok(false),
        }
    }
}

#[cfg(test)]
mod tests;
