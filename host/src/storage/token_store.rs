//! [`TokenStore`]: a token file (`auth.json`) and the stored state beside it, written atomically under a lock.

use std::io;
use std::path::{Path, PathBuf};

use mesheryctl_core::auth_file::{AuthFile, AuthFileError};
use mesheryctl_core::secret::Secret;
use mesheryctl_core::token::Token;

use crate::error::{Code, Error, Result};
use crate::process::signals;
use crate::storage::atomic_file::{self, AtomicFile, with_suffix};
use crate::storage::lock::Lock;
use crate::storage::token_place::TokenPlace;
use crate::storage::token_record::TokenRecord;
use crate::storage::write_error::{not_stored, reason};

/// The token in `MESHERY_TOKEN`, which has precedence over token files.
pub fn token_of_environment() -> Option<Secret> {
    std::env::var("MESHERY_TOKEN").ok().filter(|it| !it.is_empty()).map(Secret::new)
}

/// Checks that what [`TokenStore::save`] would write can be read again. Writes nothing.
///
/// # Errors
/// `not_stored`.
pub fn check_readable(auth: &AuthFile, record: &TokenRecord) -> Result<()> {
    let is_auth = AuthFile::parse(&auth.to_bytes()).is_ok_and(|it| it == *auth);
    let bytes = bytes_of(record);
    let is_short = bytes.len() as u64 <= atomic_file::MAX_LENGTH;
    let is_record = serde_json::from_slice::<TokenRecord>(&bytes).is_ok_and(|it| it == *record);
    match is_auth && is_short && is_record {
        true => Ok(()),
        false => {
            let message = "The token or its stored state could not be read from a file again.";
            Err(Error::new(Code::NotStored, message).nothing_changed())
        }
    }
}

fn bytes_of(record: &TokenRecord) -> Vec<u8> {
    serde_json::to_vec(record).unwrap_or_default()
}

/// The contents of the token file.
#[derive(Debug)]
pub enum Stored {
    /// No file, or an empty one.
    Nothing,
    Token(AuthFile),
    Invalid(AuthFileError),
    Unreadable(io::Error),
}

/// The result of a logout.
#[derive(Debug, PartialEq, Eq)]
pub struct Cleared {
    pub was_signed_in: bool,
    /// A sentence, when the stored state could not be removed.
    pub warning: Option<String>,
}

/// One token file, with its stored state and its lock file.
#[derive(Debug, Clone)]
pub struct TokenStore {
    /// The path as it was given, which is displayed.
    file: PathBuf,
    /// The path with links resolved, which is written.
    place: TokenPlace,
}

impl TokenStore {
    /// The token file at this path; `meshery` is the folder `~/.meshery`.
    pub fn at(file: PathBuf, meshery: &Path) -> Self {
        Self { place: TokenPlace::of(&file, meshery), file }
    }

    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The path of the token file, with links resolved.
    pub fn path(&self) -> &Path {
        self.place.path()
    }

    /// The file with what is recorded about the token.
    pub fn record_file(&self) -> PathBuf {
        self.with_suffix("kept")
    }

    /// Whether a token file may be written here.
    ///
    /// # Errors
    /// As [`TokenPlace::check`].
    pub fn check_place(&self) -> Result<()> {
        self.place.check()
    }

    pub fn read(&self) -> Stored {
        match atomic_file::read(self.place.path()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Stored::Nothing,
            Err(error) => Stored::Unreadable(error),
            Ok(bytes) => match AuthFile::parse(&bytes) {
                Ok(file) => Stored::Token(file),
                Err(AuthFileError::Empty) => Stored::Nothing,
                Err(why) => Stored::Invalid(why),
            },
        }
    }

    /// The stored state of exactly this token.
    pub fn record_of(&self, token: &Token) -> Option<TokenRecord> {
        let bytes = atomic_file::read(&self.with_suffix("kept")).ok()?;
        serde_json::from_slice::<TokenRecord>(&bytes).ok()?.of_token(token)
    }

    /// Changes the name of the provider or the record of a token that is stored. Another login or logout since then has
    /// precedence: nothing is written, and `None` is returned. Otherwise a warning is returned as by [`TokenStore::save`].
    ///
    /// # Errors
    /// As [`TokenStore::save`].
    pub fn amend(
        &self,
        auth: &AuthFile,
        record: Option<&TokenRecord>,
    ) -> Result<Option<Option<String>>> {
        // A renewal that was interrupted is not overwritten: its record contains the only copy of the new token.
        let is_stored = || match self.read() {
            Stored::Token(now) => now.token == auth.token && !self.has_pending(&now.token),
            _ => false,
        };
        self.write(auth, record, is_stored)
    }

    /// Checks before a sign-in that a token can be stored, and with `with_state` that a state can.
    ///
    /// # Errors
    /// As [`TokenStore::save`].
    pub fn check_writable(&self, with_state: bool) -> Result<()> {
        if with_state {
            let state = self.with_suffix("kept");
            atomic_file::check_regular(&state).map_err(|error| not_stored(&state, &error))?;
        }
        self.place.check()?;
        let path = self.place.path();
        AtomicFile::empty(path).map_err(|error| not_stored(path, &error))?;
        let lock = with_suffix(self.place.path(), "lock");
        if lock.exists() { Lock::open(&lock).map(drop) } else { Ok(()) }
    }

    /// Stores a token and its state; without a state, removes the old one. Returns a warning, a sentence, when the
    /// token was stored and the state could not be written or removed.
    ///
    /// # Errors
    /// `not_stored`, or a signal while waiting for the lock; the old file is then unchanged.
    pub fn save(&self, auth: &AuthFile, state: Option<&TokenRecord>) -> Result<Option<String>> {
        self.write(auth, state, || true).map(Option::unwrap_or_default)
    }

    /// Writes both files under the lock if `is_wanted` says so then.
    fn write(
        &self,
        auth: &AuthFile,
        state: Option<&TokenRecord>,
        is_wanted: impl FnOnce() -> bool,
    ) -> Result<Option<Option<String>>> {
        let state = state.map(bytes_of);
        let state = state
            .map(|bytes| self.write_temporary(&self.with_suffix("kept"), &bytes))
            .transpose()?;
        let auth = self.write_temporary(self.place.path(), &auth.to_bytes())?;
        let _lock = self.lock()?;
        if !is_wanted() {
            return Ok(None);
        }
        self.place.make_free()?;
        signals::uninterrupted(|| self.put(auth, state)).map(Some)
    }

    /// Truncates the token file to zero bytes, which the Go CLI expects after a logout.
    ///
    /// # Errors
    /// As [`TokenStore::save`].
    pub fn clear(&self) -> Result<Cleared> {
        if matches!(self.read(), Stored::Nothing) {
            return Ok(Cleared { was_signed_in: false, warning: self.remove_orphans()? });
        }
        self.place.check()?;
        let empty = self.write_temporary(self.place.path(), b"")?;
        let _lock = self.lock()?;
        self.place.make_free()?;
        let warning = signals::uninterrupted(|| self.put(empty, None))?;
        Ok(Cleared { was_signed_in: true, warning })
    }

    /// Makes the place free for a token file.
    ///
    /// # Errors
    /// As [`TokenPlace::make_free`].
    pub(super) fn make_free(&self) -> Result<()> {
        self.place.make_free()
    }

    /// Waits for the lock of this token file.
    pub(super) fn lock(&self) -> Result<Lock> {
        Lock::take(self.place.path())
    }

    /// Deletes a stored state without a token, and temporary files of killed processes. The state is deleted under
    /// the lock: a login may be about to write its token.
    fn remove_orphans(&self) -> Result<Option<String>> {
        atomic_file::sweep(atomic_file::folder_of(self.place.path()));
        if !self.with_suffix("kept").exists() {
            return Ok(None);
        }
        let _lock = self.lock()?;
        Ok(matches!(self.read(), Stored::Nothing).then(|| self.remove_state()).flatten())
    }

    /// Replaces the token file, then the state. The first rename completes the login or logout. An old state is
    /// ignored beside a new token, so a failure of the second rename is a warning.
    pub(super) fn put(
        &self,
        auth: AtomicFile,
        state: Option<AtomicFile>,
    ) -> Result<Option<String>> {
        auth.rename().map_err(|error| not_stored(self.place.path(), &error))?;
        let warning = match state.map(AtomicFile::rename) {
            None => self.remove_state(),
            Some(renamed) => renamed.err().map(|error| {
                // The old state belongs to another token, and may be a secret.
                let _ = self.remove_state();
                let (file, why) = (self.with_suffix("kept"), reason(&error));
                format!("The token is saved, but {} cannot be written: {why}.", file.display())
            }),
        };
        atomic_file::sync_folder(self.place.path());
        Ok(warning)
    }

    /// Removes the state; returns a warning if that fails. What is no state contains no secret of this program and is left:
    /// the place of the token file may come from a config file of another user.
    fn remove_state(&self) -> Option<String> {
        let state = self.with_suffix("kept");
        let is_other = |bytes: Vec<u8>| serde_json::from_slice::<TokenRecord>(&bytes).is_err();
        if atomic_file::read(&state).is_ok_and(is_other) {
            return None;
        }
        let error = atomic_file::remove(&state).err().filter(|_| !state.is_dir())?;
        let why = reason(&error);
        Some(format!(
            "The stored state in {} could not be removed; it may contain a refresh token: {why}.",
            state.display()
        ))
    }

    pub(super) fn write_temporary(&self, place: &Path, bytes: &[u8]) -> Result<AtomicFile> {
        AtomicFile::new(place, bytes).map_err(|error| not_stored(place, &error))
    }

    fn with_suffix(&self, suffix: &str) -> PathBuf {
        with_suffix(self.place.path(), suffix)
    }
}

#[cfg(test)]
mod tests {
    use mesheryctl_core::provider::SignIn;

    use super::*;

    fn file(token: &str) -> AuthFile {
        AuthFile { provider: "Acme".to_owned(), token: Token::parse(token).unwrap() }
    }

    #[test]
    fn only_the_token_that_is_stored_is_amended() {
        let folder = tempfile::tempdir().unwrap();
        let store = TokenStore::at(folder.path().join("auth.json"), folder.path());
        let stored = || match store.read() {
            Stored::Token(file) => Some(file),
            _ => None,
        };
        store.save(&file("one-token"), None).unwrap();
        let renamed = AuthFile { provider: "ACME".to_owned(), ..file("one-token") };
        assert_eq!(store.amend(&renamed, None).unwrap(), Some(None));
        assert_eq!(stored(), Some(renamed));
        // Another login, and a logout, came first.
        assert_eq!(store.amend(&file("older-token"), None).unwrap(), None);
        assert_eq!(stored().unwrap().token.expose(), "one-token");
        let _ = store.clear().unwrap();
        assert_eq!(store.amend(&file("one-token"), None).unwrap(), None);
        assert_eq!(stored(), None);
    }

    #[test]
    fn a_file_in_the_place_of_the_state_that_is_none_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let store = TokenStore::at(folder.path().join("auth.json"), folder.path());
        let kept = folder.path().join("auth.json.kept");
        for other in ["notes", "{}", ""] {
            std::fs::write(&kept, other).unwrap();
            store.save(&file("a-token"), None).unwrap();
            let _ = store.clear().unwrap();
            assert_eq!(std::fs::read_to_string(&kept).unwrap(), other);
        }
        std::fs::remove_file(&kept).unwrap();
        let record = TokenRecord::of("acme", &SignIn::from_claims(file("a-token").token));
        store.save(&file("a-token"), Some(&record)).unwrap();
        assert!(kept.exists());
        let _ = store.clear().unwrap();
        assert!(!kept.exists());
    }
}
