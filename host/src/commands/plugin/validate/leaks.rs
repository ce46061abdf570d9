//! Which secrets are in texts and URLs where they must not be.

use std::collections::{BTreeSet, HashMap};

/// Shorter texts occur by chance.
const MIN_SECRET: usize = 6;
/// The most bytes of texts and URLs of one action.
pub const MAX_LOOKED: usize = 1024 * 1024;
/// What a provider may also use as its stored state.
const ACCOUNTS: [&str; 2] = ["SignIn::account", "Provider::whoami"];
pub const STORED_STATE: &str = "the stored state of the request";

/// A text with the call or field of the SDK that has it.
pub type Place<'a> = (&'static str, &'a str);

/// What was found, or that the texts are too long to be searched.
#[derive(Debug, PartialEq, Eq)]
pub enum Leaks {
    Found(BTreeSet<(&'static str, &'static str)>),
    TooLong,
}

/// Searches each text once, also decoded from the encoding of a URL, for all secrets, each with what it is. Ends early once
/// `is_over`.
pub fn leaks<'a>(
    places: impl IntoIterator<Item = Place<'a>>,
    secrets: impl IntoIterator<Item = (&'static str, &'a str)>,
    is_over: impl Fn() -> bool,
) -> Leaks {
    let secrets = Secrets::of(secrets);
    let places: BTreeSet<Place<'_>> = places.into_iter().collect();
    if places.iter().map(|(_, text)| text.len()).sum::<usize>() > MAX_LOOKED {
        return Leaks::TooLong;
    }
    let mut found = BTreeSet::new();
    for (by, text) in places {
        if is_over() {
            break;
        }
        let mut note = |text: &[u8]| {
            let whats = secrets.within(text);
            let is_leak = |what: &&str| !(*what == STORED_STATE && ACCOUNTS.contains(&by));
            found.extend(whats.into_iter().filter(is_leak).map(|what| (what, by)));
        };
        note(text.as_bytes());
        if text.contains('%') {
            note(&percent_encoding::percent_decode_str(text).collect::<Vec<u8>>());
        }
    }
    Leaks::Found(found)
}

/// Secrets by their first bytes, so that a text is read once whatever their number.
struct Secrets<'a>(HashMap<&'a [u8], BTreeSet<(&'static str, &'a [u8])>>);

impl<'a> Secrets<'a> {
    fn of(secrets: impl IntoIterator<Item = (&'static str, &'a str)>) -> Self {
        let mut all: HashMap<&[u8], BTreeSet<_>> = HashMap::new();
        for (what, secret) in secrets {
            if let Some(start) = secret.as_bytes().get(..MIN_SECRET) {
                all.entry(start).or_default().insert((what, secret.as_bytes()));
            }
        }
        Self(all)
    }

    fn within(&self, text: &[u8]) -> BTreeSet<&'static str> {
        let mut found = BTreeSet::new();
        for (at, start) in text.windows(MIN_SECRET).enumerate() {
            let starting = self.0.get(start).into_iter().flatten();
            let rest = text.get(at..).unwrap_or_default();
            let these = starting.filter(|(_, secret)| rest.starts_with(secret));
            found.extend(these.map(|(what, _)| *what));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(by: &'static str, text: &str, secrets: &[(&'static str, &str)]) -> Vec<&'static str> {
        match leaks([(by, text)], secrets.iter().copied(), || false) {
            Leaks::Found(found) => found.into_iter().map(|(what, _)| what).collect(),
            Leaks::TooLong => vec!["too long"],
        }
    }

    #[test]
    fn a_secret_is_found_anywhere_in_a_text_also_percent_encoded() {
        let secrets =
            [("code", "abc/def"), ("token", "abc/deg"), ("key", "abc/deg"), ("pin", "12345")];
        for (text, expected) in [
            ("abc/def", &["code"][..]),
            ("x abc/deg y", &["key", "token"]),
            ("/v1/abc%2Fdef?a=b", &["code"]),
            ("abc/de", &[]),
            ("the pin is 12345", &[]),
            ("", &[]),
        ] {
            assert_eq!(found("Session::tell", text, &secrets), expected, "{text}");
        }
    }

    #[test]
    fn an_account_may_be_the_stored_state_and_no_other_text() {
        let secrets = [(STORED_STATE, "ada@example.org")];
        assert_eq!(found("Provider::whoami", "ada@example.org", &secrets), [""; 0]);
        assert_eq!(found("Session::tell", "ada@example.org", &secrets), [STORED_STATE]);
    }

    #[test]
    fn texts_of_more_than_a_mebibyte_are_not_searched_and_equal_ones_count_once() {
        let text = "x".repeat(MAX_LOOKED);
        let two =
            |other| leaks([("a", text.as_str()), ("a", other)], [("code", "abcdef")], || false);
        assert_eq!(two("y"), Leaks::TooLong);
        assert_eq!(two(text.as_str()), Leaks::Found(BTreeSet::new()));
    }

    #[test]
    fn a_search_that_is_over_ends() {
        let over = leaks([("a", "abcdef")], [("code", "abcdef")], || true);
        assert_eq!(over, Leaks::Found(BTreeSet::new()));
    }
}
