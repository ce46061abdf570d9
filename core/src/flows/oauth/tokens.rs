//! [`Tokens`]: what an identity provider issues, and [`StoredTokens`]: what a later action needs of them.

use serde::{Deserialize, Serialize};

use super::Client;
use super::id_token::{Expected, IdToken};
use super::response;
use crate::failure::Failure;
use crate::secret::Secret;

/// The longest token type in a message, in characters.
const MAX_TYPE: usize = 40;

/// The tokens of a sign-in.
///
/// ```
/// use mesheryctl_plugin_sdk::failure::Failure;
/// use mesheryctl_plugin_sdk::flows::oauth::Tokens;
/// use mesheryctl_plugin_sdk::provider::SignIn;
/// use mesheryctl_plugin_sdk::token::Token;
///
/// fn sign_in(tokens: &Tokens) -> Result<SignIn, Failure> {
///     let token = Token::parse(tokens.access.expose())?;
///     let mut sign_in = SignIn::with_token(token).stored_state(tokens.stored_state());
///     sign_in.expires_at = tokens.expires_at;
///     sign_in.account = tokens.id.as_ref().and_then(|id| id.account.clone());
///     Ok(sign_in)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tokens {
    /// The access token.
    pub access: Secret,
    /// The refresh token, if one was issued.
    pub refresh: Option<Secret>,
    /// The ID token, checked, if one was issued.
    pub id: Option<IdToken>,
    /// When the access token expires, in seconds since the Unix epoch, if known.
    pub expires_at: Option<u64>,
    /// The issuer of the tokens.
    pub issuer: String,
}

/// The response of RFC 6749, section 5.1.
#[derive(Deserialize)]
pub(super) struct TokenResponse {
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
    /// `invalid_answer` for a token type other than `bearer`, a token that cannot be sent, or an ID token
    /// that was not issued for this sign-in.
    pub(super) fn from_response(
        response: TokenResponse,
        client: &Client,
        nonce: Option<&str>,
        now: u64,
    ) -> Result<Self, Failure> {
        let wrong =
            |what: &str| Err(Failure::invalid_answer(format!("The identity provider {what}.")));
        if !response.token_type.eq_ignore_ascii_case("bearer") {
            // `N_A` is the type of a token that is not an access token (RFC 8693, section 2.2.1).
            let kind: String = response.token_type.chars().take(MAX_TYPE).collect();
            return wrong(&format!("issued a token of the type {kind:?}, which is not Bearer"));
        }
        let issued = [Some(&response.access_token), response.refresh_token.as_ref()];
        if !issued.into_iter().flatten().all(response::is_sendable) {
            return wrong("issued a token with a character that is not allowed in a token");
        }
        let expected = Expected { issuer: &client.metadata.issuer, client: &client.id, nonce, now };
        Ok(Self {
            id: response.id_token.map(|it| IdToken::read(it, &expected)).transpose()?,
            expires_at: response.expires_in.and_then(|seconds| now.checked_add(seconds)),
            access: response.access_token,
            refresh: response.refresh_token,
            issuer: client.metadata.issuer.clone(),
        })
    }

    /// What a later action needs, for [`SignIn::stored_state`](crate::provider::SignIn::stored_state).
    /// [`StoredTokens::read`] reads it.
    pub fn stored_state(&self) -> Secret {
        let stored = StoredTokens {
            issuer: self.issuer.clone(),
            access: self.access.clone(),
            refresh: self.refresh.clone(),
            subject: self.id.as_ref().map(|it| it.subject.clone()),
        };
        Secret::new(serde_json::to_string(&stored).unwrap_or_default())
    }
}

/// The stored state of an OAuth sign-in, for an action after it.
///
/// As JSON: `{"issuer": "…", "access": "…", "refresh": "…", "subject": "…"}`.
///
/// ```
/// use mesheryctl_plugin_sdk::failure::FailureKind;
/// use mesheryctl_plugin_sdk::flows::oauth::{Client, Metadata, StoredTokens};
/// use mesheryctl_plugin_sdk::secret::Secret;
///
/// let metadata = Metadata::new("https://id.example.org", "https://id.example.org/token");
/// let client = Client::new(metadata, "meshery", "openid");
/// let state = Secret::new(r#"{"issuer": "https://id.example.org", "access": "a"}"#);
/// assert_eq!(StoredTokens::read(Some(&state), &client)?.access.expose(), "a");
/// let failure = StoredTokens::read(None, &client).unwrap_err();
/// assert_eq!(failure.kind, FailureKind::Rejected);
/// # Ok::<(), mesheryctl_plugin_sdk::failure::Failure>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StoredTokens {
    /// The issuer of the tokens. The tokens must be sent to no other identity provider.
    pub issuer: String,
    /// The access token.
    pub access: Secret,
    /// The refresh token, if one was issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh: Option<Secret>,
    /// The identity provider's identifier of the account, if an ID token stated it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
}

impl StoredTokens {
    /// The stored state of a sign-in at this issuer with this access token, and without a refresh token.
    pub fn new(issuer: impl Into<String>, access: Secret) -> Self {
        Self { issuer: issuer.into(), access, refresh: None, subject: None }
    }

    /// Reads what [`Tokens::stored_state`] wrote, if this client's identity provider issued it. Another one
    /// must not receive the tokens, such as after a change of the setting that names the issuer.
    ///
    /// # Errors
    /// `rejected` if there is no stored state of this identity provider.
    pub fn read(stored_state: Option<&Secret>, client: &Client) -> Result<Self, Failure> {
        let stored = stored_state.and_then(|it| serde_json::from_str::<Self>(it.expose()).ok());
        stored.filter(|it| it.issuer == client.metadata.issuer).ok_or_else(|| {
            Failure::rejected("There is no earlier sign-in at this identity provider.")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::id_token::tests::id_token;
    use super::super::script::{NOW, client};
    use super::*;

    /// The tokens of a response, or `None` if it has not the form of one.
    fn tokens(json: &str) -> Option<Result<Tokens, Failure>> {
        let response = serde_json::from_str(json).ok()?;
        Some(Tokens::from_response(response, &client("openid email"), None, NOW))
    }

    #[test]
    fn the_expiry_is_the_lifetime_from_now_or_unknown() {
        for (members, expected) in [
            (r#","expires_in":60"#, Some(Some(NOW + 60))),
            (r#","expires_in":0"#, Some(Some(NOW))),
            ("", Some(None)),
            (r#","expires_in":null"#, Some(None)),
            (r#","expires_in":18446744073709551615"#, Some(None)),
            (r#","expires_in":-1"#, None),
            (r#","expires_in":"60""#, None),
            (r#","token_type":"Bearer""#, None),
        ] {
            let json = format!(r#"{{"access_token":"a","token_type":"bEaReR"{members}}}"#);
            assert_eq!(tokens(&json).map(|it| it.unwrap().expires_at), expected, "{members}");
        }
    }

    #[test]
    fn only_bearer_tokens_that_can_be_sent_are_accepted() {
        let mac = "The identity provider issued a token of the type \"mac\", which is not Bearer.";
        let none = "The identity provider issued a token of the type \"\", which is not Bearer.";
        let exchanged =
            "The identity provider issued a token of the type \"N_A\", which is not Bearer.";
        let character =
            "The identity provider issued a token with a character that is not allowed in a token.";
        for (token_type, access, refresh, error) in [
            ("Bearer", "a~ b", "r", None),
            ("mac", "a", "r", Some(mac)),
            ("", "a", "r", Some(none)),
            ("N_A", "a", "r", Some(exchanged)),
            ("Bearer", "", "r", Some(character)),
            ("Bearer", "a", "", Some(character)),
            ("Bearer", "a\\u0000", "r", Some(character)),
            ("Bearer", "a", "r\\n", Some(character)),
            ("Bearer", "a\u{e9}", "r", Some(character)),
        ] {
            let json = format!(
                r#"{{"access_token":"{access}","token_type":"{token_type}","refresh_token":"{refresh}"}}"#
            );
            let failure = tokens(&json).unwrap().err();
            assert_eq!(failure, error.map(Failure::invalid_answer), "{json}");
        }
    }

    #[test]
    fn an_id_token_is_checked() {
        for (subject, is_accepted) in [("ada", true), ("", false)] {
            let id_token = id_token(&serde_json::json!({ "sub": subject }));
            let json =
                format!(r#"{{"access_token":"a","token_type":"Bearer","id_token":"{id_token}"}}"#);
            assert_eq!(tokens(&json).unwrap().is_ok(), is_accepted, "{subject:?}");
        }
    }

    #[test]
    fn the_stored_state_has_its_frozen_names_and_is_read_for_its_issuer_only() {
        let id_token = id_token(&serde_json::json!({"sub": "ada"}));
        let json = format!(
            r#"{{"access_token":"a","token_type":"Bearer","refresh_token":"r","id_token":"{id_token}"}}"#
        );
        let state = tokens(&json).unwrap().unwrap().stored_state();
        let expected =
            r#"{"issuer":"https://id.example","access":"a","refresh":"r","subject":"ada"}"#;
        assert_eq!(state.expose(), expected);

        let client = client("openid");
        let stored = StoredTokens::read(Some(&state), &client).unwrap();
        assert_eq!(stored.refresh, Some(Secret::new("r")));
        let mut other = client.clone();
        other.metadata.issuer = "https://id.example/".into();
        let (garbage, none) = (Secret::new("garbage"), None);
        for (state, client) in [(Some(&state), &other), (Some(&garbage), &client), (none, &client)]
        {
            let message = "There is no earlier sign-in at this identity provider.";
            assert_eq!(StoredTokens::read(state, client), Err(Failure::rejected(message)));
        }
    }
}
