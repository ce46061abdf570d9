//! When a token is renewed: in the last quarter of its life, and at most five minutes before its end.

use sha2::{Digest, Sha256};

use crate::sign_in::token_in_use::TokenInUse;

/// The longest time before the end, in seconds.
const LONGEST: u64 = 300;
/// That time for a token whose life is not known.
const UNKNOWN: u64 = 60;
/// So long before its end a token counts as ended: a request takes time.
const LEEWAY: u64 = 10;

/// Whether a token is to be renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    NotYet,
    /// It is still valid, so a renewal that fails changes nothing.
    Soon,
    Ended,
}

impl Due {
    /// Whether the token in use is to be renewed, at this time in seconds since 1970.
    pub fn of(used: &TokenInUse, now: u64) -> Self {
        let claims = used.auth.token.claims();
        let received = used.record.as_ref().and_then(|it| it.received_at).or(claims.valid_from);
        // Computers that signed in at the same moment do not renew at the same moment.
        let spread = Sha256::digest(used.auth.token.expose())[0];
        Self::at(used.ends_at(), received, spread, now)
    }

    fn at(ends_at: Option<u64>, received_at: Option<u64>, spread: u8, now: u64) -> Self {
        let Some(end) = ends_at else { return Self::NotYet };
        let life = received_at.and_then(|it| end.checked_sub(it)).filter(|it| *it > 0);
        let before = life.map_or(UNKNOWN, |it| it / 4).min(LONGEST);
        let before = before - before * u64::from(u8::MAX - spread) / 510;
        let left = end.saturating_sub(now);
        if left <= LEEWAY.min(before / 2) {
            Self::Ended
        } else if left <= before {
            Self::Soon
        } else {
            Self::NotYet
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Due::{Ended, NotYet, Soon};

    #[test]
    fn a_token_is_renewed_in_the_last_quarter_of_its_life_and_at_most_five_minutes_before_its_end()
    {
        for (life, spread, soon, ended) in [
            (Some(60), 255, 15, 7),
            (Some(60), 0, 8, 4),
            (Some(3600), 255, 300, 10),
            (Some(3600), 0, 150, 10),
            (Some(86_400), 128, 226, 10),
            (None, 255, 60, 10),
            (Some(4), 255, 1, 0),
        ] {
            let end = 1_000_000;
            let at = |left: u64| Due::at(Some(end), life.map(|it| end - it), spread, end - left);
            let name = format!("{life:?} {spread}");
            assert_eq!((at(soon + 1), at(soon)), (NotYet, Soon), "{name}");
            assert_eq!((at(ended + 1), at(ended)), (Soon, Ended), "{name}");
        }
    }

    #[test]
    fn a_token_without_a_known_end_is_never_due_and_one_whose_end_has_passed_has_ended() {
        assert_eq!(Due::at(None, Some(1), 0, 100), NotYet);
        assert_eq!(Due::at(Some(50), Some(1), 0, 100), Ended);
        // A clock that was changed since.
        assert_eq!(Due::at(Some(1000), Some(2000), 255, 100), NotYet);
    }
}
