//! [`Revocation`]: what became of a token at its provider when the person signs out.

use std::time::Duration;

use mesheryctl_core::auth_file::AuthFile;
use mesheryctl_core::failure::{Failure, FailureKind};
use mesheryctl_core::provider::Action;

use super::inquiry::Inquiry;
use super::token_in_use::TokenInUse;
use crate::clock::{expiry, unix_now};
use crate::error::Result;
use crate::platform::terminal_mode::Mode;
use crate::session::silent::Silent;
use crate::storage::token_record::{Origin, TokenRecord};
use crate::text::{Message, Name};

/// For everything that the provider does.
const LIMIT: Duration = Duration::from_secs(5);

/// What became of a token at its provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revocation {
    /// The provider confirmed it.
    Revoked,
    /// The provider was asked, and did not confirm it. The reason is a sentence.
    Unconfirmed(String),
    /// The provider could not be asked. The reason is a sentence.
    Unreachable(String),
    /// The provider revokes no tokens.
    Unsupported,
    /// Nobody was asked: the token has another origin than a login here, or the person wanted it so.
    NotAsked(NotAsked),
}

/// Why nobody was asked to revoke a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAsked {
    /// The person brought the token, so others may use it.
    Brought,
    /// `--local`.
    Local,
}

impl Revocation {
    /// For scripts.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Unconfirmed(_) => "unconfirmed",
            Self::Unreachable(_) => "unreachable",
            Self::Unsupported => "unsupported",
            Self::NotAsked(_) => "not_asked",
        }
    }

    /// What a person is told about a token of this provider that ends at this time, as a sentence or more.
    pub fn sentence(&self, provider: &Name, ends_at: Option<u64>) -> String {
        let left = match ends_at {
            Some(at) if at <= unix_now() => return self.about(provider, "It has expired."),
            Some(at) => {
                let expiry = expiry(at);
                let expiry = expiry.trim().trim_end_matches('.').to_lowercase();
                format!("The token stays valid; it {expiry}.")
            }
            None => "The token stays valid until it expires or you revoke it there.".to_owned(),
        };
        self.about(provider, &left)
    }

    fn about(&self, provider: &Name, left: &str) -> String {
        match self {
            Self::Revoked => format!("The token was revoked at {provider}."),
            Self::Unconfirmed(why) => {
                format!("{provider} was asked to revoke the token, and did not confirm it: {why}")
            }
            Self::Unreachable(why) => format!("{provider} was not told: {why} {left}"),
            Self::Unsupported => format!("{provider} revokes no tokens. {left}"),
            Self::NotAsked(NotAsked::Brought) => {
                format!("{left} You brought it, so others may use it (to revoke it: --revoke).")
            }
            Self::NotAsked(NotAsked::Local) => left.to_owned(),
        }
    }
}

/// What may be revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Nothing: nobody is asked.
    Local,
    /// What a login here obtained.
    OwnLogin,
    /// Any token.
    Any,
}

impl Extent {
    /// Why nobody is to be asked about the token with this record, if so.
    pub fn unasked(self, record: Option<&TokenRecord>) -> Option<NotAsked> {
        let is_own = record.and_then(|it| it.origin).is_some_and(|it| it != Origin::Brought);
        match self {
            Self::Local => Some(NotAsked::Local),
            Self::OwnLogin if !is_own => Some(NotAsked::Brought),
            Self::OwnLogin | Self::Any => None,
        }
    }
}

impl Inquiry<'_> {
    /// Asks the provider of the stored token to revoke it.
    pub fn revoke(&self, auth: &AuthFile, record: Option<&TokenRecord>) -> Result<Revocation> {
        let used = TokenInUse::of_file(auth.clone(), record.cloned());
        let entry = self.issuer(&used, None)?.filter(|it| it.can(Action::Logout));
        let Some(entry) = entry else { return Ok(Revocation::Unsupported) };
        let _quiet = Mode::quiet();
        let mut session = Silent::new(&entry, self.terminal, self.http, LIMIT);
        let state = record.and_then(|it| it.state.clone());
        Ok(outcome(entry.logout(&auth.token, state, &mut session)))
    }
}

fn outcome(answer: std::result::Result<(), Failure>) -> Revocation {
    let Err(failure) = answer else { return Revocation::Revoked };
    let why = Message::new(&failure.message).to_string();
    match failure.kind {
        FailureKind::Unsupported => Revocation::Unsupported,
        FailureKind::Unreachable | FailureKind::TimedOut | FailureKind::Cancelled => {
            Revocation::Unreachable(why)
        }
        _ => Revocation::Unconfirmed(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_providers_own_yes_is_a_revocation() {
        let failed = |kind| Err(Failure::new(kind, "It said so."));
        for (answer, expected) in [
            (Ok(()), Revocation::Revoked),
            (failed(FailureKind::Unsupported), Revocation::Unsupported),
            (failed(FailureKind::Unreachable), Revocation::Unreachable("It said so.".into())),
            (failed(FailureKind::TimedOut), Revocation::Unreachable("It said so.".into())),
            (failed(FailureKind::InvalidAnswer), Revocation::Unconfirmed("It said so.".into())),
            (failed(FailureKind::Misconfigured), Revocation::Unconfirmed("It said so.".into())),
            (failed(FailureKind::Internal), Revocation::Unconfirmed("It said so.".into())),
        ] {
            assert_eq!(outcome(answer), expected);
        }
    }
}
