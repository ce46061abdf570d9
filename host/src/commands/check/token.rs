//! The lines about the token in use.

use super::id::Id;
use super::report::{LastVerified, Line, bad, good, note};
use crate::clock::{self, ago, unix_now};
use crate::error::Suggestion;
use crate::sign_in::remedy;
use crate::sign_in::target::Target;
use crate::sign_in::token_in_use::{Source, TokenInUse};
use crate::sign_in::verification::Verification;
use crate::text::{Label, Line as Shown, Name};

/// How far the clock of the issuer may be ahead, in seconds.
const CLOCK_LEEWAY: u64 = 60;

impl TokenInUse {
    /// The first line about a token that a server or the provider verified, now or before.
    pub fn verified(&self, account: Option<&str>, target: &Target) -> Line {
        let name = Name::new(&self.auth.provider);
        let account =
            account.map(|it| format!(" as {}", Label::new(it).delimited())).unwrap_or_default();
        let text = match self.source {
            Source::Environment => format!("Using MESHERY_TOKEN of {name}{account}"),
            Source::File => format!("Signed in to {name}{account} ({})", target.token_file()),
        };
        good(Id::Token, text)
    }

    /// The first line about a token that neither a server nor the provider verified.
    pub fn unverified(&self, target: &Target) -> Line {
        let name = Name::new(&self.auth.provider);
        let text = match self.source {
            Source::Environment => format!("Using MESHERY_TOKEN of {name}, which is not verified"),
            Source::File => {
                format!("The token of {name} is not verified ({})", target.token_file())
            }
        };
        note(Id::Token, text)
    }

    /// The line about a token that has expired.
    pub fn expired(&self, can_renew: bool, target: &Target) -> Line {
        let ago = self.ends_at().map(ago).unwrap_or_default();
        match self.source {
            Source::Environment => {
                bad(Id::Token, format!("MESHERY_TOKEN expired {ago}")).with(remedy::variable())
            }
            Source::File => {
                let text = format!("Token expired {ago} ({})", target.token_file());
                bad(Id::Token, text).with(match can_renew {
                    true => remedy::renew(),
                    false => remedy::sign_in(),
                })
            }
        }
    }

    /// The line about a token that is valid only in the future. Only a wrong clock explains it, here or at the issuer.
    pub fn early(&self, accepted: bool) -> Option<Line> {
        let from = self.auth.token.claims().valid_from?;
        let ahead = from.checked_sub(unix_now()).filter(|it| *it > CLOCK_LEEWAY)?;
        let text = format!(
            "The token is valid only in {}, by the clock of this computer",
            clock::in_large_unit(ahead)
        );
        let line = if accepted { note(Id::Clock, text) } else { bad(Id::Clock, text) };
        Some(line.with(Suggestion::new("Check the clock", "date -u")))
    }

    /// The line about the expiry of a token that is used; a token may be accepted although it has `ended`. If it cannot be
    /// renewed, the next sign-in is named a day before.
    pub fn expiry(&self, ended: bool, can_renew: bool) -> Option<Line> {
        let at = self.ends_at()?;
        let text = clock::expiry(at).trim().trim_end_matches('.').to_owned();
        // A server would refresh it.
        let is_refreshed = self.auth.token.claims().refreshable;
        match (ended, is_refreshed) {
            (true, _) => {
                let text = format!("{text} by the clock of this computer, and is accepted");
                Some(note(Id::Expiry, text))
            }
            (false, true) => None,
            (false, false) if self.ends_within_a_day() && !can_renew => {
                Some(note(Id::Expiry, text).with(match self.source {
                    Source::Environment => remedy::variable(),
                    Source::File => remedy::sign_in(),
                }))
            }
            (false, false) => Some(good(Id::Expiry, text)),
        }
    }

    /// The account, if the server or the provider verified the token.
    pub fn account(&self, verification: &Verification) -> Option<String> {
        match verification {
            Verification::Accepted { account: Some(account), .. } => Some(account.clone()),
            Verification::Accepted { account: None, .. } => self.claimed_account(),
            _ => self.claimed_account().filter(|_| self.was_verified()),
        }
    }

    /// The last verification that is recorded.
    pub fn last_verified(&self) -> Option<LastVerified> {
        let record = self.record.as_ref()?;
        Some(LastVerified { at: record.verified_at?, by: record.verified_by.clone()? })
    }

    /// The line about the last verification.
    pub fn last_verified_line(&self) -> Option<Line> {
        let (record, LastVerified { at, by }) = (self.record.as_ref()?, self.last_verified()?);
        let by = match by == record.provider_id {
            true => Name::new(&self.auth.provider).to_string(),
            false => Shown::new(&by).to_string(),
        };
        Some(note(Id::Verified, format!("Last verified {} by {by}", ago(at))))
    }
}
