//! The shape of a text that a person gave as a token: whether it looks like something else.

use std::fmt;

/// The shortest text that can be a token, in bytes.
///
/// RFC 6749, section 10.10, wants a token that cannot be guessed, with 2^-128 as the limit. Sixteen characters of base64
/// hold 96 bits, so a shorter text is below that limit in any encoding; opaque tokens of 16 bytes are in use.
pub const MIN_LENGTH: usize = 16;

/// The longest part of a text that is taken for a word.
const LONGEST_WORD: usize = 16;

/// What a text looks like that is not a token. Its `Display` is a predicate, such as "looks like an address".
///
/// ```
/// use mesheryctl_plugin_sdk::token::shape::NotAToken;
///
/// assert_eq!(NotAToken::Masked.to_string(), "looks like a token that was masked with asterisks");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotAToken {
    /// Nothing, or white space only.
    Blank,
    /// A variable that no shell or CI system replaced, such as `$MESHERY_TOKEN`.
    Variable,
    /// A word for an absent value, such as `null`.
    Absent,
    /// A secret that was replaced by asterisks.
    Masked,
    /// A URL, or a host name with or without a path.
    Address,
    /// Words with separators, such as a passphrase or a placeholder.
    Words,
    /// Less than [`MIN_LENGTH`] bytes.
    TooShort,
}

impl fmt::Display for NotAToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blank => "is empty",
            Self::Variable => "looks like a variable that was not replaced by its value",
            Self::Absent => "is a word for no value, such as null",
            Self::Masked => "looks like a token that was masked with asterisks",
            Self::Address => "looks like an address",
            Self::Words => "looks like words",
            Self::TooShort => "is too short for a token",
        })
    }
}

impl std::error::Error for NotAToken {}

/// What the text looks like, if it cannot be a token of any provider. White space around it is ignored.
///
/// It is for text that a person or a script gave, which may be the wrong text. A token that a provider issued is not
/// checked, because the provider knows its form.
///
/// ```
/// use mesheryctl_plugin_sdk::token::shape::{NotAToken, not_a_token};
///
/// assert_eq!(not_a_token("$MESHERY_TOKEN"), Some(NotAToken::Variable));
/// assert_eq!(not_a_token("cloud.layer5.io/security/tokens"), Some(NotAToken::Address));
/// assert_eq!(not_a_token("0123456789abcdef"), None);
/// ```
pub fn not_a_token(text: &str) -> Option<NotAToken> {
    let text = text.trim();
    let is = [
        (text.is_empty(), NotAToken::Blank),
        (is_variable(text), NotAToken::Variable),
        (is_absent(text), NotAToken::Absent),
        (text.contains("***"), NotAToken::Masked),
        (is_address(text), NotAToken::Address),
        (is_words(text), NotAToken::Words),
        (text.len() < MIN_LENGTH, NotAToken::TooShort),
    ];
    is.into_iter().find_map(|(is, what)| is.then_some(what))
}

/// `$NAME`, `${NAME}`, `${{ secrets.NAME }}`, `$(command)`, and `%NAME%` of Windows.
fn is_variable(text: &str) -> bool {
    let starts = |c: char| c.is_ascii_alphabetic() || "_{(".contains(c);
    let unix = text.strip_prefix('$').is_some_and(|rest| rest.starts_with(starts));
    let windows = text.strip_prefix('%').and_then(|rest| rest.strip_suffix('%'));
    let is_name = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    unix || windows.is_some_and(is_name)
}

fn is_absent(text: &str) -> bool {
    let words = ["null", "undefined", "none", "nil", "nan", "true", "false", "[object object]"];
    words.contains(&text.to_ascii_lowercase().as_str())
}

/// A text with `://`, or a host before the end, a port, a path or a query. A host has lower case letters only: the parts
/// of a JWT are separated by dots too.
fn is_address(text: &str) -> bool {
    if text.contains("://") {
        return true;
    }
    let end = text.find(['/', ':', '?']).unwrap_or(text.len());
    let (host, rest) = text.split_at(end);
    let is_port = |rest: &str| {
        rest.strip_prefix(':').is_some_and(|it| it.starts_with(|c: char| c.is_ascii_digit()))
    };
    let continues = rest.is_empty() || rest.starts_with(['/', '?']) || is_port(rest);
    let is_named = host == "localhost" && !rest.is_empty();
    continues && (is_named || is_domain(host) || is_ip_address(host))
}

fn is_domain(host: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_label = |it: &str| {
        (1..=63).contains(&it.len())
            && it.chars().all(allowed)
            && !it.starts_with('-')
            && !it.ends_with('-')
    };
    let Some((name, top)) = host.rsplit_once('.') else { return false };
    let is_top = (2..=24).contains(&top.len()) && top.chars().all(|c| c.is_ascii_lowercase());
    is_top && name.split('.').all(is_label)
}

fn is_ip_address(host: &str) -> bool {
    host.parse::<std::net::Ipv4Addr>().is_ok()
}

/// At least two words of letters in one case, or with a capital first letter, and one kind of separator between them. A
/// random text of this length has digits, or letters of mixed case.
fn is_words(text: &str) -> bool {
    let Some(separator) = text.chars().find(|c| !c.is_ascii_alphabetic()) else { return false };
    let is_word = |it: &str| {
        let rest = it.get(1..).unwrap_or_default();
        let in_one_case = it.chars().all(|c| c.is_ascii_uppercase())
            || rest.chars().all(|c| c.is_ascii_lowercase());
        (1..=LONGEST_WORD).contains(&it.len())
            && it.chars().all(|c| c.is_ascii_alphabetic())
            && in_one_case
    };
    "-_. ".contains(separator) && text.split(separator).all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_cannot_be_a_token_is_named_by_what_it_looks_like() {
        use NotAToken::*;
        for (text, what) in [
            ("", Blank),
            (" \t\n", Blank),
            ("$MESHERY_TOKEN", Variable),
            ("${MESHERY_TOKEN:-none}", Variable),
            ("${{ secrets.MESHERY_TOKEN }}", Variable),
            ("$(cat token.txt)", Variable),
            ("$env:MESHERY_TOKEN", Variable),
            ("%MESHERY_TOKEN%", Variable),
            ("null", Absent),
            ("Undefined\n", Absent),
            ("None", Absent),
            ("[object Object]", Absent),
            ("***", Masked),
            ("eyJhbGciOiJIUzI1NiJ9***", Masked),
            ("https://cloud.layer5.io/security/tokens", Address),
            ("cloud.layer5.io/security/tokens", Address),
            ("cloud.layer5.io:443/login", Address),
            ("meshery.example.org", Address),
            ("my-host.example.org", Address),
            ("localhost:43211/AbC?token=eyJ", Address),
            ("localhost/callback?code=C", Address),
            ("127.0.0.1:43211/callback", Address),
            ("192.168.100.200", Address),
            ("correct-horse-battery-staple", Words),
            ("Correct Horse Battery Staple", Words),
            ("PASTE_YOUR_TOKEN_HERE", Words),
            ("two words", Words),
            ("abc", TooShort),
            ("0123456789abcde", TooShort),
            ("T.o-k_e/n+=", TooShort),
        ] {
            assert_eq!(not_a_token(text), Some(what), "{text:?}");
        }
    }

    #[test]
    fn a_text_in_the_form_of_a_token_in_use_can_be_a_token() {
        for text in [
            "0123456789abcdef",
            " 0123456789abcdef\r\n",
            "mysecretpasswordwithoutseparators",
            "api-x-0123456789abcdefghijklmnopqrstuvwxyz",
            "eyJhbGciOiJub25lIn0.eyJlbWFpbCI6ImFkYSJ9.c2ln",
            "v4.local.AAAAAAAAAAAAAAAAAAAAAAAA",
            "ory_at_Hf8kQz3xW_7cVbN2mLpR.dGhpcyBpcw",
            "ghp_abcdefghijklmnopqrstuvwxyzABCDEFGHIJ",
            "deadbeef-cafe-4abe-face-decadefacade",
            "a.b-c_/+=0123456789",
            "AbCdEf-gHiJkL-mNoPqR",
            "http0123456789abcdef",
            "two-words-and-1-number",
            "%0123456789-abcdef%",
            "0123456789ABCDEF.example",
            "-0123456789abcdef.example",
            "0123456789abcdef-.example",
        ] {
            assert_eq!(not_a_token(text), None, "{text:?}");
        }
    }

    #[test]
    fn each_shape_is_described_by_a_predicate() {
        use NotAToken::*;
        for what in [Blank, Variable, Absent, Masked, Address, Words, TooShort] {
            let text = what.to_string();
            assert!(text.starts_with("is ") || text.starts_with("looks like "), "{text}");
        }
    }
}
