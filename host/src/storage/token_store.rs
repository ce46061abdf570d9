//! The token store: `auth.json` and the stored state beside it, written all or nothing by the host alone.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use mesheryctl_core::auth_file::{AuthFile, AuthFileError};
use mesheryctl_core::provider::SignIn;
use mesheryctl_core::secret::Secret;
use mesheryctl_core::token::Token;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::platform::files;
use crate::process::signals;
use crate::storage::atomic_file::{self, AtomicFile};

/// How long another login or logout may hold the lock; each holds it for milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// `MESHERY_TOKEN`, which commands that use a token take before any file's.
pub fn of_environment() -> Option<Secret> {
    std::env::var("MESHERY_TOKEN").ok().filter(|it| !it.is_empty()).map(Secret::new)
}

/// What is known of a token beyond the token, and what its provider stores: the contents of `<token file>.kept`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredState {
    pub provider_id: String,
    /// In hexadecimal; a file whose hash is not the token's is ignored.
    token_sha256: String,
    #[serde(rename = "kept", default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Secret>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

impl StoredState {
    pub fn of(provider_id: &str, sign_in: &SignIn) -> Self {
        Self {
            provider_id: provider_id.to_owned(),
            token_sha256: sha256(&sign_in.token),
            state: sign_in.stored_state.clone(),
            expires_at: sign_in.expires_at,
            account: sign_in.account.clone(),
        }
    }
}

/// What stands in the token file.
#[derive(Debug)]
pub enum Stored {
    /// No file, or an empty one.
    Nothing,
    Token(AuthFile),
    Invalid(AuthFileError),
    Unreadable(io::Error),
}

/// What a logout found and did.
#[derive(Debug, PartialEq, Eq)]
pub struct Cleared {
    pub was_signed_in: bool,
    /// A sentence: the file beside the token is still there.
    pub warning: Option<String>,
}

/// One token file and its companions.
#[derive(Debug, Clone)]
pub struct TokenStore {
    /// As it was named; people are shown this one.
    file: PathBuf,
    /// What it leads to, where it is a link.
    target: PathBuf,
}

impl TokenStore {
    pub fn at(file: PathBuf) -> Self {
        Self { target: atomic_file::follow(&file), file }
    }

    pub fn file(&self) -> &Path {
        &self.file
    }

    pub fn read(&self) -> Stored {
        match atomic_file::read(&self.target) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Stored::Nothing,
            Err(error) => Stored::Unreadable(error),
            Ok(bytes) => match AuthFile::parse(&bytes) {
                Ok(file) => Stored::Token(file),
                Err(AuthFileError::Empty) => Stored::Nothing,
                Err(why) => Stored::Invalid(why),
            },
        }
    }

    /// The state that is stored for exactly this token.
    pub fn state_of(&self, token: &Token) -> Option<StoredState> {
        let bytes = atomic_file::read(&self.beside("kept")).ok()?;
        let state: StoredState = serde_json::from_slice(&bytes).ok()?;
        (state.token_sha256 == sha256(token)).then_some(state)
    }

    /// The mode of the token file, where it lets anybody but its owner read it.
    pub fn mode_if_loose(&self) -> Option<u32> {
        files::mode_if_loose(&std::fs::metadata(&self.target).ok()?)
    }

    /// Makes sure that a token can be stored, before a person signs in for one; and, where `with_state`
    /// says so, what is stored beside it.
    ///
    /// # Errors
    /// As [`TokenStore::save`].
    pub fn ready(&self, with_state: bool) -> Result<()> {
        if with_state {
            let state = self.beside("kept");
            atomic_file::regular(&state).map_err(|error| not_stored(&state, &error))?;
        }
        self.stage(&self.target, b"")?;
        let lock = beside(&self.target, "lock");
        if lock.exists() { Lock::open(&lock).map(drop) } else { Ok(()) }
    }

    /// Stores a token and its state; without a state, an old one is removed. A warning is a sentence:
    /// the token is stored, and the file beside it is not as it should be.
    ///
    /// # Errors
    /// `not_stored`, or a signal while waiting for the lock; the old file is then byte for byte what it was.
    pub fn save(&self, auth: &AuthFile, state: Option<&StoredState>) -> Result<Option<String>> {
        let state = state.map(|it| serde_json::to_vec(it).unwrap_or_default());
        let state = state.map(|bytes| self.stage(&self.beside("kept"), &bytes)).transpose()?;
        let auth = self.stage(&self.target, &auth.to_bytes())?;
        let _lock = self.lock()?;
        signals::uninterrupted(|| self.put(auth, state))
    }

    /// Leaves zero bytes, which is what the Go CLI expects to find after a logout.
    ///
    /// # Errors
    /// As [`TokenStore::save`].
    pub fn clear(&self) -> Result<Cleared> {
        if matches!(self.read(), Stored::Nothing) {
            return Ok(Cleared { was_signed_in: false, warning: self.forget()? });
        }
        let empty = self.stage(&self.target, b"")?;
        let _lock = self.lock()?;
        let warning = signals::uninterrupted(|| self.put(empty, None))?;
        Ok(Cleared { was_signed_in: true, warning })
    }

    /// Waits for the lock of this token file, and holds it until the result is dropped.
    ///
    /// # Errors
    /// As [`Lock::take`].
    pub fn lock(&self) -> Result<Lock> {
        Lock::take(&self.target)
    }

    /// Does away with what was kept for a token that somebody else took away, and with what killed
    /// processes left. Under the lock: a login may just be putting both in place.
    fn forget(&self) -> Result<Option<String>> {
        atomic_file::sweep(atomic_file::folder_of(&self.target));
        if !self.beside("kept").exists() {
            return Ok(None);
        }
        let _lock = self.lock()?;
        Ok(matches!(self.read(), Stored::Nothing).then(|| self.remove_state()).flatten())
    }

    /// With the first rename the login, or the logout, has happened. What is kept belongs to one
    /// token only, and is ignored beside another; so a failure here is a warning.
    fn put(&self, auth: AtomicFile, state: Option<AtomicFile>) -> Result<Option<String>> {
        auth.put().map_err(|error| not_stored(&self.target, &error))?;
        let Some(state) = state else { return Ok(self.remove_state()) };
        Ok(state.put().err().map(|error| {
            // What stands there is of another token, and may be a secret.
            let _ = self.remove_state();
            let (file, why) = (self.beside("kept"), reason(&error));
            format!("The token is saved, but {} cannot be written: {why}.", file.display())
        }))
    }

    /// A directory is none of ours, and holds no secret of ours.
    fn remove_state(&self) -> Option<String> {
        let state = self.beside("kept");
        let error = atomic_file::remove(&state).err().filter(|_| !state.is_dir())?;
        let why = reason(&error);
        Some(format!("{}, which is of another token, cannot be removed: {why}.", state.display()))
    }

    fn stage(&self, place: &Path, bytes: &[u8]) -> Result<AtomicFile> {
        AtomicFile::new(place, bytes).map_err(|error| not_stored(place, &error))
    }

    fn beside(&self, ending: &str) -> PathBuf {
        beside(&self.target, ending)
    }
}

/// Who holds it may write a file. Held from before the rename to the end; released when dropped.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "the lock lives as long as the open file")] File);

impl Lock {
    /// Waits for whoever holds the lock of this file, as long as a login may go on.
    ///
    /// # Errors
    /// `not_stored`, or a signal meanwhile.
    pub fn take(file: &Path) -> Result<Self> {
        let path = beside(file, "lock");
        let lock = Self::open(&path)?;
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(signal) = signals::pending() {
                return Err(signals::error(signal));
            }
            let error = match lock.try_lock() {
                Ok(()) => return Ok(Self(lock)),
                Err(TryLockError::WouldBlock) if Instant::now() < end => {
                    thread::sleep(Duration::from_millis(20));
                    continue;
                }
                Err(TryLockError::WouldBlock) => io::Error::other("another mesheryctl is using it"),
                Err(TryLockError::Error(error)) => error,
            };
            return Err(not_stored(&path, &error));
        }
    }

    /// Never deleted: somebody may be waiting on it.
    fn open(path: &Path) -> Result<File> {
        let mut options = OpenOptions::new();
        files::for_owner_only(options.create(true).append(true));
        let opened = atomic_file::regular(path)
            .and_then(|()| atomic_file::create_private(atomic_file::folder_of(path)))
            .and_then(|()| options.open(path));
        opened.map_err(|error| not_stored(path, &error))
    }
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.to_owned().into_os_string();
    name.push(".");
    name.push(ending);
    name.into()
}

fn sha256(token: &Token) -> String {
    Sha256::digest(token.expose()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `file` is the one that could not be written; the token is as it was.
pub fn not_stored(file: &Path, error: &io::Error) -> Error {
    let (shown, why) = (file.display().to_string(), reason(error));
    let look = Command::from("ls -ld").value(&shown).glued("*");
    Error::new(Code::NotStored, format!("Cannot write {shown}: {why}."))
        .nothing_changed()
        .unchanged(file)
        .next(Suggestion::new("Show permissions", look))
}

/// Why a file could not be written, as a sentence part.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        io::ErrorKind::QuotaExceeded => "the disk quota is exceeded".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        io::ErrorKind::NotADirectory => "part of the path is not a directory".to_owned(),
        _ if files::is_loop_of_links(error) => "its links form a loop".to_owned(),
        // A temporary file that is gone already means nothing to a person.
        _ => error.to_string().split(" at path ").take(1).collect(),
    }
}
