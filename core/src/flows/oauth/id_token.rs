//! The ID token: who the person is, as the identity provider says it for this client and this sign-in.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::failure::Failure;
use crate::secret::Secret;

/// How far two clocks may be apart, in seconds.
const LEEWAY: u64 = 300;

/// An ID token whose claims were checked.
///
/// Not its signature: it came straight from the token endpoint, over TLS (or from this computer), which
/// OpenID Connect Core 1.0, 3.1.3.7, item 6, lets stand in its place. So a provider must not take one
/// from anywhere else, and there is no way to make one but by a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IdToken {
    /// As it came.
    pub text: Secret,
    /// Whom the identity provider takes the person for; its own name for them.
    pub subject: String,
    /// The name that people know themselves by, such as an e-mail address.
    pub account: Option<String>,
}

/// What a token must say to be one of this sign-in.
pub(super) struct Expected<'a> {
    pub issuer: &'a str,
    pub client: &'a str,
    /// None where none could be sent.
    pub nonce: Option<&'a str>,
    pub now: u64,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: f64,
    iat: f64,
    #[serde(default)]
    nonce: Option<String>,
    #[serde(default)]
    azp: Option<String>,
    #[serde(flatten)]
    names: Names,
}

/// The claims that name a person, the best first.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Names {
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    preferred_username: Option<String>,
    #[serde(default)]
    name: Option<String>,
}

impl Names {
    pub fn best(self) -> Option<String> {
        let all = [self.email, self.preferred_username, self.name];
        all.into_iter().flatten().find(|it| !it.is_empty())
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl IdToken {
    /// # Errors
    /// `invalid_answer` says which claim is not as expected, and none of what the token holds.
    pub(super) fn read(text: Secret, expected: &Expected<'_>) -> Result<Self, Failure> {
        let wrong = |what: &str| {
            Failure::invalid_answer(format!("The identity provider sent an ID token that {what}."))
        };
        let mut parts = text.expose().split('.');
        let (Some(header), Some(claims), Some(_), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong("is none"));
        };
        let header: Header = decode(header).ok_or_else(|| wrong("cannot be read"))?;
        let claims: Claims = decode(claims).ok_or_else(|| wrong("cannot be read"))?;
        match claims.mismatch(&header, expected) {
            Some(what) => Err(wrong(what)),
            None => Ok(Self { subject: claims.sub, account: claims.names.best(), text }),
        }
    }
}

impl Claims {
    /// The items of OpenID Connect Core 1.0, 3.1.3.7, in their order.
    fn mismatch(&self, header: &Header, expected: &Expected<'_>) -> Option<&'static str> {
        let (now, leeway) = (expected.now as f64, LEEWAY as f64);
        let (is_ours, is_alone) = match &self.aud {
            Audience::One(it) => (it == expected.client, true),
            Audience::Many(all) => (all.iter().any(|it| it == expected.client), all.len() == 1),
        };
        let authorized = self.azp.as_deref();
        Some(match () {
            () if self.iss != expected.issuer => "another issuer made",
            () if !is_ours => "was made for another program",
            () if !is_alone && authorized.is_none() => "was made for several programs",
            () if authorized.is_some_and(|it| it != expected.client) => {
                "was given to another program"
            }
            () if header.alg.eq_ignore_ascii_case("none") => "nobody signed",
            () if self.exp + leeway <= now => "has expired",
            () if self.iat > now + leeway => "was made in the future",
            () if expected.nonce.is_some() && self.nonce.as_deref() != expected.nonce => {
                "was made for another sign-in"
            }
            () if self.sub.is_empty() => "names nobody",
            () => return None,
        })
    }
}

fn decode<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: u64 = 1_000_000;

    /// Whether a token of these claims is one of this sign-in.
    fn is_taken(change: &Value) -> bool {
        let mut claims = json!({
            "iss": "https://id.example", "sub": "ada", "aud": "us", "exp": NOW + 60, "iat": NOW,
            "nonce": "n",
        });
        let mut header = json!({"alg": "RS256"});
        for (name, value) in change.as_object().unwrap() {
            let part = if name == "alg" { &mut header } else { &mut claims };
            part[name] = value.clone();
        }
        let part = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let text = Secret::new(format!("{}.{}.c2ln", part(header), part(claims)));
        let expected =
            Expected { issuer: "https://id.example", client: "us", nonce: Some("n"), now: NOW };
        IdToken::read(text, &expected).is_ok()
    }

    #[test]
    fn a_token_of_this_sign_in_is_taken_though_clocks_differ_a_little() {
        for change in [
            json!({}),
            json!({"exp": NOW - LEEWAY + 1}),
            json!({"exp": (NOW as f64) + 0.5}),
            json!({"iat": NOW + LEEWAY}),
            json!({"aud": ["us"]}),
            json!({"aud": ["us", "others"], "azp": "us"}),
        ] {
            assert!(is_taken(&change), "{change}");
        }
    }

    #[test]
    fn a_token_in_which_one_claim_is_not_ours_is_not_taken() {
        for change in [
            json!({"iss": "https://id.example/"}),
            json!({"iss": "https://id.example.evil"}),
            json!({"aud": "us-too"}),
            json!({"aud": []}),
            json!({"aud": ["others"]}),
            json!({"aud": ["us", "others"]}),
            json!({"aud": ["us", "others"], "azp": "others"}),
            json!({"azp": "others"}),
            json!({"alg": "none"}),
            json!({"alg": "nOnE"}),
            json!({"exp": NOW - LEEWAY}),
            json!({"exp": "9999999999"}),
            json!({"exp": null}),
            json!({"iat": NOW + LEEWAY + 1}),
            json!({"iat": null}),
            json!({"nonce": "N"}),
            json!({"nonce": ""}),
            json!({"nonce": null}),
            json!({"sub": ""}),
            json!({"sub": null}),
        ] {
            assert!(!is_taken(&change), "{change}");
        }
    }
}
