//! Tokens in the three forms that circulate: base64 OAuth JSON, raw JWT, opaque.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// A raw JWT with these claims, its signature no signature.
#[must_use]
pub fn jwt(claims: &Value) -> String {
    assemble(&json!({"alg": "RS256", "kid": "public:test", "typ": "JWT"}), claims)
}

/// One without a `kid`: at the sight of it a Meshery Server's handler panics.
#[must_use]
pub fn jwt_without_kid(claims: &Value) -> String {
    assemble(&json!({"alg": "HS256", "typ": "JWT"}), claims)
}

/// The classic form of a cloud login: an OAuth token as JSON, in unpadded standard base64. `expiry` is
/// RFC 3339.
#[must_use]
pub fn oauth(access_token: &str, refresh_token: Option<&str>, expiry: Option<&str>) -> String {
    let mut token = json!({"access_token": access_token, "token_type": "bearer"});
    if let Some(refresh_token) = refresh_token {
        token["refresh_token"] = refresh_token.into();
    }
    if let Some(expiry) = expiry {
        token["expiry"] = expiry.into();
    }
    STANDARD_NO_PAD.encode(token.to_string())
}

/// An API token: a word that says nothing. `name` makes it another.
#[must_use]
pub fn opaque(name: &str) -> String {
    format!("api-{name}-0123456789abcdefghijklmnopqrstuvwxyz")
}

/// Claims as a cloud's access token has them; `exp` in Unix seconds.
#[must_use]
pub fn claims(email: &str, exp: Option<i64>) -> Value {
    let mut claims = json!({
        "aud": [], "client_id": "meshery-cloud", "email": email, "iss": "http://hydra.test/",
        "jti": "test", "scp": ["openid", "offline"], "sub": "user-1",
    });
    if let Some(exp) = exp {
        claims["exp"] = exp.into();
    }
    claims
}

/// The access token inside a token of the OAuth form, else the token itself.
#[must_use]
pub fn access_token(token: &str) -> String {
    let json = STANDARD_NO_PAD.decode(token).ok();
    let json = json.and_then(|json| serde_json::from_slice::<Value>(&json).ok());
    let inner = json.and_then(|json| Some(json.get("access_token")?.as_str()?.to_owned()));
    inner.unwrap_or_else(|| token.to_owned())
}

/// Whether this is a JWT (or holds one) without a `kid` in its header.
pub(crate) fn lacks_kid(token: &str) -> bool {
    let token = access_token(token);
    let parts: Vec<_> = token.split('.').collect();
    let [header, _, _] = parts[..] else {
        return false;
    };
    let header = URL_SAFE_NO_PAD.decode(header).unwrap_or_default();
    serde_json::from_slice::<Value>(&header).is_ok_and(|header| header.get("kid").is_none())
}

fn assemble(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{}", part(header), part(claims), URL_SAFE_NO_PAD.encode("no signature"))
}
