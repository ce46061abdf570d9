//! [`HeldToken`]: a stored token whose file is locked, so that one process alone renews or removes it.

use mesheryctl_core::auth_file::AuthFile;
use mesheryctl_core::provider::SignIn;
use mesheryctl_core::token::Token;

use crate::error::Result;
use crate::process::signals;
use crate::storage::atomic_file::{self, AtomicFile};
use crate::storage::lock::Lock;
use crate::storage::token_record::{Next, TokenRecord};
use crate::storage::token_store::{Stored, TokenStore};
use crate::storage::write_error::{not_stored, reason};

/// What is reserved of the disk for each file, in bytes: more than the tokens and records of known providers.
const RESERVED: usize = 64 * 1024;

/// How often the two files are read again if they do not belong together. Each time another process has replaced them.
const MAX_READS: usize = 8;

/// A stored token, and what is recorded about it. Its file is locked until this is dropped. The Go CLI takes no lock.
#[derive(Debug)]
pub struct HeldToken<'a> {
    store: &'a TokenStore,
    pub auth: AuthFile,
    pub record: Option<TokenRecord>,
    _lock: Lock,
}

/// The files that a renewal will write. They exist and hold their part of the disk, because the provider may accept the
/// old refresh token only once.
#[derive(Debug)]
pub struct Reserved {
    with_next: AtomicFile,
    auth: AtomicFile,
    record: AtomicFile,
}

/// What is stored after a renewal.
#[derive(Debug, PartialEq, Eq)]
pub enum Replaced {
    /// The renewed token. With a warning, a sentence, if it is in the record alone: the next command puts it into place.
    Done(Option<String>),
    /// What a program that takes no lock wrote meanwhile.
    Overtaken,
}

impl TokenStore {
    /// Locks the token file, and completes a renewal that was interrupted. `None` if no token is stored.
    ///
    /// # Errors
    /// As [`Lock::take`]; `not_stored` if an interrupted renewal cannot be completed.
    pub fn hold(&self) -> Result<Option<HeldToken<'_>>> {
        let lock = self.lock()?;
        let Stored::Token(auth) = self.read() else { return Ok(None) };
        let record = self.whole_record();
        match record.as_ref().and_then(|it| it.pending(&auth.token)) {
            Some(next) => {
                self.complete(next)?;
                let record = Some(next.record.clone());
                Ok(Some(HeldToken { store: self, auth: next.auth_file(), record, _lock: lock }))
            }
            None => {
                let record = record.and_then(|it| it.of_token(&auth.token));
                Ok(Some(HeldToken { store: self, auth, record, _lock: lock }))
            }
        }
    }

    /// Reads the token file and what is recorded about its token, as one process wrote them. A renewal that was interrupted is
    /// completed if it `may_write`; if that is not possible, its token is returned all the same: the old one may be spent.
    pub fn read_with_record(&self, may_write: bool) -> (Stored, Option<TokenRecord>) {
        for _ in 0..MAX_READS {
            let stored = self.read();
            let Stored::Token(auth) = &stored else { return (stored, None) };
            let record = self.whole_record();
            if let Some(next) = record.as_ref().and_then(|it| it.pending(&auth.token)) {
                match may_write.then(|| self.hold()) {
                    Some(Ok(Some(held))) => return (Stored::Token(held.auth), held.record),
                    Some(Ok(None)) => continue,
                    None | Some(Err(_)) => {
                        return (Stored::Token(next.auth_file()), Some(next.record.clone()));
                    }
                }
            }
            let record = record.and_then(|it| it.of_token(&auth.token));
            // Between the two reads another process may have replaced both files.
            if record.is_some() || self.read_token().as_ref() == Some(auth) {
                return (stored, record);
            }
        }
        (self.read(), None)
    }

    /// The stored token, if there is one.
    pub fn read_token(&self) -> Option<AuthFile> {
        match self.read() {
            Stored::Token(auth) => Some(auth),
            _ => None,
        }
    }

    fn complete(&self, next: &Next) -> Result<()> {
        self.check_place()?;
        let place = self.path();
        let record = serde_json::to_vec(&next.record).unwrap_or_default();
        let auth = AtomicFile::new(place, &next.auth_file().to_bytes());
        let record = AtomicFile::new(&self.record_file(), &record);
        let put = || auth?.put().and_then(|()| record?.put());
        signals::deferred(put).map_err(|error| not_stored(place, &error))
    }

    /// Whether a renewal of this stored token was interrupted.
    pub(super) fn has_pending(&self, stored: &Token) -> bool {
        self.whole_record().is_some_and(|it| it.pending(stored).is_some())
    }

    /// The record file as it is, whatever its token. `None` if the file is missing or cannot be read.
    fn whole_record(&self) -> Option<TokenRecord> {
        serde_json::from_slice(&atomic_file::read(&self.record_file()).ok()?).ok()
    }
}

impl HeldToken<'_> {
    /// Creates the files that [`HeldToken::replace`] writes.
    ///
    /// # Errors
    /// `not_stored`. Nothing is changed.
    pub fn reserve(&self) -> Result<Reserved> {
        self.store.check_place()?;
        let (place, record) = (self.store.path().to_owned(), self.store.record_file());
        let reserve = |place: &std::path::Path| {
            AtomicFile::reserve(place, RESERVED).map_err(|error| not_stored(place, &error))
        };
        Ok(Reserved {
            with_next: reserve(&record)?,
            auth: reserve(&place)?,
            record: reserve(&record)?,
        })
    }

    /// Replaces the token by a renewed one, unless another program has replaced it meanwhile. A process that is killed on
    /// the way leaves the renewed token in the record, and the next one completes it. Signals are to be off.
    ///
    /// # Errors
    /// `not_stored`: the renewed token could not be recorded.
    pub fn replace(self, next: Next, reserved: Reserved) -> Result<Replaced> {
        let place = self.store.path();
        let failed = |error: &std::io::Error| not_stored(place, error);
        let auth = reserved.auth.fill(&next.auth_file().to_bytes()).map_err(|it| failed(&it))?;
        let bytes = serde_json::to_vec(&next.record).unwrap_or_default();
        let record = reserved.record.fill(&bytes).map_err(|it| failed(&it))?;
        let old = self.record.clone().unwrap_or_else(|| next.record.unknown_of(&self.auth.token));
        let with_next = TokenRecord { next: Some(Box::new(next)), ..old };
        let bytes = serde_json::to_vec(&with_next).unwrap_or_default();
        let with_next = reserved.with_next.fill(&bytes).map_err(|it| failed(&it))?;
        with_next.put().map_err(|it| failed(&it))?;
        signals::note_saved();
        let put = match self.store.read() {
            Stored::Token(now) if now.token == self.auth.token => auth.put(),
            // Whether another program wrote it cannot be told: the next command looks again.
            Stored::Unreadable(error) => Err(error),
            Stored::Token(_) | Stored::Nothing | Stored::Invalid(_) => {
                // Of what is stored now nothing is recorded.
                let _ = atomic_file::remove(&self.store.record_file());
                return Ok(Replaced::Overtaken);
            }
        };
        let warning = put.err().map(|error| {
            let (file, kept) = (place.display(), self.store.record_file());
            let why = reason(&error);
            format!(
                "The new token is in {} only, because {file} cannot be written: {why}.",
                kept.display()
            )
        });
        if warning.is_none() {
            // A failure loses nothing: the record contains the renewed token already.
            let _ = record.put();
        }
        Ok(Replaced::Done(warning))
    }

    /// Writes the empty file that [`HeldToken::clear`] puts into the place of the token file, so that it is known before that
    /// this is possible.
    ///
    /// # Errors
    /// `not_stored`. Nothing is changed.
    pub fn prepare_clear(&self) -> Result<AtomicFile> {
        self.store.check_place()?;
        self.store.write_temporary(self.store.path(), b"")
    }

    /// Empties the token file, and removes the record. Returns a warning, a sentence, if that fails.
    ///
    /// # Errors
    /// `not_stored`. The token file is unchanged.
    pub fn clear(self, empty: AtomicFile) -> Result<Option<String>> {
        self.store.make_free()?;
        signals::uninterrupted(|| self.store.put(empty, None))
    }

    /// Records that no renewal by the provider with this id is to be tried before this time. A failure is ignored: it is
    /// tried earlier then.
    pub fn postpone(self, until: u64, provider_id: &str) {
        if self.store.read_token().is_none_or(|it| it.token != self.auth.token) {
            // A program that takes no lock has stored another token, or none.
            return;
        }
        let unknown =
            || TokenRecord::of(provider_id, &SignIn::from_claims(self.auth.token.clone()));
        let record = self.record.clone().unwrap_or_else(unknown);
        let record = TokenRecord { retry_at: Some(until), ..record };
        let bytes = serde_json::to_vec(&record).unwrap_or_default();
        let _ = AtomicFile::new(&self.store.record_file(), &bytes).and_then(AtomicFile::put);
    }
}
