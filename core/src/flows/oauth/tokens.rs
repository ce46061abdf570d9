//! Tokens: what an identity provider gives for a code, and what is kept of it for later.

use serde::{Deserialize, Serialize};

use super::Client;
use super::id_token::{Expected, IdToken};
use super::message;
use crate::failure::Failure;
use crate::secret::Secret;

/// What an identity provider gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// What opens doors.
    pub access: Secret,
    /// What is exchanged for new tokens, once.
    pub refresh: Option<Secret>,
    /// Who the person is, checked.
    pub id: Option<IdToken>,
    /// When the access token stops working, in Unix seconds.
    pub expires_at: Option<u64>,
    /// Who gave them.
    pub issuer: String,
}

/// The message of RFC 6749, 5.1.
#[derive(Deserialize)]
pub(super) struct TokenAnswer {
    access_token: Secret,
    token_type: String,
    #[serde(default)]
    expires_in: Option<u64>,
    #[serde(default)]
    refresh_token: Option<Secret>,
    #[serde(default)]
    id_token: Option<Secret>,
}

impl Tokens {
    /// # Errors
    /// `invalid_answer` for a token of a kind that is not known, or that could not be sent, or for an ID
    /// token that was not made for this sign-in.
    pub(super) fn of(
        answer: TokenAnswer,
        client: &Client,
        nonce: Option<&str>,
        now: u64,
    ) -> Result<Self, Failure> {
        let wrong = |what| Err(Failure::invalid_answer(format!("The identity provider {what}.")));
        if !answer.token_type.eq_ignore_ascii_case("bearer") {
            return wrong("gave a token of a kind that is not known here");
        }
        let given = [Some(&answer.access_token), answer.refresh_token.as_ref()];
        if !given.into_iter().flatten().all(message::is_visible) {
            return wrong("gave a token with a character that no token has");
        }
        let expected = Expected { issuer: &client.metadata.issuer, client: &client.id, nonce, now };
        Ok(Self {
            id: answer.id_token.map(|it| IdToken::read(it, &expected)).transpose()?,
            expires_at: answer.expires_in.and_then(|seconds| now.checked_add(seconds)),
            access: answer.access_token,
            refresh: answer.refresh_token,
            issuer: client.metadata.issuer.clone(),
        })
    }

    /// What a later action needs, as [`Kept`] reads it.
    pub fn kept(&self) -> Secret {
        let kept = Kept {
            issuer: self.issuer.clone(),
            access: self.access.clone(),
            refresh: self.refresh.clone(),
            subject: self.id.as_ref().map(|it| it.subject.clone()),
        };
        Secret::new(serde_json::to_string(&kept).unwrap_or_default())
    }
}

/// What was kept of an earlier sign-in, for [`Request::kept`](crate::provider::Request::kept).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Who gave them, and so the only one to see them again.
    pub issuer: String,
    /// The access token.
    pub access: Secret,
    /// The refresh token, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh: Option<Secret>,
    /// Whom the identity provider takes the person for, if it said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
}

impl Kept {
    /// Reads what [`Tokens::kept`] wrote, for the identity provider that gave it: another one, as by a
    /// setting that was changed since, must not get to see it.
    ///
    /// # Errors
    /// `denied` when nothing of this identity provider was kept: then nobody is signed in there.
    pub fn read(kept: Option<&Secret>, client: &Client) -> Result<Self, Failure> {
        let kept = kept.and_then(|it| serde_json::from_str::<Self>(it.expose()).ok());
        kept.filter(|it| it.issuer == client.metadata.issuer)
            .ok_or_else(|| Failure::denied("Nothing is known of an earlier sign-in here."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> Option<Tokens> {
        let metadata = r#"{"issuer":"https://id.example","token_endpoint":"https://id.example/t"}"#;
        let metadata = serde_json::from_str(metadata).unwrap();
        let client = Client { metadata, id: "us".into(), scope: "openid_like email".into() };
        assert!(!client.asks_for("openid"), "a part of a word is none");
        Tokens::of(serde_json::from_str(json).ok()?, &client, None, 1000).ok()
    }

    #[test]
    fn the_time_of_a_token_is_a_number_that_a_clock_can_hold_or_unknown() {
        let until = |time: &str| {
            let json = format!(r#"{{"access_token":"a","token_type":"bEaReR"{time}}}"#);
            of(&json).map(|it| it.expires_at)
        };
        assert_eq!(until(r#","expires_in":60"#), Some(Some(1060)));
        assert_eq!(until(r#","expires_in":0"#), Some(Some(1000)));
        assert_eq!(until(""), Some(None));
        assert_eq!(until(r#","expires_in":18446744073709551615"#), Some(None));
        for wrong in [r#","expires_in":-1"#, r#","expires_in":"60""#, r#","token_type":"Bearer""#] {
            assert_eq!(until(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_token_that_could_not_be_sent_is_none() {
        for (access, refresh, is_good) in [
            ("a~ b", "r", true),
            ("", "r", false),
            ("a", "", false),
            ("a\\u0000", "r", false),
            ("a", "r\\n", false),
            ("a\u{e9}", "r", false),
        ] {
            let json = format!(
                r#"{{"access_token":"{access}","token_type":"Bearer","refresh_token":"{refresh}"}}"#
            );
            assert_eq!(of(&json).is_some(), is_good, "{json}");
        }
    }
}
