//! [`Verified`]: the verdicts on a token that was renewed if that was necessary.

use std::time::Instant;

use super::due::Due;
use super::{Failed, Reason, Renewal, Stored};
use crate::clock::unix_now;
use crate::error::Result;
use crate::platform::terminal_mode::Mode;
use crate::process::signals;
use crate::sign_in::inquiry::{Inquiry, Parties};
use crate::sign_in::not_signed_in::ended;
use crate::sign_in::token_in_use::TokenInUse;
use crate::sign_in::verification::{self, Findings, ServerVerdict};

/// How often a token is asked about anew because another process stored another one meanwhile.
const MAX_REPLACED: usize = 3;

/// What was found out about a token that was renewed if that was necessary.
pub struct Verified {
    /// The token in use then.
    pub used: TokenInUse,
    pub found: Findings,
    /// Why it was not renewed, if that was necessary.
    pub not_renewed: Option<NotRenewed>,
}

/// Why a token was not renewed, as a sentence.
pub enum NotRenewed {
    /// It may be possible later.
    Now(String),
    /// The provider ended the session.
    Ever(String),
}

impl NotRenewed {
    pub fn why(&self) -> &str {
        match self {
            Self::Now(why) | Self::Ever(why) => why,
        }
    }
}

/// A token, and who may receive it.
struct Subject {
    used: TokenInUse,
    parties: Parties,
}

/// What a renewal made of a token.
enum Outcome {
    /// Another token is in use: asked about anew.
    New(Subject),
    Same(Subject, Option<NotRenewed>),
}

impl Inquiry<'_> {
    /// Asks the context's server about the token; and the provider, if that `is_wanted`, else only to confirm the server's no.
    /// Returns the token in use then: that of the server, if it returned another one.
    ///
    /// # Errors
    /// As [`Inquiry::parties`], and if a token of the server could not be saved.
    pub fn verify(&self, used: TokenInUse, is_wanted: bool) -> Result<(TokenInUse, Findings)> {
        let (subject, found) = self.ask(self.subject(used, is_wanted)?, is_wanted)?;
        Ok((subject.used, found))
    }

    /// Asks about the token, which is renewed before if it is due, and once if it is rejected.
    ///
    /// # Errors
    /// As [`Inquiry::renew`].
    pub fn verify_renewed(&self, used: TokenInUse) -> Result<Verified> {
        let (subject, not_renewed, is_new) =
            match self.renewed(self.subject(used, true)?, Reason::Due)? {
                Outcome::New(subject) => (subject, None, true),
                Outcome::Same(subject, why) => (subject, why, false),
            };
        let (subject, found) = self.ask(subject, true)?;
        if not_renewed.is_some() || !found.asks_for_renewal() {
            return Ok(Verified { used: subject.used, found, not_renewed });
        }
        let outcome = match is_new {
            // Its provider may accept the newest one alone.
            true => self.replaced_on_disk(subject)?,
            false => self.renewed(subject, Reason::Rejected)?,
        };
        match outcome {
            Outcome::New(subject) => {
                let (subject, found) = self.ask(subject, true)?;
                Ok(Verified { used: subject.used, found, not_renewed: None })
            }
            Outcome::Same(subject, not_renewed) => {
                Ok(Verified { used: subject.used, found, not_renewed })
            }
        }
    }

    /// The token to use now: renewed if it is due, and the old one while it is valid.
    ///
    /// # Errors
    /// `not_signed_in` if its time is over and it could not be renewed; and as [`Inquiry::renew`].
    pub fn usable(&self, used: TokenInUse) -> Result<TokenInUse> {
        let why = match self.renew(&used, Reason::Due)? {
            Renewal::Renewed(now) | Renewal::Replaced(now) => return Ok(*now),
            Renewal::Failed(Failed { why, .. }) => Some(NotRenewed::Now(why)),
            Renewal::SignedOut(why) => Some(NotRenewed::Ever(why)),
            Renewal::NotDue | Renewal::Unsupported => None,
        };
        if !used.has_ended() {
            return Ok(used);
        }
        let is_over = matches!(why, Some(NotRenewed::Ever(_)));
        let can_renew = !is_over && self.can_renew(&used)?;
        Err(ended(&used, can_renew, why.as_ref().map(NotRenewed::why)))
    }

    fn subject(&self, used: TokenInUse, is_wanted: bool) -> Result<Subject> {
        let parties = self.parties(&used, is_wanted)?;
        Ok(Subject { used, parties })
    }

    fn renewed(&self, subject: Subject, reason: Reason) -> Result<Outcome> {
        let Subject { used, parties } = subject;
        let not_renewed = match self.renew_with(&used, &parties, reason)? {
            Renewal::Renewed(used) => {
                return Ok(Outcome::New(Subject { used: *used, parties }));
            }
            // It may be of another login, so others may receive it.
            Renewal::Replaced(used) => return Ok(Outcome::New(self.subject(*used, true)?)),
            Renewal::Failed(Failed { why, .. }) => {
                let is_over = Due::of(&used, unix_now()) == Due::Ended;
                (reason == Reason::Rejected || is_over).then_some(NotRenewed::Now(why))
            }
            Renewal::SignedOut(why) => Some(NotRenewed::Ever(why)),
            Renewal::NotDue | Renewal::Unsupported => None,
        };
        Ok(Outcome::Same(Subject { used, parties }, not_renewed))
    }

    /// The stored token, if another process replaced this one meanwhile.
    fn replaced_on_disk(&self, subject: Subject) -> Result<Outcome> {
        match TokenInUse::find(self.target, self.named) {
            Ok(now) if now.auth.token != subject.used.auth.token => {
                Ok(Outcome::New(self.subject(now, true)?))
            }
            _ => Ok(Outcome::Same(subject, None)),
        }
    }

    /// Asks the server, and then, about the token in use after that, the provider.
    fn ask(&self, subject: Subject, is_wanted: bool) -> Result<(Subject, Findings)> {
        let _quiet = Mode::quiet();
        let end = Instant::now() + verification::LIMIT;
        let (subject, server) = self.ask_server(subject, is_wanted)?;
        let left = end.saturating_duration_since(Instant::now());
        let (question, verifiers) = self.question(&subject.used, &subject.parties, is_wanted);
        let found = verification::after_server(&question, &verifiers, server, left);
        Ok((subject, found))
    }

    fn ask_server(
        &self,
        mut subject: Subject,
        is_wanted: bool,
    ) -> Result<(Subject, Option<ServerVerdict>)> {
        for _ in 0..MAX_REPLACED {
            let Subject { used, parties } = &subject;
            // The server may return a new token for a refresh token that it spent: a signal must not lose it.
            let (verdict, stored) = signals::deferred(|| -> Result<_> {
                let (question, verifiers) = self.question(used, parties, is_wanted);
                let verdict = verification::server_verdict(&question, &verifiers);
                let stored = match &verdict {
                    Some(it) => self.adopt(used, &it.verdict, &it.server, parties)?,
                    None => None,
                };
                Ok((verdict, stored))
            })?;
            match stored {
                None => return Ok((subject, verdict)),
                Some(Stored::Own(used)) => return Ok((Subject { used, ..subject }, verdict)),
                Some(Stored::Other(used)) => subject = self.subject(used, is_wanted)?,
            }
        }
        Ok((subject, None))
    }
}
