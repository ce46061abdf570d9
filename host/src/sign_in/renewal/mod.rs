//! [`Renewal`]: a new token in place of the one in use, once for any number of processes.

pub mod due;
mod rescue;

use std::time::Duration;

use mesheryctl_core::failure::{Failure, FailureKind};
use mesheryctl_core::provider::{Action, SignIn};

use self::due::Due;
use super::failure::code as failure_code;
use super::inquiry::{Inquiry, Parties};
use super::token_in_use::{Source, TokenInUse};
use super::verification::Findings;
use crate::clock::unix_now;
use crate::error::{Code, Error, Result};
use crate::net::meshery_server::{Server, Verdict};
use crate::process::signals;
use crate::providers::entry::ReadyEntry;
use crate::session::silent::Silent;
use crate::storage::held_token::{HeldToken, Replaced};
use crate::storage::token_record::{Next, TokenRecord};
use crate::text::Message;

/// For the server, which may renew the token itself.
const SERVER_LIMIT: Duration = Duration::from_secs(2);
/// For the provider.
const PROVIDER_LIMIT: Duration = Duration::from_secs(5);
/// After a renewal that failed, no other is tried for so long, in seconds.
const PAUSE: u64 = 60;
/// The longest pause that a provider can ask for, in seconds.
const LONGEST_PAUSE: u64 = 3600;

/// Why a token is to be renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Its end is near.
    Due,
    /// Somebody did not accept it.
    Rejected,
    /// The person wants it.
    Wanted,
}

/// The result of a renewal.
pub enum Renewal {
    NotDue,
    /// The token that is stored now. This process renewed it, or another.
    Renewed(Box<TokenInUse>),
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

/// A token that somebody issued in place of the one in use.
struct Issued {
    sign_in: SignIn,
    /// The provider's name as it is saved.
    provider: String,
    /// The endpoint of the server that verified it, if a server issued it.
    by_server: Option<String>,
}

impl Inquiry<'_> {
    /// Asks about the token, which is renewed before if it is due, and once more if it was rejected. Returns the token in
    /// use then, what was found out, and why it could not be renewed.
    pub fn verify_renewed(
        &self,
        used: TokenInUse,
    ) -> Result<(TokenInUse, Findings, Option<String>)> {
        let (mut used, mut failed) = (used, None);
        let mut is_renewed = false;
        match self.renew(&used, Reason::Due)? {
            Renewal::Renewed(renewed) => (used, is_renewed) = (*renewed, true),
            Renewal::Failed(why) if Due::of(&used, unix_now()) == Due::Ended => {
                failed = Some(why.why);
            }
            Renewal::SignedOut(why) => failed = Some(why),
            Renewal::NotDue | Renewal::Failed(_) | Renewal::Unsupported => {}
        }
        let found = self.verify(&used, true)?;
        if !found.is_rejected() || failed.is_some() {
            return Ok((used, found, failed));
        }
        let renewed = match is_renewed {
            true => self.renewed_by_another(&used),
            false => self.renew(&used, Reason::Rejected)?,
        };
        match renewed {
            Renewal::Renewed(used) => {
                let found = self.verify(&used, true)?;
                Ok((*used, found, None))
            }
            Renewal::Failed(Failed { why, .. }) | Renewal::SignedOut(why) => {
                Ok((used, found, Some(why)))
            }
            Renewal::NotDue | Renewal::Unsupported => Ok((used, found, None)),
        }
    }

    /// The stored token, if another process replaced this one meanwhile. Its provider may accept the newest one alone.
    fn renewed_by_another(&self, used: &TokenInUse) -> Renewal {
        match TokenInUse::find(self.target, self.named) {
            Ok(now) if now.auth.token != used.auth.token => Renewal::Renewed(Box::new(now)),
            _ => Renewal::NotDue,
        }
    }

    /// Renews the token in use. One process does so, and those that wait for it use its result.
    ///
    /// # Errors
    /// A signal; and if the renewed token could not be saved, which says where it is.
    pub fn renew(&self, used: &TokenInUse, reason: Reason) -> Result<Renewal> {
        // A file that `--token` names is only read.
        let is_stored = used.source == Source::File && !self.named;
        let is_renewable = is_stored && !used.auth.token.is_empty();
        let due = Due::of(used, unix_now());
        match reason {
            _ if !is_renewable => return Ok(Renewal::Unsupported),
            Reason::Due if due == Due::NotYet => return Ok(Renewal::NotDue),
            _ => {}
        }
        let parties = self.parties(used, true)?;
        let server = self.server.as_ref().filter(|_| parties.receives_server());
        let renews = |it: &&ReadyEntry| it.can(Action::Refresh);
        let provider = parties.provider.as_ref().filter(renews);
        if server.is_none() && provider.is_none() {
            return Ok(Renewal::Unsupported);
        }
        let held = match self.target.store.hold() {
            Ok(Some(held)) => held,
            Ok(None) => return Ok(Renewal::SignedOut("Another process signed out.".to_owned())),
            Err(error) => return stored_failed(error),
        };
        if held.auth.token != used.auth.token {
            return Ok(Renewal::Renewed(Box::new(TokenInUse::of_held(&held))));
        }
        let is_postponed = held.record.as_ref().and_then(|it| it.retry_at) > Some(unix_now());
        if is_postponed && reason == Reason::Due && due == Due::Soon {
            return Ok(Renewal::NotDue);
        }
        let reserved = match held.reserve() {
            Ok(reserved) => reserved,
            Err(error) => return stored_failed(error),
        };
        let mut retry_after = 0;
        let issued = self.obtain(&held, server, provider, &parties, &mut retry_after);
        if let Some(signal) = signals::pending() {
            // A token that was issued must not be lost.
            if issued.is_err() {
                return Err(signals::error(signal));
            }
        }
        match issued {
            Ok(issued) => {
                let next = issued.next(&held, provider);
                let used = TokenInUse::of_next(&next);
                match held.replace(next, reserved) {
                    Ok(Replaced::Done) => Ok(Renewal::Renewed(Box::new(used))),
                    Ok(Replaced::Overtaken) => TokenInUse::find(self.target, self.named)
                        .map(|it| Renewal::Renewed(Box::new(it))),
                    Err(error) => Err(rescue::rescued(&used, self.target, &error)),
                }
            }
            Err(failure) => Ok(self.after_failure(&failure, held, provider, retry_after)),
        }
    }

    /// Asks the server first, so that two computers do not spend one refresh token; then the provider.
    fn obtain(
        &self,
        held: &HeldToken<'_>,
        server: Option<&Server<'_>>,
        provider: Option<&ReadyEntry>,
        parties: &Parties,
        retry_after: &mut u64,
    ) -> std::result::Result<Issued, Failure> {
        if let Some((server, url)) = server.zip(parties.url.as_ref()) {
            let (_, verdict) = server.check(url, &held.auth.token, SERVER_LIMIT);
            if let Verdict::Accepted(file) = verdict
                && file.token != held.auth.token
            {
                let by_server = Some(server.name().to_string());
                let provider = file.provider;
                let sign_in = SignIn::from_claims(file.token);
                if let Ok(issued) = (Issued { sign_in, provider, by_server }).checked(held) {
                    return Ok(issued);
                }
            }
        }
        let Some(entry) = provider else { return Err(Failure::unsupported("Renewing this token")) };
        let mut session = Silent::new(entry, self.terminal, self.http, PROVIDER_LIMIT);
        let state = held.record.as_ref().and_then(|it| it.state.clone());
        let renewed = entry.refresh(&held.auth.token, state, &mut session);
        *retry_after = session.retry_after();
        let provider = held.auth.provider.clone();
        Issued { sign_in: renewed?, provider, by_server: None }.checked(held)
    }

    fn after_failure(
        &self,
        failure: &Failure,
        held: HeldToken<'_>,
        provider: Option<&ReadyEntry>,
        retry_after: u64,
    ) -> Renewal {
        let why = Message::new(&failure.message).to_string();
        match failure.kind {
            FailureKind::Unsupported => Renewal::Unsupported,
            FailureKind::Rejected | FailureKind::Denied => match self.target.store.read_token() {
                // A program that takes no lock has stored another token.
                Some(auth) if auth.token != held.auth.token => {
                    Renewal::Renewed(Box::new(TokenInUse::stored(auth, self.target)))
                }
                _ => Renewal::SignedOut(why),
            },
            kind => {
                let pause = retry_after.clamp(PAUSE, LONGEST_PAUSE);
                held.postpone(unix_now() + pause, provider.map_or("", |it| it.id()));
                let code = match kind {
                    // Nobody is waited for but the provider.
                    FailureKind::TimedOut => Code::Unreachable,
                    kind => failure_code(kind),
                };
                Renewal::Failed(Failed { code, why })
            }
        }
    }
}

impl Issued {
    /// Refuses a token of another account, the old token, and an older one.
    fn checked(self, held: &HeldToken<'_>) -> std::result::Result<Self, Failure> {
        let before = held.record.as_ref().and_then(|it| it.account.as_ref());
        let differs = before.zip(self.sign_in.account.as_ref()).is_some_and(|(a, b)| a != b);
        if differs || self.sign_in.token.is_of_account_of(&held.auth.token) == Some(false) {
            let message = "The renewed token is of another account, and was not used.";
            return Err(Failure::invalid_answer(message));
        }
        let [old, new] = [&held.auth.token, &self.sign_in.token];
        let valid_from = old.claims().valid_from.zip(new.claims().valid_from);
        // A provider may replace its refresh token alone.
        let old_state = held.record.as_ref().and_then(|it| it.state.as_ref());
        let new_state = self.sign_in.stored_state.as_ref().filter(|it| Some(*it) != old_state);
        let is_same = old == new && new_state.is_none();
        if is_same || valid_from.is_some_and(|(old, new)| new < old) {
            let message = "No new token was issued, but the old one or an older one.";
            return Err(Failure::invalid_answer(message));
        }
        Ok(self)
    }

    /// What is stored: what the renewal states, else what was recorded before.
    fn next(self, held: &HeldToken<'_>, provider: Option<&ReadyEntry>) -> Next {
        let now = unix_now();
        let Self { sign_in, provider: name, by_server } = self;
        let id = provider.map_or(name.as_str(), |it| it.id());
        let unknown = TokenRecord::of(id, &SignIn::from_claims(held.auth.token.clone()));
        let old = held.record.clone().unwrap_or(unknown);
        let plugin = provider.and_then(|it| it.plugin_sha256.clone());
        let plugin = plugin.or_else(|| old.plugin_sha256.clone());
        let record = TokenRecord::of(&old.provider_id, &sign_in).in_place_of(old).by_plugin(plugin);
        let record = match by_server {
            Some(server) => record.verified(now, &server),
            None => record.received(now, &sign_in.token),
        };
        Next { provider: name, token: sign_in.token, record }
    }
}

/// A file that cannot be locked or written leaves the token as it is; a signal ends the command.
fn stored_failed(error: Error) -> Result<Renewal> {
    match signals::pending() {
        Some(_) => Err(error),
        None => Ok(Renewal::Failed(Failed { code: error.code, why: error.message().to_owned() })),
    }
}
