//! The device flow: a person enters a code on any device, while this one asks whether they have (RFC 8628).

use serde::Deserialize;

use super::client::Refusal;
use super::message::{self, Error, Trouble};
use super::{Client, Tokens};
use crate::failure::{Failure, FailureKind};
use crate::secret::Secret;
use crate::session::Session;

/// How often to ask where nobody says, and how much slower on each `slow_down`, in seconds.
const FIVE: u64 = 5;

/// The longest pause between two asks that trouble on the way may lead to, in seconds.
const LONGEST_BACKOFF: u64 = 60;

/// The message of RFC 8628, 3.2. `verification_uri_complete` is left alone: a person who types the code
/// compares it, and one who follows a ready-made link does not.
#[derive(Deserialize)]
struct Granted {
    device_code: Secret,
    user_code: String,
    /// Some say it as they did before there was an RFC.
    #[serde(alias = "verification_url")]
    verification_uri: String,
    expires_in: u64,
    #[serde(default)]
    interval: Option<u64>,
}

/// Signs in without a browser here.
///
/// # Errors
/// Any failure of an ask; `unsupported` where the identity provider has no such flow; `denied`; `timed_out`
/// when the code expired; `invalid_answer`.
pub fn sign_in(client: &Client, session: &mut dyn Session) -> Result<Tokens, Failure> {
    let granted = ask_for_code(client, session)?;
    let end = session.now()?.saturating_add(granted.expires_in);
    session.show_code(&granted.verification_uri, &granted.user_code, granted.expires_in)?;
    let grant = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", granted.device_code.expose()),
    ];
    let mut pace = Pace::new(granted.interval);
    loop {
        session.sleep(pace.pause())?;
        if session.now()? >= end {
            return Err(expired());
        }
        // Whatever is not a reason to ask again ends it: after a success, one more ask would make an
        // identity provider take the tokens back.
        match client.exchange(&grant, None, session) {
            Ok(tokens) => return Ok(tokens),
            Err(refusal) => pace.after(refusal)?,
        }
    }
}

fn ask_for_code(client: &Client, session: &mut dyn Session) -> Result<Granted, Failure> {
    let Some(endpoint) = client.metadata.device_authorization_endpoint.as_deref() else {
        return Err(Failure::unsupported("Signing in on another device at this identity provider"));
    };
    let answer = client.post(endpoint, &[("scope", &client.scope)], session)?;
    let granted: Granted = message::read(&answer, "device authorization")?;
    if !message::is_visible(&granted.device_code) || granted.user_code.is_empty() {
        return Err(Failure::invalid_answer("The identity provider sent no code."));
    }
    Ok(granted)
}

fn expired() -> Failure {
    Failure::new(FailureKind::TimedOut, "The code expired before anybody signed in with it.")
}

/// How long to wait between two asks.
#[derive(Debug, PartialEq, Eq)]
struct Pace {
    /// In seconds; only ever grows.
    interval: u64,
    /// How many asks in a row nobody answered.
    unanswered: u32,
}

impl Pace {
    fn new(interval: Option<u64>) -> Self {
        Self { interval: interval.unwrap_or(FIVE).max(1), unanswered: 0 }
    }

    /// In milliseconds. Twice as long after each ask that nobody answered, never shorter than the interval.
    fn pause(&self) -> u64 {
        let doubled = self.interval.saturating_mul(1 << self.unanswered.min(6));
        doubled.min(LONGEST_BACKOFF).max(self.interval).saturating_mul(1000)
    }

    /// Ok means: ask again.
    fn after(&mut self, refusal: Refusal) -> Result<(), Failure> {
        let is_trouble = match &refusal {
            Refusal::Answered(Trouble::No(_) | Trouble::Nonsense(_)) => false,
            Refusal::Answered(Trouble::Busy(_)) => true,
            Refusal::Failed(it) => {
                matches!(it.kind, FailureKind::TimedOut | FailureKind::Unreachable)
            }
        };
        self.unanswered = if is_trouble { self.unanswered + 1 } else { 0 };
        match refusal {
            _ if is_trouble => Ok(()),
            Refusal::Answered(Trouble::No(error)) => self.heed(error),
            refusal => Err(refusal.into()),
        }
    }

    fn heed(&mut self, error: Error) -> Result<(), Failure> {
        match error.error.as_str() {
            "authorization_pending" => {}
            "slow_down" => self.interval = self.interval.saturating_add(FIVE),
            "expired_token" => return Err(expired()),
            _ => return Err(Trouble::No(error).into()),
        }
        Ok(())
    }
}
