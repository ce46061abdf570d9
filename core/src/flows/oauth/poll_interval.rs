//! [`PollInterval`]: how long the device flow waits between two requests (RFC 8628, section 3.5).

use super::client::GrantError;
use super::rejection::ErrorResponse;
use super::response::EndpointError;
use crate::failure::{Failure, FailureKind};

/// The interval if the identity provider states none, and what each `slow_down` adds to it, in seconds.
const DEFAULT_INTERVAL: u64 = 5;

/// The longest pause that failed requests lead to, in seconds.
const MAX_BACKOFF: u64 = 60;

/// The pause between two requests to the token endpoint.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PollInterval {
    /// In seconds; it never shrinks.
    interval: u64,
    /// The number of requests in a row that failed on the way or found the endpoint unavailable.
    failed: u32,
}

impl PollInterval {
    /// `interval` is what the identity provider stated, in seconds.
    pub fn new(interval: Option<u64>) -> Self {
        Self { interval: interval.unwrap_or(DEFAULT_INTERVAL).max(1), failed: 0 }
    }

    /// The pause before the next request, in milliseconds. It doubles with each failed request in a row up to
    /// [`MAX_BACKOFF`], and is never shorter than the interval.
    pub fn pause(&self) -> u64 {
        let doubled = self.interval.saturating_mul(1 << self.failed.min(6));
        doubled.min(MAX_BACKOFF).max(self.interval).saturating_mul(1000)
    }

    /// Adapts the pause to the outcome of a request. `Ok` means that another request may succeed.
    ///
    /// # Errors
    /// The failure with which the sign-in ends.
    pub fn update(&mut self, error: GrantError) -> Result<(), Failure> {
        let is_temporary = match &error {
            GrantError::Endpoint(EndpointError::Unavailable(_)) => true,
            GrantError::Endpoint(_) | GrantError::Clock(_) => false,
            GrantError::Failure(failure) => {
                matches!(failure.kind, FailureKind::TimedOut | FailureKind::Unreachable)
            }
        };
        self.failed = if is_temporary { self.failed + 1 } else { 0 };
        match error {
            _ if is_temporary => Ok(()),
            GrantError::Endpoint(EndpointError::Rejected(response)) => self.apply(response),
            error => Err(error.into()),
        }
    }

    fn apply(&mut self, response: ErrorResponse) -> Result<(), Failure> {
        match response.error.as_str() {
            "authorization_pending" => {}
            "slow_down" => self.interval = self.interval.saturating_add(DEFAULT_INTERVAL),
            "expired_token" => return Err(expired()),
            _ => return Err(EndpointError::Rejected(response).into()),
        }
        Ok(())
    }
}

/// The failure of a code that was not entered in time.
pub(super) fn expired() -> Failure {
    Failure::timed_out("The code expired before it was used to sign in.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected(error: &str) -> GrantError {
        let error = error.to_owned();
        GrantError::Endpoint(EndpointError::Rejected(ErrorResponse {
            error,
            error_description: None,
        }))
    }

    fn failed(kind: FailureKind) -> GrantError {
        GrantError::Failure(Failure::new(kind, "failed"))
    }

    #[test]
    fn the_interval_is_the_stated_one_and_at_least_a_second() {
        for (stated, pause) in
            [(None, 5000), (Some(0), 1000), (Some(7), 7000), (Some(u64::MAX), u64::MAX)]
        {
            assert_eq!(PollInterval::new(stated).pause(), pause, "{stated:?}");
        }
    }

    #[test]
    fn the_pause_doubles_with_each_failed_request_up_to_a_limit() {
        for (interval, pauses) in [
            (1, [1, 2, 4, 8, 16, 32, 60, 60]),
            (5, [5, 10, 20, 40, 60, 60, 60, 60]),
            (100, [100; 8]),
        ] {
            let mut interval = PollInterval::new(Some(interval));
            for pause in pauses {
                assert_eq!(interval.pause(), pause * 1000);
                assert_eq!(interval.update(failed(FailureKind::TimedOut)), Ok(()));
            }
        }
    }

    #[test]
    fn an_answer_ends_the_back_off_and_slow_down_adds_five_seconds_for_good() {
        let mut interval = PollInterval::new(Some(1));
        let unavailable = || GrantError::Endpoint(EndpointError::Unavailable("u".into()));
        for (error, pause) in [
            (failed(FailureKind::Unreachable), 2),
            (unavailable(), 4),
            (rejected("authorization_pending"), 1),
            (rejected("slow_down"), 6),
            (unavailable(), 12),
            (rejected("slow_down"), 11),
            (rejected("authorization_pending"), 11),
        ] {
            let described = format!("{error:?}");
            assert_eq!(interval.update(error), Ok(()), "{described}");
            assert_eq!(interval.pause(), pause * 1000, "{described}");
        }
        let mut longest = PollInterval::new(Some(u64::MAX));
        assert_eq!(longest.update(rejected("slow_down")), Ok(()));
        assert_eq!(longest.pause(), u64::MAX);
    }

    #[test]
    fn every_other_outcome_ends_the_sign_in() {
        let grant = "The identity provider rejected the sign-in: invalid_grant.";
        let expired = "The code expired before it was used to sign in.";
        for (error, failure) in [
            (rejected("access_denied"), Failure::denied("Sign-in was denied.")),
            (rejected("invalid_grant"), Failure::rejected(grant)),
            (rejected("expired_token"), Failure::new(FailureKind::TimedOut, expired)),
            (
                GrantError::Endpoint(EndpointError::Invalid("i".into())),
                Failure::invalid_answer("i"),
            ),
            (failed(FailureKind::Cancelled), Failure::new(FailureKind::Cancelled, "failed")),
            // The code is exchanged already.
            (
                GrantError::Clock(Failure::timed_out("late")),
                Failure::new(FailureKind::TimedOut, "late"),
            ),
            (failed(FailureKind::Refused), Failure::new(FailureKind::Refused, "failed")),
            (failed(FailureKind::InvalidAnswer), Failure::invalid_answer("failed")),
        ] {
            assert_eq!(PollInterval::new(None).update(error), Err(failure));
        }
    }
}
