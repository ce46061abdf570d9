//! The token store: `auth.json` and what is kept beside it, written all or nothing by the host alone.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use mesheryctl_core::auth_file::{AuthFile, InvalidAuthFile, LARGEST};
use mesheryctl_core::provider::SignIn;
use mesheryctl_core::secret::Secret;
use mesheryctl_core::token::Token;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tempfile::{NamedTempFile, TempPath};

use crate::interrupt;
use crate::problem::{Exit, Problem, Result};

/// How long another login or logout may hold the lock; each holds it for milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is known of a token beyond the token: the contents of `<token file>.kept`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub provider_id: String,
    /// In hexadecimal; a file whose hash is not the token's is ignored.
    token_sha256: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<Secret>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

impl Kept {
    pub fn of(provider_id: &str, token: &Token, sign_in: &SignIn) -> Self {
        Self {
            provider_id: provider_id.to_owned(),
            token_sha256: sha256(token),
            kept: sign_in.kept.clone(),
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
    Invalid(InvalidAuthFile),
    Unreadable(io::Error),
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
    /// # Errors
    /// When the links at `file` lead in a circle.
    pub fn at(file: PathBuf) -> Result<Self> {
        match follow(&file) {
            Ok(target) => Ok(Self { file, target }),
            Err(error) => Err(not_stored(&file, &error)),
        }
    }

    pub fn file(&self) -> &Path {
        &self.file
    }

    pub fn read(&self) -> Stored {
        match read_bounded(&self.target) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Stored::Nothing,
            Err(error) => Stored::Unreadable(error),
            Ok(bytes) => match AuthFile::parse(&bytes) {
                Ok(file) => Stored::Token(file),
                Err(InvalidAuthFile::Empty) => Stored::Nothing,
                Err(why) => Stored::Invalid(why),
            },
        }
    }

    /// What was kept for exactly this token.
    pub fn kept(&self, token: &Token) -> Option<Kept> {
        let bytes = read_bounded(&self.beside("kept")).ok()?;
        let kept: Kept = serde_json::from_slice(&bytes).ok()?;
        (kept.token_sha256 == sha256(token)).then_some(kept)
    }

    /// Whether anybody but its owner can read the token.
    #[cfg(unix)]
    pub fn mode_if_loose(&self) -> Option<u32> {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&self.target).ok()?.permissions().mode() & 0o777;
        (mode & 0o077 != 0).then_some(mode)
    }

    /// Makes sure that a token can be stored, before a person signs in for one.
    ///
    /// # Errors
    /// As [`TokenStore::save`].
    pub fn ready(&self) -> Result<()> {
        self.stage(&self.target, b"").map(drop).map_err(|error| not_stored(&self.file, &error))
    }

    /// Stores a token and what is kept for it, or nothing at all. None keeps nothing.
    ///
    /// # Errors
    /// `not_stored`; the old file is then byte for byte what it was.
    pub fn save(&self, auth: &AuthFile, kept: Option<&Kept>) -> Result<()> {
        let save = || -> io::Result<()> {
            let kept = match kept {
                Some(kept) => Some(self.stage(&self.beside("kept"), &serde_json::to_vec(kept)?)?),
                None => None,
            };
            let auth = self.stage(&self.target, &auth.to_bytes())?;
            let _lock = self.lock()?;
            put(auth, &self.target)?;
            // From here on the login has happened. What is kept belongs to one token only: whatever
            // a crash leaves of another token is ignored.
            match kept {
                Some(kept) => put(kept, &self.beside("kept"))?,
                None => remove(&self.beside("kept"))?,
            }
            Ok(())
        };
        interrupt::uninterrupted(save).map_err(|error| not_stored(&self.file, &error))
    }

    /// Leaves zero bytes, which is what the Go CLI expects to find after a logout. False when there
    /// was nothing to sign out of.
    ///
    /// # Errors
    /// `not_stored`; the old file is then byte for byte what it was.
    pub fn clear(&self) -> Result<bool> {
        let clear = || -> io::Result<bool> {
            match fs::metadata(&self.target) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
                Err(error) => return Err(error),
                Ok(found) if found.is_file() && found.len() == 0 => return Ok(false),
                Ok(_) => {}
            }
            let empty = self.stage(&self.target, b"")?;
            let _lock = self.lock()?;
            put(empty, &self.target)?;
            remove(&self.beside("kept"))?;
            Ok(true)
        };
        interrupt::uninterrupted(clear).map_err(|error| not_stored(&self.file, &error))
    }

    /// A file of these bytes beside `target`, readable by its owner alone from its creation, on disk.
    fn stage(&self, target: &Path, bytes: &[u8]) -> io::Result<TempPath> {
        if target.is_dir() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        let folder = folder_of(target);
        create_private(folder)?;
        let mut file = private_file_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        Ok(file.into_temp_path())
    }

    /// Held from before the rename to the end; released when dropped. The file is never deleted:
    /// somebody may be waiting on it.
    fn lock(&self) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(self.beside("lock"))?;
        let end = Instant::now() + PATIENCE;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(error),
                Err(TryLockError::WouldBlock) if Instant::now() < end => {
                    thread::sleep(Duration::from_millis(20));
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(io::Error::other("another login or logout holds it for too long"));
                }
            }
        }
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = self.target.clone().into_os_string();
        name.push(".");
        name.push(ending);
        name.into()
    }
}

/// Replaces a file that is not a token, such as config.yaml, all or nothing and with its old mode.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = follow(path)?;
    let mut file = private_file_in(folder_of(&path))?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(fs::metadata(&path)?.permissions())?;
    file.as_file().sync_all()?;
    put(file.into_temp_path(), &path)
}

/// At most [`LARGEST`] bytes and one more, of a regular file: a FIFO would never end.
pub fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn put(staged: TempPath, target: &Path) -> io::Result<()> {
    staged.persist(target).map_err(|error| error.error)?;
    // The new file is in place whatever comes of this; it makes the name survive a power cut too.
    if let Ok(folder) = File::open(folder_of(target)) {
        let _ = folder.sync_all();
    }
    Ok(())
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn private_file_in(folder: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(".auth-").suffix(".tmp").tempfile_in(folder)
}

fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("/"))
}

/// Where a link leads, even when nothing is there yet.
fn follow(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..32 {
        match fs::read_link(&path) {
            Ok(next) => path = folder_of(&path).join(next),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("its links lead in a circle"))
}

fn sha256(token: &Token) -> String {
    Sha256::digest(token.expose()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn not_stored(file: &Path, error: &io::Error) -> Problem {
    let file = file.display().to_string();
    let why = match error.kind() {
        io::ErrorKind::PermissionDenied => "you may not write there".to_owned(),
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "that file system is read-only".to_owned(),
        io::ErrorKind::IsADirectory => "a directory stands in its place".to_owned(),
        io::ErrorKind::NotADirectory => {
            "something that is no directory stands in its way".to_owned()
        }
        _ => error.to_string(),
    };
    Problem::new(
        "not_stored",
        Exit::NotStored,
        format!("Cannot write {file}: {why}. Nothing was changed."),
    )
    .unchanged(&file)
    .next("See what is there", format!("ls -ld {file}*"))
}
