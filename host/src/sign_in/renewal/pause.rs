//! The pause between a renewal that failed and the next attempt.

use crate::clock::{in_large_unit, unix_now};
use crate::storage::held_token::HeldToken;

/// After a renewal that failed, no other is tried for so long, in seconds; less if the token ends earlier.
const PAUSE: u64 = 60;
const SHORTEST_PAUSE: u64 = 2;
/// The longest pause that a provider can ask for, in seconds.
const LONGEST_PAUSE: u64 = 3600;

/// How long the next attempt is postponed, in words, after one that failed.
pub fn postponed(held: &HeldToken<'_>) -> Option<String> {
    let left = held.record.as_ref()?.retry_at?.checked_sub(unix_now())?;
    // A longer one was not recorded by this program, or the clock was changed.
    (1..=LONGEST_PAUSE).contains(&left).then(|| in_large_unit(left))
}

/// For how many seconds the next attempt is postponed after one that failed now: as the provider asked, and otherwise so that
/// a token that is still valid is tried again before its end.
pub fn pause(ends_at: Option<u64>, retry_after: u64, now: u64) -> u64 {
    let left = ends_at.map_or(2 * PAUSE, |it| it.saturating_sub(now));
    (left / 2).clamp(SHORTEST_PAUSE, PAUSE).max(retry_after.min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_after_a_failed_renewal_is_as_asked_or_ends_before_the_token() {
        let now = 1_000_000;
        for (ends_at, retry_after, expected) in [
            (None, 0, 60),
            (Some(now + 300), 0, 60),
            (Some(now + 16), 0, 8),
            (Some(now + 3), 0, 2),
            (Some(now - 50), 0, 2),
            (Some(now + 16), 1, 8),
            (Some(now + 16), 120, 120),
            (None, 90, 90),
            (None, 1_000_000, 3600),
        ] {
            assert_eq!(pause(ends_at, retry_after, now), expected, "{ends_at:?} {retry_after}");
        }
    }
}
