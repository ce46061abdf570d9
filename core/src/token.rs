//! [`Token`]: the value that proves to Meshery who the person is.

use std::fmt;

use base64::Engine;
use base64::engine::DecodePaddingMode::Indifferent;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::secret::Secret;

mod expiry;
pub mod shape;

/// The last second of the year 9999 in UTC, in seconds since 1970: the latest time that RFC 3339 has.
pub const YEAR_9999: u64 = 253_402_300_799;

/// The longest token, in bytes.
pub const MAX_LENGTH: usize = 64 * 1024;

/// A value that proves to Meshery who the person is. Hosts send it back byte for byte. `Debug` redacts it.
///
/// Every character is one that RFC 6265 allows in a cookie value, because Meshery Server reads the token
/// from a cookie only; `$` and backtick are not among them here. The provider None returns the empty token.
///
/// ```
/// use mesheryctl_plugin_sdk::token::{Token, TokenError};
///
/// assert_eq!(Token::parse("abc")?.expose(), "abc");
/// assert_eq!(Token::parse("a b"), Err(TokenError::Character));
/// # Ok::<(), TokenError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Token(Secret);

/// Why a text is not a token. Its `Display` is a predicate, such as "is longer than 64 KiB".
///
/// As a [`Failure`](crate::failure::Failure) it is an `invalid_answer`, so a provider writes `Token::parse(text)?`.
///
/// ```
/// use mesheryctl_plugin_sdk::token::{Token, TokenError};
///
/// assert_eq!(Token::parse("<html>"), Err(TokenError::Html));
/// assert_eq!(TokenError::Html.to_string(), "looks like a web page");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenError {
    /// It has more than [`MAX_LENGTH`] bytes.
    TooLong,
    /// It begins like an HTML page.
    Html,
    /// It contains `$`, as a variable that a shell did not replace by its value.
    Variable,
    /// It contains a character that a cookie value must not contain, such as a space.
    Character,
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "is longer than 64 KiB",
            Self::Html => "looks like a web page",
            Self::Variable => "looks like a variable that was not replaced by its value",
            Self::Character => {
                "contains a character that is not allowed in a token, such as a space"
            }
        })
    }
}

impl std::error::Error for TokenError {}

/// What a token states about itself. For display only, because its signature is not verified.
///
/// ```
/// use mesheryctl_plugin_sdk::token::{Claims, Token, TokenError};
///
/// // {"alg":"none"}.{"email":"ada@example.org","exp":7}
/// let jwt = "eyJhbGciOiJub25lIn0.eyJlbWFpbCI6ImFkYUBleGFtcGxlLm9yZyIsImV4cCI6N30.c2ln";
/// let claims: Claims = Token::parse(jwt)?.claims();
/// assert_eq!(claims.account.as_deref(), Some("ada@example.org"));
/// assert_eq!(claims.expires_at, Some(7));
/// # Ok::<(), TokenError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Claims {
    /// The claim `email`.
    pub account: Option<String>,
    /// When it expires, in seconds since the Unix epoch. `None` if unknown, or if the server can refresh it.
    pub expires_at: Option<u64>,
    /// Whether it contains a refresh token, with which the server refreshes it.
    pub refreshable: bool,
    /// When a token with a refresh token has to be refreshed, in seconds since the Unix epoch. `None` if unknown, and
    /// for a token without one.
    pub refresh_due: Option<u64>,
    /// From when on it is valid, in seconds since the Unix epoch: the later one of the claims `nbf` and `iat`.
    pub valid_from: Option<u64>,
}

impl Claims {
    /// When the token ends unless it is refreshed.
    pub fn ends_at(&self) -> Option<u64> {
        self.expires_at.or(self.refresh_due)
    }

    /// For how many seconds it is valid from the beginning, by the clock of its issuer.
    pub fn life(&self) -> Option<u64> {
        self.ends_at()?.checked_sub(self.valid_from?)
    }
}

impl Token {
    /// Checks that the text can be sent as a cookie. The empty text is the token of None.
    ///
    /// # Errors
    /// [`TokenError`] states why it cannot.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        if text.len() > MAX_LENGTH {
            return Err(TokenError::TooLong);
        }
        if text.trim_start().starts_with('<') {
            return Err(TokenError::Html);
        }
        if text.contains('$') {
            return Err(TokenError::Variable);
        }
        if !text.bytes().all(is_cookie_octet) {
            return Err(TokenError::Character);
        }
        Ok(Self(Secret::new(text)))
    }

    /// The token of the provider None.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Whether this is the token of the provider None.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the text, for the code that sends or stores it.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// Whether the text is the beginning of a JWT, or of a token that is base64 of OAuth JSON, without its
    /// end. False for a token of any other form, and for a JWT with part of its signature: both could be
    /// complete.
    pub fn is_truncated(&self) -> bool {
        let text = self.expose();
        let parts: Vec<&str> = text.split('.').collect();
        // Base64 of `{"`, with which each of these forms begins.
        if !text.starts_with("eyJ") {
            return false;
        }
        let is_header = |it: &Value| it.get("alg").is_some();
        match (base64_json(parts[0]), &parts[1..]) {
            (None, rest) => rest.is_empty() && parts[0].bytes().all(is_base64),
            (Some(header), [] | [_]) => is_header(&header),
            (Some(header), [payload, signature]) => {
                is_header(&header) && (base64_json(payload).is_none() || signature.is_empty())
            }
            _ => false,
        }
    }

    /// What a remote provider accepts as `Authorization: Bearer`: the access token inside a token that is
    /// base64 of OAuth JSON, otherwise the token itself.
    pub fn bearer(&self) -> Secret {
        match oauth_json(self.expose()).as_ref().and_then(|json| text_of(json, "access_token")) {
            Some(access) if access.bytes().all(is_cookie_octet) => Secret::new(access),
            _ => self.0.clone(),
        }
    }

    /// Whether this token is of the account of another, by what both state: the issuer and the subject, or without a subject
    /// the e-mail address, which a person can change. `None` if they have neither subject nor e-mail address in common.
    pub fn is_of_account_of(&self, other: &Self) -> Option<bool> {
        let (own, others) = (self.stated()?, other.stated()?);
        let both = |member: &str| text_of(&own, member).zip(text_of(&others, member));
        let subject = both("sub").map(|(own, other)| own == other);
        let email = || both("email").map(|(own, other)| own.eq_ignore_ascii_case(other));
        let is_same = subject.or_else(email)?;
        Some(is_same && both("iss").is_none_or(|(own, other)| own == other))
    }

    /// Whether both have the same access token and the same refresh token, however they are encoded.
    pub fn is_same_as(&self, other: &Self) -> bool {
        let refresh = |token: &Self| {
            let json = oauth_json(token.expose())?;
            text_of(&json, "refresh_token").map(str::to_owned)
        };
        self.bearer().expose() == other.bearer().expose() && refresh(self) == refresh(other)
    }

    /// This token with the refresh token of an older one, if it has none (RFC 6749, section 6: a refresh token that is not
    /// replaced stays valid). Its form is then base64 of OAuth JSON.
    pub fn with_refresh_token_of(self, old: &Self) -> Self {
        let old = oauth_json(old.expose());
        let refresh = old.as_ref().and_then(|json| text_of(json, "refresh_token"));
        let Some(refresh) = refresh.filter(|it| !it.is_empty()) else { return self };
        let mut json = match oauth_json(self.expose()) {
            Some(json) if text_of(&json, "refresh_token").is_some_and(|it| !it.is_empty()) => {
                return self;
            }
            Some(json) => json,
            None => serde_json::json!({ "access_token": self.expose(), "token_type": "bearer" }),
        };
        json["refresh_token"] = refresh.into();
        Self::parse(&STANDARD_NO_PAD.encode(json.to_string())).unwrap_or(self)
    }

    /// This token without its refresh token, in the same form: for programs that must not renew it. `None` if it cannot be
    /// written without it.
    pub fn without_refresh_token(&self) -> Option<Self> {
        let Some(mut json) = oauth_json(self.expose()) else { return Some(self.clone()) };
        match json.as_object_mut()?.remove("refresh_token") {
            None => Some(self.clone()),
            Some(_) => Self::parse(&STANDARD_NO_PAD.encode(json.to_string())).ok(),
        }
    }

    /// Who issued the token, by its claim `iss`: usually a URL. Unverified, as all claims.
    pub fn issuer(&self) -> Option<String> {
        text_of(&self.stated()?, "iss").map(str::to_owned)
    }

    /// The claims of the token, if it is a JWT or base64 of OAuth JSON with one.
    fn stated(&self) -> Option<Value> {
        match oauth_json(self.expose()) {
            Some(json) => jwt_payload(text_of(&json, "access_token")?),
            None => jwt_payload(self.expose()),
        }
    }

    /// What the token states about itself, if it is a JWT or base64 of OAuth JSON; otherwise no claims.
    pub fn claims(&self) -> Claims {
        match oauth_json(self.expose()) {
            Some(json) => {
                let refreshable = text_of(&json, "refresh_token").is_some_and(|it| !it.is_empty());
                let inner = text_of(&json, "access_token").map(jwt_claims).unwrap_or_default();
                let stated = text_of(&json, "expiry").and_then(expiry::seconds);
                let ends_at = [inner.expires_at, stated].into_iter().flatten().min();
                Claims {
                    expires_at: inner.expires_at.filter(|_| !refreshable),
                    refresh_due: ends_at.filter(|_| refreshable),
                    refreshable,
                    ..inner
                }
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
            .map_err(|error| serde::de::Error::custom(format!("the token {error}")))
    }
}

/// `cookie-octet` of RFC 6265, section 4.1.1: printable ASCII without space, double quote, comma,
/// semicolon, backslash; and without `$` and backtick, which no Bearer token has (RFC 6750, section 2.1), so that an
/// auth.json is no code for a shell.
fn is_cookie_octet(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\",;\\$`".contains(&byte)
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=')
}

fn jwt_claims(text: &str) -> Claims {
    let Some(json) = jwt_payload(text) else { return Claims::default() };
    let time = |claim: &str| json.get(claim).and_then(Value::as_u64);
    Claims {
        account: text_of(&json, "email").map(str::to_owned),
        expires_at: time("exp").filter(|it| *it <= YEAR_9999),
        refreshable: false,
        refresh_due: None,
        // Some providers write 0 for "at any time".
        valid_from: ["nbf", "iat"].into_iter().filter_map(time).max().filter(|it| *it > 0),
    }
}

fn jwt_payload(text: &str) -> Option<Value> {
    let mut parts = text.split('.');
    let (Some(_), Some(payload), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    base64_json(payload)
}

fn oauth_json(text: &str) -> Option<Value> {
    base64_json(text).filter(|json| json.get("access_token").is_some())
}

/// Decodes both alphabets, with and without padding: the server writes one form, people and scripts the
/// others.
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
mod tests;
