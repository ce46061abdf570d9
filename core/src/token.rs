//! A Token: what a login yields. Redacted in every print; None's is empty.

use std::fmt;

use base64::Engine;
use base64::engine::DecodePaddingMode::Indifferent;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::secret::Secret;

/// The longest token that is taken, in bytes.
pub const LONGEST: usize = 64 * 1024;

/// A value that proves to Meshery who the person is. Opaque: it is sent back byte for byte.
///
/// Every character is one that RFC 6265 allows in a cookie value, because Meshery Server takes the
/// token from a cookie only.
#[derive(Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Token(Secret);

/// Why a text is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidToken {
    /// More than [`LONGEST`] bytes.
    TooLong,
    /// It looks like a page of HTML.
    Html,
    /// A space, a control character, or another that no cookie may carry.
    Character,
}

impl fmt::Display for InvalidToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "is longer than 64 KiB",
            Self::Html => "looks like a web page",
            Self::Character => "has a character that no token has, such as a space",
        })
    }
}

impl std::error::Error for InvalidToken {}

/// What a token says of itself. For display only: nobody has checked its signature.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Claims {
    /// The e-mail address in it.
    pub account: Option<String>,
    /// When it stops working, in Unix seconds. None when unknown, or when the server can renew it.
    pub expires_at: Option<u64>,
    /// Whether it carries a refresh part, with which the server renews it.
    pub refreshable: bool,
}

impl Token {
    /// Takes a token as it came. The empty text is None's token.
    ///
    /// # Errors
    /// [`InvalidToken`] when it could not be sent as a cookie.
    pub fn parse(text: &str) -> Result<Self, InvalidToken> {
        if text.len() > LONGEST {
            return Err(InvalidToken::TooLong);
        }
        if text.trim_start().starts_with('<') {
            return Err(InvalidToken::Html);
        }
        if !text.bytes().all(is_cookie_octet) {
            return Err(InvalidToken::Character);
        }
        Ok(Self(Secret::new(text)))
    }

    /// None's token.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Whether this is None's token.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text itself, for the one place that must send or store it.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// Whether it begins as the forms that circulate do, and ends before they do: a copy that was cut.
    /// Of an opaque token, and of the signature at the end of a JWT, nobody can tell.
    pub fn is_cut(&self) -> bool {
        let text = self.expose();
        let parts: Vec<&str> = text.split('.').collect();
        // Base64 of a brace and a quote, as every JSON object of theirs begins.
        if !text.starts_with("eyJ") {
            return false;
        }
        let is_head = |it: &Value| it.get("alg").is_some();
        match (base64_json(parts[0]), &parts[1..]) {
            (None, rest) => rest.is_empty() && parts[0].bytes().all(is_base64),
            (Some(head), []) => is_head(&head),
            (Some(head), [_]) => is_head(&head),
            (Some(head), [payload, signature]) => {
                is_head(&head) && (base64_json(payload).is_none() || signature.is_empty())
            }
            _ => false,
        }
    }

    /// What the remote provider itself takes as `Authorization: Bearer`: the access token inside a
    /// token that is base64 of OAuth JSON, else the token.
    pub fn bearer(&self) -> Secret {
        match oauth_json(self.expose()).as_ref().and_then(|json| text_of(json, "access_token")) {
            Some(access) if access.bytes().all(is_cookie_octet) => Secret::new(access),
            _ => self.0.clone(),
        }
    }

    /// What the token says of itself, as far as it can be read.
    pub fn claims(&self) -> Claims {
        match oauth_json(self.expose()) {
            Some(json) => {
                let refreshable = text_of(&json, "refresh_token").is_some_and(|it| !it.is_empty());
                let inner = text_of(&json, "access_token").map(jwt_claims).unwrap_or_default();
                let expires_at = inner.expires_at.filter(|_| !refreshable);
                Claims { expires_at, refreshable, ..inner }
            }
            None => jwt_claims(self.expose()),
        }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(REDACTED)")
    }
}

impl<'de> Deserialize<'de> for Token {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Secret::deserialize(from)?;
        Self::parse(text.expose())
            .map_err(|why| serde::de::Error::custom(format!("the token {why}")))
    }
}

/// RFC 6265, section 4.1.1: printable ASCII without space, double quote, comma, semicolon, backslash.
fn is_cookie_octet(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\')
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=')
}

fn jwt_claims(text: &str) -> Claims {
    let mut parts = text.split('.');
    let (Some(_), Some(payload), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Claims::default();
    };
    let Some(json) = base64_json(payload) else {
        return Claims::default();
    };
    Claims {
        account: text_of(&json, "email").map(str::to_owned),
        expires_at: json.get("exp").and_then(Value::as_u64),
        refreshable: false,
    }
}

fn oauth_json(text: &str) -> Option<Value> {
    base64_json(text).filter(|json| json.get("access_token").is_some())
}

/// Both alphabets, padded or not: the server writes one form, hands write the others.
fn base64_json(text: &str) -> Option<Value> {
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(Indifferent);
    [base64::alphabet::STANDARD, base64::alphabet::URL_SAFE].iter().find_map(|alphabet| {
        let bytes = GeneralPurpose::new(alphabet, lenient).decode(text).ok()?;
        serde_json::from_slice::<Value>(&bytes).ok().filter(Value::is_object)
    })
}

fn text_of<'a>(json: &'a Value, member: &str) -> Option<&'a str> {
    json.get(member).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

    fn jwt(claims: &str) -> String {
        format!(
            "{}.{}.c2ln",
            URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#),
            URL_SAFE_NO_PAD.encode(claims)
        )
    }

    fn claims(text: &str) -> Claims {
        Token::parse(text).unwrap().claims()
    }

    #[test]
    fn a_token_cannot_be_printed() {
        let token = Token::parse("canary").unwrap();
        assert!(!format!("{token:?} {:?}", Some(&token)).contains("canary"));
    }

    #[test]
    fn a_raw_jwt_says_whose_it_is_and_until_when() {
        let found = claims(&jwt(r#"{"email":"you@example.org","exp":1900000000}"#));
        assert_eq!(found.account.as_deref(), Some("you@example.org"));
        assert_eq!((found.expires_at, found.refreshable), (Some(1_900_000_000), false));
    }

    #[test]
    fn a_token_with_a_refresh_part_never_claims_to_expire() {
        let inside = jwt(r#"{"exp":1}"#);
        let json = format!(
            r#"{{"access_token":"{inside}","refresh_token":"r","expiry":"2020-01-01T00:00:00Z"}}"#
        );
        let token = Token::parse(&STANDARD_NO_PAD.encode(json)).unwrap();
        assert_eq!(token.claims(), Claims { account: None, expires_at: None, refreshable: true });
        assert_eq!(token.bearer().expose(), inside);
    }

    #[test]
    fn an_oauth_token_without_a_refresh_part_expires_with_its_access_token() {
        let json = format!(r#"{{"access_token":"{}","refresh_token":""}}"#, jwt(r#"{"exp":7}"#));
        assert_eq!(claims(&STANDARD_NO_PAD.encode(json)).expires_at, Some(7));
    }

    #[test]
    fn an_opaque_token_claims_nothing_and_is_its_own_bearer() {
        for text in ["", "opaque", "a.b.c", "e30", "a.b.c.d", "....", "bnVsbA", "abc="] {
            assert_eq!(claims(text), Claims::default(), "{text}");
            assert_eq!(Token::parse(text).unwrap().bearer().expose(), text);
        }
    }

    #[test]
    fn a_token_that_is_cut_is_told_from_a_whole_one_and_from_an_opaque_one() {
        let raw = jwt(r#"{"exp":7}"#);
        let oauth = STANDARD_NO_PAD.encode(format!(r#"{{"access_token":"{raw}"}}"#));
        let signature = raw.rfind('.').unwrap() + 1;
        for (whole, certain) in [(&raw, signature), (&oauth, oauth.len() - 1)] {
            assert!(!Token::parse(whole).unwrap().is_cut());
            for end in 3..=certain {
                assert!(Token::parse(&whole[..end]).unwrap().is_cut(), "{}", &whole[..end]);
            }
        }
        // The last: a payload, a time and a signature, as some web frameworks sign.
        for text in
            ["", "opaque", "a.b", "ey", "e30.e30", "eyJhIjoxfQ.aSd3.c2ln", "eyJhIjox:aSd3:c2ln"]
        {
            assert!(!Token::parse(text).unwrap().is_cut(), "{text}");
        }
    }

    #[test]
    fn what_no_cookie_can_carry_is_no_token() {
        for text in ["a b", "a\n", "a;b", "a,b", "\"a\"", "a\\b", "ä", "a\0", "a\u{7f}"] {
            assert_eq!(Token::parse(text), Err(InvalidToken::Character), "{text:?}");
        }
        assert_eq!(Token::parse(" <!DOCTYPE html>"), Err(InvalidToken::Html));
        assert!(Token::parse(&"x".repeat(LONGEST)).is_ok());
        assert_eq!(Token::parse(&"x".repeat(LONGEST + 1)), Err(InvalidToken::TooLong));
    }
}
