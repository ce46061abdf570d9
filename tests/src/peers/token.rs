//! Tokens in the three forms in use: base64 OAuth JSON, raw JWT, opaque.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// A raw JWT with these claims and an invalid signature.
#[must_use]
pub fn jwt(claims: &Value) -> String {
    assemble(&json!({"alg": "RS256", "kid": "public:test", "typ": "JWT"}), claims)
}

/// A JWT without a `kid`, for which the handler of a Meshery Server panics.
#[must_use]
pub fn jwt_without_kid(claims: &Value) -> String {
    assemble(&json!({"alg": "HS256", "typ": "JWT"}), claims)
}

/// The OAuth form of a cloud login: a token as JSON, in unpadded standard base64. `expiry` is RFC 3339.
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

/// An opaque API token; another `name` gives another token.
#[must_use]
pub fn opaque(name: &str) -> String {
    format!("api-{name}-0123456789abcdefghijklmnopqrstuvwxyz")
}

/// The claims of a cloud's access token; `exp` in Unix seconds.
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

/// The access token inside a token of the OAuth form; any other token itself.
#[must_use]
pub fn access_token(token: &str) -> String {
    let json = STANDARD_NO_PAD.decode(token).ok();
    let json = json.and_then(|json| serde_json::from_slice::<Value>(&json).ok());
    let inner = json.and_then(|json| Some(json.get("access_token")?.as_str()?.to_owned()));
    inner.unwrap_or_else(|| token.to_owned())
}

/// A token of the OAuth form without its refresh token; any other token itself.
#[must_use]
pub fn without_refresh_token(token: &str) -> String {
    let json = STANDARD_NO_PAD.decode(token).ok();
    let json = json.and_then(|json| serde_json::from_slice::<Value>(&json).ok());
    let Some(Value::Object(mut json)) = json else { return token.to_owned() };
    json.remove("refresh_token");
    STANDARD_NO_PAD.encode(Value::from(json).to_string())
}

/// Whether the time of the JWT that this is or contains is over.
pub(crate) fn has_ended(token: &str) -> bool {
    let token = access_token(token);
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap_or_default());
    let claims: Value = serde_json::from_slice(&claims.unwrap_or_default()).unwrap_or_default();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_secs();
    claims["exp"].as_u64().is_some_and(|exp| exp <= now)
}

/// Whether this is or contains a JWT without a `kid` in its header.
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
