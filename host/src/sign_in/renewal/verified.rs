//! [`Verified`]: the verdicts on a token that was renewed if that was necessary.

use super::due::Due;
use super::{Failed, Reason, Renewal};
use crate::clock::unix_now;
use crate::error::Result;
use crate::sign_in::inquiry::{Inquiry, Parties};
use crate::sign_in::token_in_use::TokenInUse;
use crate::sign_in::verification::Findings;

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

impl Inquiry<'_> {
    /// Asks about the token, which is renewed before if it is due, and once if it is rejected.
    ///
    /// # Errors
    /// As [`Inquiry::renew`].
    pub fn verify_renewed(&self, used: TokenInUse) -> Result<Verified> {
        let known = self.parties(&used, true)?;
        let mut not_renewed = None;
        let renewed = match self.renew_with(&used, &known, Reason::Due)? {
            Renewal::Renewed(renewed) => Some(*renewed),
            Renewal::Failed(Failed { why, .. }) => {
                let is_over = Due::of(&used, unix_now()) == Due::Ended;
                not_renewed = is_over.then_some(NotRenewed::Now(why));
                None
            }
            Renewal::SignedOut(why) => {
                not_renewed = Some(NotRenewed::Ever(why));
                None
            }
            Renewal::NotDue | Renewal::Unsupported => None,
        };
        let is_renewed = renewed.is_some();
        let (used, known) = self.after(used, renewed, known)?;
        let (used, found) = self.verify_with(used, &known, true)?;
        if not_renewed.is_some() || !found.asks_for_renewal() {
            return Ok(Verified { used, found, not_renewed });
        }
        let renewal = match is_renewed {
            true => self.renewed_by_another(&used),
            false => self.renew_with(&used, &known, Reason::Rejected)?,
        };
        let not_renewed = match renewal {
            Renewal::Renewed(renewed) => {
                let (used, known) = self.after(used, Some(*renewed), known)?;
                let (used, found) = self.verify_with(used, &known, true)?;
                return Ok(Verified { used, found, not_renewed: None });
            }
            Renewal::Failed(Failed { why, .. }) => Some(NotRenewed::Now(why)),
            Renewal::SignedOut(why) => Some(NotRenewed::Ever(why)),
            Renewal::NotDue | Renewal::Unsupported => None,
        };
        Ok(Verified { used, found, not_renewed })
    }

    /// The token in use after a renewal, and who may receive it: the same as before, unless another login came first.
    fn after(
        &self,
        used: TokenInUse,
        renewed: Option<TokenInUse>,
        known: Parties,
    ) -> Result<(TokenInUse, Parties)> {
        match renewed {
            None => Ok((used, known)),
            Some(now) if now.is_of_login_of(&used) => Ok((now, known)),
            Some(now) => {
                let parties = self.parties(&now, true)?;
                Ok((now, parties))
            }
        }
    }

    /// The stored token, if another process replaced this one meanwhile. Its provider may accept the newest one alone.
    fn renewed_by_another(&self, used: &TokenInUse) -> Renewal {
        match TokenInUse::find(self.target, self.named) {
            Ok(now) if now.auth.token != used.auth.token => Renewal::Renewed(Box::new(now)),
            _ => Renewal::NotDue,
        }
    }
}
