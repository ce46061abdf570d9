//! [`IdToken`]: who the person is, as the identity provider states it for this client and this sign-in.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::failure::Failure;
use crate::secret::Secret;

/// The difference between two clocks that is tolerated, in seconds.
const LEEWAY: u64 = 300;

/// An ID token with checked claims.
///
/// Its signature is not checked: the token comes straight from the token endpoint, over TLS or from this
/// computer, which OpenID Connect Core 1.0, section 3.1.3.7, item 6, accepts instead. A provider must
/// therefore take an ID token from nowhere else, and only a flow can create an `IdToken`.
///
/// ```
/// use mesheryctl_plugin_sdk::flows::oauth::{IdToken, Tokens};
///
/// fn account(tokens: &Tokens) -> Option<&str> {
///     let id: &IdToken = tokens.id.as_ref()?;
///     Some(id.account.as_deref().unwrap_or(&id.subject))
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IdToken {
    /// The token as it was received.
    pub text: Secret,
    /// The claim `sub`: the identity provider's identifier of the account.
    pub subject: String,
    /// A name that the person recognises: the claim `email`, `preferred_username` or `name`, in this order.
    pub account: Option<String>,
}

/// What the claims of an ID token of this sign-in must be.
pub(super) struct Expected<'a> {
    pub issuer: &'a str,
    pub client: &'a str,
    /// `None` if the sign-in sent no nonce.
    pub nonce: Option<&'a str>,
    /// In seconds since the Unix epoch.
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
    account: AccountClaims,
}

/// The claims that name an account to people, the preferred one first.
#[derive(Debug, Default, Deserialize)]
pub(super) struct AccountClaims {
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    preferred_username: Option<String>,
    #[serde(default)]
    name: Option<String>,
}

impl AccountClaims {
    /// The first claim that is not empty.
    pub fn preferred(self) -> Option<String> {
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
    /// `invalid_answer` states which claim is wrong, and quotes nothing of the token.
    pub(super) fn read(text: Secret, expected: &Expected<'_>) -> Result<Self, Failure> {
        let wrong = |what: &str| {
            Failure::invalid_answer(format!("The identity provider sent an ID token that {what}."))
        };
        let mut parts = text.expose().split('.');
        let (Some(header), Some(claims), Some(_), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong("is not a JWT"));
        };
        let header: Header = decode(header).ok_or_else(|| wrong("has an invalid header"))?;
        let claims: Claims = decode(claims).ok_or_else(|| wrong("has invalid claims"))?;
        match claims.mismatch(&header, expected) {
            Some(what) => Err(wrong(what)),
            None => Ok(Self { subject: claims.sub, account: claims.account.preferred(), text }),
        }
    }
}

impl Claims {
    /// The checks of OpenID Connect Core 1.0, section 3.1.3.7, in their order.
    fn mismatch(&self, header: &Header, expected: &Expected<'_>) -> Option<&'static str> {
        let (now, leeway) = (expected.now as f64, LEEWAY as f64);
        let (has_client, has_others) = match &self.aud {
            Audience::One(it) => (it == expected.client, false),
            Audience::Many(all) => (all.iter().any(|it| it == expected.client), all.len() > 1),
        };
        let authorized = self.azp.as_deref();
        Some(match () {
            () if self.iss != expected.issuer => "is from another issuer",
            () if !has_client => "is for another client",
            () if has_others && authorized.is_none() => "is for several clients",
            () if authorized.is_some_and(|it| it != expected.client) => {
                "is authorized for another client"
            }
            () if header.alg.eq_ignore_ascii_case("none") => "is not signed",
            () if self.exp + leeway <= now => "has expired",
            () if self.iat > now + leeway => "was issued in the future",
            () if expected.nonce.is_some() && self.nonce.as_deref() != expected.nonce => {
                "is for another sign-in"
            }
            () if self.sub.is_empty() => "has an empty subject",
            () => return None,
        })
    }
}

fn decode<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::{Value, json};

    use super::super::script::NOW;
    use super::*;

    /// An ID token for the client `us` of `https://id.example` with these members changed; `alg` is in the
    /// header.
    pub fn id_token(changes: &Value) -> String {
        let mut claims = json!({
            "iss": "https://id.example", "sub": "ada", "aud": "us", "exp": NOW + 60, "iat": NOW,
            "nonce": "n",
        });
        let mut header = json!({"alg": "RS256"});
        for (name, value) in changes.as_object().unwrap() {
            let part = if name == "alg" { &mut header } else { &mut claims };
            part[name] = value.clone();
        }
        let part = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
        format!("{}.{}.c2ln", part(header), part(claims))
    }

    fn read(text: &str, nonce: Option<&str>) -> Result<IdToken, Failure> {
        let expected = Expected { issuer: "https://id.example", client: "us", nonce, now: NOW };
        IdToken::read(Secret::new(text), &expected)
    }

    #[test]
    fn a_token_of_this_sign_in_is_accepted_within_the_leeway() {
        for changes in [
            json!({}),
            json!({"exp": NOW - LEEWAY + 1}),
            json!({"exp": (NOW as f64) + 0.5}),
            json!({"iat": NOW + LEEWAY}),
            json!({"aud": ["us"]}),
            json!({"aud": ["us", "others"], "azp": "us"}),
        ] {
            assert!(read(&id_token(&changes), Some("n")).is_ok(), "{changes}");
        }
    }

    #[test]
    fn a_token_with_one_wrong_claim_is_refused_with_the_reason() {
        let invalid = "has invalid claims";
        for (changes, reason) in [
            (json!({"iss": "https://id.example/"}), "is from another issuer"),
            (json!({"iss": "https://id.example.evil"}), "is from another issuer"),
            (json!({"aud": "us-too"}), "is for another client"),
            (json!({"aud": []}), "is for another client"),
            (json!({"aud": ["others"]}), "is for another client"),
            (json!({"aud": ["us", "others"]}), "is for several clients"),
            (json!({"aud": ["us", "others"], "azp": "others"}), "is authorized for another client"),
            (json!({"azp": "others"}), "is authorized for another client"),
            (json!({"alg": "none"}), "is not signed"),
            (json!({"alg": "nOnE"}), "is not signed"),
            (json!({"alg": null}), "has an invalid header"),
            (json!({"exp": NOW - LEEWAY}), "has expired"),
            (json!({"exp": "9999999999"}), invalid),
            (json!({"exp": null}), invalid),
            (json!({"iat": NOW + LEEWAY + 1}), "was issued in the future"),
            (json!({"iat": null}), invalid),
            (json!({"nonce": "N"}), "is for another sign-in"),
            (json!({"nonce": ""}), "is for another sign-in"),
            (json!({"nonce": null}), "is for another sign-in"),
            (json!({"sub": ""}), "has an empty subject"),
            (json!({"sub": null}), invalid),
        ] {
            let failure = read(&id_token(&changes), Some("n")).unwrap_err();
            let message = format!("The identity provider sent an ID token that {reason}.");
            assert_eq!(failure, Failure::invalid_answer(message), "{changes}");
        }
    }

    #[test]
    fn a_nonce_is_compared_only_if_one_was_sent() {
        for changes in [json!({}), json!({"nonce": null})] {
            assert!(read(&id_token(&changes), None).is_ok(), "{changes}");
        }
    }

    #[test]
    fn a_text_without_three_parts_is_not_a_jwt() {
        let whole = id_token(&json!({}));
        let two = whole.rsplit_once('.').unwrap().0;
        for text in ["", "a.b", two, &format!("{whole}.x")] {
            let failure = read(text, Some("n")).unwrap_err();
            let message = "The identity provider sent an ID token that is not a JWT.";
            assert_eq!(failure, Failure::invalid_answer(message), "{text}");
        }
    }

    #[test]
    fn the_account_is_the_first_claim_that_is_not_empty() {
        for (changes, account) in [
            (json!({"email": "e", "preferred_username": "p", "name": "n"}), Some("e")),
            (json!({"email": "", "preferred_username": "p", "name": "n"}), Some("p")),
            (json!({"email": null, "name": "n"}), Some("n")),
            (json!({"name": ""}), None),
            (json!({}), None),
        ] {
            let text = id_token(&changes);
            let token = read(&text, Some("n")).unwrap();
            let account = account.map(str::to_owned);
            let subject = "ada".to_owned();
            assert_eq!(token, IdToken { text: Secret::new(text), subject, account }, "{changes}");
        }
    }
}
