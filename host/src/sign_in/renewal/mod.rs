//! [`Renewal`]: a new token in place of the one in use, once for any number of processes.

pub mod due;
mod issued;
mod pause;
pub mod rescue;
mod verified;

use std::time::Duration;

use mesheryctl_core::failure::{Failure, FailureKind};
use mesheryctl_core::provider::Action;

use self::due::Due;
use self::issued::Issued;
use self::pause::{pause, postponed};
pub use self::verified::{NotRenewed, Verified};
use super::failure::code as failure_code;
use super::inquiry::{Inquiry, Parties};
use super::token_in_use::{Source, TokenInUse};
use crate::clock::unix_now;
use crate::error::{Code, Error, Result};
use crate::net::meshery_server::{Server, Verdict};
use crate::platform::terminal_mode::Mode;
use crate::process::signals;
use crate::providers::entry::ReadyEntry;
use crate::session::silent::Silent;
use crate::storage::held_token::{HeldToken, Replaced, Reserved};
use crate::storage::token_record::Next;
use crate::text::Message;

/// For the server, which may renew the token itself.
const SERVER_LIMIT: Duration = Duration::from_secs(2);
/// For the provider.
const PROVIDER_LIMIT: Duration = Duration::from_secs(5);

/// Why a token is to be renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Its end is near.
    Due,
    /// A server or the provider did not accept it.
    Rejected,
    /// The person wants it.
    Wanted,
}

/// The result of a renewal.
pub enum Renewal {
    NotDue,
    /// The token that this process stored.
    Renewed(Box<TokenInUse>),
    /// The token that is stored now by another process, which renewed it or signed in.
    Replaced(Box<TokenInUse>),
    /// The token could not be renewed now. It stays as it is.
    Failed(Failed),
    /// The provider ended the session. The reason is a sentence.
    SignedOut(String),
    /// Neither the provider nor a server renews this token.
    Unsupported,
}

/// Why a token could not be renewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    pub code: Code,
    /// A sentence.
    pub why: String,
}

/// A token that is stored, and by whom.
enum Stored {
    /// By this process.
    Own(TokenInUse),
    /// By another process.
    Other(TokenInUse),
}

impl Inquiry<'_> {
    /// Renews the token in use. One process does so, and those that wait for it use its result.
    ///
    /// # Errors
    /// A signal; `not_signed_in` if another process signed out; and if the renewed token could not be saved, which says where
    /// it is.
    pub fn renew(&self, used: &TokenInUse, reason: Reason) -> Result<Renewal> {
        let is_due = reason != Reason::Due || Due::of(used, unix_now()) != Due::NotYet;
        match (self.can_be_stored(used), is_due) {
            (false, _) => Ok(Renewal::Unsupported),
            (true, false) => Ok(Renewal::NotDue),
            (true, true) => self.renew_with(used, &self.parties(used, true)?, reason),
        }
    }

    /// Whether a token in place of this one may be stored. A file that `--token` names is only read.
    fn can_be_stored(&self, used: &TokenInUse) -> bool {
        used.source == Source::File && !self.named && !used.auth.token.is_empty()
    }

    fn renew_with(&self, used: &TokenInUse, parties: &Parties, reason: Reason) -> Result<Renewal> {
        let due = Due::of(used, unix_now());
        let server = self.server.as_ref().filter(|_| parties.receives_server());
        let provider = parties.provider.as_ref().filter(|it| it.can(Action::Refresh));
        if reason == Reason::Due && due == Due::NotYet {
            return Ok(Renewal::NotDue);
        }
        if !self.can_be_stored(used) || (server.is_none() && provider.is_none()) {
            return Ok(Renewal::Unsupported);
        }
        let held = match self.target.store.hold() {
            Ok(Some(held)) => held,
            // Another process signed out, and perhaps in again.
            Ok(None) => return TokenInUse::find(self.target, false).map(Renewal::replaced),
            Err(error) => return stored_failed(error),
        };
        if held.auth.token != used.auth.token {
            return Ok(Renewal::replaced(TokenInUse::of_held(&held)));
        }
        if let Some(left) = postponed(&held).filter(|_| reason != Reason::Wanted) {
            let why = format!("An attempt failed. The next one may be made in {left}.");
            let failed = Renewal::Failed(Failed { code: Code::Unreachable, why });
            return Ok(if due == Due::Soon { Renewal::NotDue } else { failed });
        }
        let reserved = match held.reserve() {
            Ok(reserved) => reserved,
            Err(error) => return stored_failed(error),
        };
        let _quiet = Mode::quiet();
        // The provider may accept the old refresh token only once: a signal must not separate the request from the save.
        signals::deferred(|| self.exchange(held, reserved, parties, server, provider))
    }

    /// Obtains a new token and saves it.
    fn exchange(
        &self,
        held: HeldToken<'_>,
        reserved: Reserved,
        parties: &Parties,
        server: Option<&Server<'_>>,
        provider: Option<&ReadyEntry>,
    ) -> Result<Renewal> {
        let old = TokenInUse::of_held(&held);
        let mut retry_after = 0;
        let issued = match server.map(|it| renewed_by_server(&old, it, parties)) {
            Some(Ok(Some(issued))) => Ok(issued),
            Some(Err(failure)) => Err(failure),
            Some(Ok(None)) | None => match provider {
                Some(entry) => self.renewed_by_provider(&old, entry, &mut retry_after),
                None => Err(Failure::unsupported("Renewing this token")),
            },
        };
        match issued {
            Ok(issued) => Ok(match self.save(held, reserved, issued.next(&old, provider))? {
                Stored::Own(renewed) => Renewal::Renewed(Box::new(renewed)),
                Stored::Other(now) => Renewal::replaced(now),
            }),
            Err(failure) => Ok(self.after_failure(&failure, held, &old, provider, retry_after)),
        }
    }

    fn renewed_by_provider(
        &self,
        old: &TokenInUse,
        entry: &ReadyEntry,
        retry_after: &mut u64,
    ) -> std::result::Result<Issued, Failure> {
        let mut session = Silent::new(entry, self.terminal, self.http, PROVIDER_LIMIT);
        let state = old.record.as_ref().and_then(|it| it.state.clone());
        let renewed = entry.refresh(&old.auth.token, state, &mut session);
        *retry_after = session.retry_after();
        Issued::by_provider(renewed?, &old.auth.provider).checked(old)
    }

    fn save(&self, held: HeldToken<'_>, reserved: Reserved, next: Next) -> Result<Stored> {
        let renewed = TokenInUse::of_next(&next);
        match held.replace(next, reserved) {
            Ok(Replaced::Done(warning)) => {
                warning.iter().for_each(|it| self.terminal.say(it));
                Ok(Stored::Own(renewed))
            }
            Ok(Replaced::Overtaken) => TokenInUse::find(self.target, false).map(Stored::Other),
            Err(error) => Err(rescue::rescued(&renewed, self.target, &error)),
        }
    }

    /// Stores the token that the server returned in place of this one, if it did: it may have spent the refresh token. Returns
    /// what is stored then.
    ///
    /// # Errors
    /// If it could not be saved, which says where it is.
    fn adopt(
        &self,
        used: &TokenInUse,
        verdict: &Verdict,
        server: &str,
        parties: &Parties,
    ) -> Result<Option<Stored>> {
        let Verdict::Accepted(file) = verdict else { return Ok(None) };
        if file.token == used.auth.token || !self.can_be_stored(used) {
            return Ok(None);
        }
        let issued = Issued::by_server(file.clone(), server.to_owned(), used).checked(used);
        let Ok(issued) = issued else { return Ok(None) };
        let next = issued.next(used, parties.provider.as_ref());
        let lost = |error: Error| rescue::rescued(&TokenInUse::of_next(&next), self.target, &error);
        let held = match self.target.store.hold().map_err(lost)? {
            Some(held) if held.auth.token == used.auth.token => held,
            Some(held) => return Ok(Some(Stored::Other(TokenInUse::of_held(&held)))),
            None => return TokenInUse::find(self.target, false).map(|it| Some(Stored::Other(it))),
        };
        let reserved = held.reserve().map_err(lost)?;
        self.save(held, reserved, next).map(Some)
    }

    fn after_failure(
        &self,
        failure: &Failure,
        held: HeldToken<'_>,
        old: &TokenInUse,
        provider: Option<&ReadyEntry>,
        retry_after: u64,
    ) -> Renewal {
        let why = Message::new(&failure.message).to_string();
        match failure.kind {
            FailureKind::Unsupported => Renewal::Unsupported,
            FailureKind::Rejected | FailureKind::Denied => match self.target.store.read_token() {
                // A program that takes no lock has stored another token.
                Some(auth) if auth.token != held.auth.token => {
                    Renewal::replaced(TokenInUse::stored(auth, self.target))
                }
                _ => Renewal::SignedOut(why),
            },
            kind => {
                let pause = pause(old.ends_at(), retry_after, unix_now());
                held.postpone(unix_now() + pause, provider.map_or("", |it| it.id()));
                let code = match kind {
                    // Only the provider is waited for.
                    FailureKind::TimedOut => Code::Unreachable,
                    kind => failure_code(kind),
                };
                Renewal::Failed(Failed { code, why })
            }
        }
    }
}

impl Renewal {
    fn replaced(now: TokenInUse) -> Self {
        Self::Replaced(Box::new(now))
    }
}

/// Asks the server first, so that two computers do not spend one refresh token. `None` if it renews nothing.
///
/// # Errors
/// The server may be renewing the token: its answer did not come in time. While the token is valid, the provider is not asked,
/// which ends a session whose refresh token it sees twice.
fn renewed_by_server(
    old: &TokenInUse,
    server: &Server<'_>,
    parties: &Parties,
) -> std::result::Result<Option<Issued>, Failure> {
    let Some(url) = &parties.url else { return Ok(None) };
    let (_, verdict) = server.check(url, &old.auth.token, SERVER_LIMIT);
    match verdict {
        Verdict::Accepted(file) => {
            Ok(Issued::by_server(file, server.name().to_string(), old).checked(old).ok())
        }
        Verdict::Unknown(why) if server.may_have_received() && !old.has_ended() => {
            let message = format!("The Meshery Server {} {why}.", server.name());
            Err(Failure::new(FailureKind::Unreachable, message))
        }
        _ => Ok(None),
    }
}

/// A file that cannot be locked or written leaves the token as it is; a signal ends the command.
fn stored_failed(error: Error) -> Result<Renewal> {
    match signals::pending() {
        Some(_) => Err(error),
        None => Ok(Renewal::Failed(Failed { code: error.code, why: error.message().to_owned() })),
    }
}
