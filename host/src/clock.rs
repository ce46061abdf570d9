//! The clock: the current time, and the formatting of times and durations.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::{SignedDuration, Timestamp};

/// Seconds since 1970 in UTC.
pub fn unix_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs())
}

/// A duration in words: `5 minutes`, `90 seconds`, `1 hour`.
pub fn in_words(time: Duration) -> String {
    let seconds = time.as_secs();
    let (count, unit) = match seconds {
        it if it % 3600 == 0 => (it / 3600, "hour"),
        it if it % 60 == 0 => (it / 60, "minute"),
        it => (it, "second"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// A time for scripts; `None` if it is out of range.
pub fn rfc3339(at: u64) -> Option<String> {
    Timestamp::from_second(at.try_into().ok()?).ok().map(|it| it.to_string())
}

/// A sentence after a space, such as ` Expires in 30 days.`, in days if there are at least two, else in
/// hours if at least two, else in minutes.
pub fn expiry(at: u64) -> String {
    let now = unix_now();
    let (lead, distance) =
        if at > now { ("Expires in", at - now) } else { ("Token expired", now - at) };
    let distance =
        SignedDuration::try_from(Duration::from_secs(distance)).unwrap_or(SignedDuration::MAX);
    let (count, unit) = match (distance.as_hours() / 24, distance.as_hours(), distance.as_mins()) {
        (days @ 2.., _, _) => (days, "day"),
        (_, hours @ 2.., _) => (hours, "hour"),
        (_, _, minutes) => (minutes, "minute"),
    };
    let plural = if count == 1 { "" } else { "s" };
    let ago = if at > now { "" } else { " ago" };
    format!(" {lead} {count} {unit}{plural}{ago}.")
}
