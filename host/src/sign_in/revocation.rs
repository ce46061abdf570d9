//! [`Revocation`]: what became of a token at its provider when the person signs out.

use std::fmt;
use std::time::Duration;

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
/// For each request: what is asked before the request that revokes the token must not keep it from being sent.
const REQUEST_LIMIT: Duration = Duration::from_secs(2);

/// What became of a token at its provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revocation {
    /// The provider confirmed it.
    Revoked,
    /// The provider was asked, and did not confirm it. The reason is a sentence.
    Unconfirmed(String),
    /// No request to revoke it can have arrived at the provider. The reason is a sentence.
    Unreachable(String),
    /// The provider revokes no tokens.
    Unsupported,
    /// The provider cannot act on this computer, so it is not known whether it revokes tokens.
    Unavailable,
    /// It was not asked: the token has another origin than a login here, or the person wanted it so.
    NotAsked(NotAsked),
}

/// Why the provider was not asked to revoke a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAsked {
    /// The person brought the token, so others may use it.
    Brought,
    /// Another program stored the token.
    Unknown,
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
            Self::Unavailable => "unavailable",
            Self::NotAsked(_) => "not_asked",
        }
    }

    /// What a person is told about a token of this provider, as a sentence or more. `left` is what is true of the token
    /// unless it was revoked.
    pub fn sentence(&self, provider: &Name, left: &Left) -> String {
        let others = "so others may use it (to revoke it: --revoke).";
        match self {
            Self::Revoked => format!("The token was revoked at {provider}."),
            Self::Unconfirmed(why) => {
                format!("{provider} was asked to revoke the token, and did not confirm it: {why}")
            }
            Self::Unreachable(why) => format!("{provider} was not told: {why} {left}"),
            Self::Unsupported => format!("{provider} revokes no tokens. {left}"),
            Self::Unavailable => format!(
                "{provider} cannot be asked here to revoke the token: it is not installed, not \
                 trusted or not set up. {left}"
            ),
            Self::NotAsked(NotAsked::Brought) if *left != Left::Nothing => {
                format!("{left} You brought it, {others}")
            }
            Self::NotAsked(NotAsked::Unknown) if *left != Left::Nothing => {
                format!("{left} This program did not obtain it, {others}")
            }
            Self::NotAsked(_) => left.to_string(),
        }
    }
}

/// What is left of a token that is not revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// It is valid until its end, in seconds since 1970, if that is known.
    Token(Option<u64>),
    /// It has expired, and may be renewed.
    RefreshToken,
    /// It has expired.
    Nothing,
}

impl Left {
    pub fn of(used: &TokenInUse) -> Self {
        match used.ends_at() {
            Some(at) if at > unix_now() => Self::Token(Some(at)),
            None => Self::Token(None),
            Some(_) if used.may_be_renewed() => Self::RefreshToken,
            Some(_) => Self::Nothing,
        }
    }
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(Some(at)) => {
                let expiry = expiry(*at);
                let expiry = expiry.trim().trim_end_matches('.').to_lowercase();
                write!(f, "The token stays valid; it {expiry}.")
            }
            Self::Token(None) => {
                f.write_str("The token stays valid until it expires or you revoke it there.")
            }
            Self::RefreshToken => {
                f.write_str("The access token has expired; its refresh token may still be valid.")
            }
            Self::Nothing => f.write_str("The token has expired."),
        }
    }
}

/// What may be revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Nothing: the provider is not asked.
    Local,
    /// What a login here obtained.
    OwnLogin,
    /// Any token.
    Any,
}

impl Extent {
    /// Why the provider is not to be asked about the token with this record, if so.
    pub fn unasked(self, record: Option<&TokenRecord>) -> Option<NotAsked> {
        let origin = record.and_then(|it| it.origin);
        match (self, origin) {
            (Self::Local, _) => Some(NotAsked::Local),
            (Self::OwnLogin, None) => Some(NotAsked::Unknown),
            (Self::OwnLogin, Some(Origin::Brought)) => Some(NotAsked::Brought),
            (Self::OwnLogin, Some(Origin::Login | Origin::Identity)) | (Self::Any, _) => None,
        }
    }
}

impl Inquiry<'_> {
    /// Asks the provider of a stored token to revoke it.
    pub fn revoke(&self, used: &TokenInUse) -> Result<Revocation> {
        let record = used.record.as_ref();
        let Some(entry) = self.issuer(used, None)? else { return Ok(Revocation::Unavailable) };
        if !entry.can(Action::Logout) {
            return Ok(Revocation::Unsupported);
        }
        let _quiet = Mode::quiet();
        let session = Silent::new(&entry, self.terminal, self.http, LIMIT);
        let mut session = session.with_each_within(REQUEST_LIMIT);
        let state = record.and_then(|it| it.state.clone());
        let answer = entry.logout(&used.auth.token, state, &mut session);
        Ok(outcome(answer, session.has_asked()))
    }
}

/// `was_asked`: whether the provider may have received the request to revoke the token.
fn outcome(answer: std::result::Result<(), Failure>, was_asked: bool) -> Revocation {
    let Err(failure) = answer else { return Revocation::Revoked };
    let why = Message::new(&failure.message).to_string();
    match failure.kind {
        FailureKind::Unsupported => Revocation::Unsupported,
        _ if was_asked => Revocation::Unconfirmed(why),
        _ => Revocation::Unreachable(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_providers_own_yes_is_a_revocation_and_only_an_unsent_request_is_untold() {
        let why = || "It said so.".to_owned();
        assert_eq!(outcome(Ok(()), true), Revocation::Revoked);
        assert_eq!(outcome(Ok(()), false), Revocation::Revoked);
        let unsupported = Failure::new(FailureKind::Unsupported, why());
        assert_eq!(outcome(Err(unsupported), true), Revocation::Unsupported);
        for kind in [
            FailureKind::Unreachable,
            FailureKind::TimedOut,
            FailureKind::InvalidAnswer,
            FailureKind::Misconfigured,
            FailureKind::Internal,
        ] {
            let failure = || Err(Failure::new(kind, why()));
            assert_eq!(outcome(failure(), true), Revocation::Unconfirmed(why()), "{kind:?}");
            assert_eq!(outcome(failure(), false), Revocation::Unreachable(why()), "{kind:?}");
        }
    }
}
