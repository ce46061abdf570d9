//! The expiry of an OAuth token as Go writes it: a time of RFC 3339.

/// Seconds since the Unix epoch. `None` if the text is no such time, or the time is before the epoch: Go writes the first
/// second of the year 1 for a token that does not expire.
pub(super) fn seconds(text: &str) -> Option<u64> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let [year, month, day] = numbers(date)?;
    let end = time.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = time.split_at(end);
    let [hour, minute, second] = numbers_after(clock.split('.').next()?, ':')?;
    let is_valid = (1..=12).contains(&month) && (1..=31).contains(&day);
    let is_valid = is_valid && hour < 24 && minute < 60 && second <= 60 && year <= 9999;
    let seconds =
        days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset(zone)?;
    is_valid.then_some(seconds)?.try_into().ok()
}

fn numbers(date: &str) -> Option<[i64; 3]> {
    numbers_after(date, '-')
}

/// Exactly three numbers of digits, with this separator.
fn numbers_after(text: &str, separator: char) -> Option<[i64; 3]> {
    let numbers: Vec<i64> = text.split(separator).map(number).collect::<Option<_>>()?;
    numbers.try_into().ok()
}

fn number(text: &str) -> Option<i64> {
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// The offset of a zone such as `Z` or `+05:30`, in seconds.
fn offset(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("Z") {
        return Some(0);
    }
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let seconds = number(hours)? * 3600 + number(minutes)? * 60;
    Some(if zone.starts_with('-') { -seconds } else { seconds })
}

/// The days from the epoch to a date of the Gregorian calendar. A year begins in March here, so that the day of a leap
/// year is its last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_rfc_3339_is_read_in_every_zone() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2020-01-01T00:00:00Z", Some(1_577_836_800)),
            ("2024-02-29T23:59:59.123456789Z", Some(1_709_251_199)),
            ("2024-03-01T05:30:00+05:30", Some(1_709_251_200)),
            ("2024-02-29T22:00:00-02:00", Some(1_709_251_200)),
            ("2099-12-31t23:59:59z", Some(4_102_444_799)),
            ("0001-01-01T00:00:00Z", None),
            ("1969-12-31T23:59:59Z", None),
            ("2024-13-01T00:00:00Z", None),
            ("2024-01-00T00:00:00Z", None),
            ("2024-01-01T24:00:00Z", None),
            ("2024-01-01T00:60:00Z", None),
            ("2024-01-01T00:00:61Z", None),
            ("2024-00001-01T00:00:00Z", None),
            ("2024-01-01T00:00:00", None),
            ("2024-01-01", None),
            ("99999-01-01T00:00:00Z", None),
            ("2024-01-01T00:00:00+0530", None),
            ("tomorrow", None),
            ("", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
