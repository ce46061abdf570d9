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
        0 => (0, "second"),
        it if it % 3600 == 0 => (it / 3600, "hour"),
        it if it % 60 == 0 => (it / 60, "minute"),
        it => (it, "second"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// A duration in words, rounded to minutes from two minutes on: `40 seconds`, `5 minutes`.
pub fn rounded(time: Duration) -> String {
    let seconds = time.as_millis().div_ceil(1000) as u64;
    let seconds = if seconds < 120 { seconds } else { (seconds + 30) / 60 * 60 };
    in_words(Duration::from_secs(seconds))
}

/// A time for scripts; `None` if it is out of range.
pub fn rfc3339(at: u64) -> Option<String> {
    Timestamp::from_second(at.try_into().ok()?).ok().map(|it| it.to_string())
}

/// A date of an HTTP header, such as `Sun, 06 Nov 1994 08:49:37 GMT`, in seconds since 1970.
pub fn http_date(text: &str) -> Option<u64> {
    let at = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    at.as_second().try_into().ok()
}

/// A sentence after a space, such as ` Expires in 30 days.`, in days if there are at least two, else in
/// hours if at least two, else in minutes.
pub fn expiry(at: u64) -> String {
    expiry_at(at, unix_now())
}

fn expiry_at(at: u64, now: u64) -> String {
    let (lead, distance) =
        if at > now { ("Expires in", at - now) } else { ("Token expired", now - at) };
    let ago = if at > now { "" } else { " ago" };
    format!(" {lead} {}{ago}.", in_large_unit(distance))
}

/// A time before now, such as `30 seconds ago`.
pub fn ago(at: u64) -> String {
    format!("{} ago", in_large_unit(unix_now().saturating_sub(at)))
}

/// In the largest unit of which there are two, at least in seconds.
pub fn in_large_unit(seconds: u64) -> String {
    let duration = Duration::from_secs(seconds);
    let duration = SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
    let (count, unit) = match (duration.as_hours() / 24, duration.as_hours(), duration.as_mins()) {
        (days @ 2.., _, _) => (days, "day"),
        (_, hours @ 2.., _) => (hours, "hour"),
        (_, _, minutes @ 2..) => (minutes, "minute"),
        _ => (duration.as_secs(), "second"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expiry_is_in_the_largest_unit_of_which_there_are_two() {
        let now = 2_000_000;
        for (at, expected) in [
            (now + 1, " Expires in 1 second."),
            (now + 40, " Expires in 40 seconds."),
            (now + 119, " Expires in 119 seconds."),
            (now + 120, " Expires in 2 minutes."),
            (now + 7199, " Expires in 119 minutes."),
            (now + 7200, " Expires in 2 hours."),
            (now + 2 * 86_400, " Expires in 2 days."),
            (now, " Token expired 0 seconds ago."),
            (now - 40, " Token expired 40 seconds ago."),
            (now - 120, " Token expired 2 minutes ago."),
        ] {
            assert_eq!(expiry_at(at, now), expected, "{at}");
        }
    }

    #[test]
    fn a_duration_is_rounded_to_minutes_from_two_minutes_on() {
        for (milliseconds, expected) in [
            (0, "0 seconds"),
            (999, "1 second"),
            (14_300, "15 seconds"),
            (60_000, "1 minute"),
            (119_000, "119 seconds"),
            (119_001, "2 minutes"),
            (149_000, "2 minutes"),
            (299_900, "5 minutes"),
            (3_600_000, "1 hour"),
        ] {
            assert_eq!(rounded(Duration::from_millis(milliseconds)), expected, "{milliseconds}");
        }
    }
}
