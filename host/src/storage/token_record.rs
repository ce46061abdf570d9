//! [`TokenRecord`]: what is stored beside a token file: the account and expiry of its token, the state that its provider
//! stores, and a renewed token until it is in place.

use mesheryctl_core::auth_file::AuthFile;
use mesheryctl_core::provider::{Settings, SignIn};
use mesheryctl_core::secret::Secret;
use mesheryctl_core::token::Token;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The contents of `<token file>.kept`: the account and expiry of the token, and the state that its provider
/// stores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRecord {
    pub provider_id: String,
    /// The SHA-256 of the token that the state belongs to, in hexadecimal; the state of another token is ignored.
    pub(super) token_sha256: String,
    #[serde(rename = "kept", default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Secret>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The settings of the provider at the login, with those that are secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<Settings>,
    /// The SHA-256 of the plugin that signed in, or whose token was brought, in hexadecimal. Another plugin may have the same
    /// id later. A record without it is of no plugin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin_sha256: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// When this program received the token, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_at: Option<u64>,
    /// A renewal failed: when the next one may be tried, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<u64>,
    /// The renewed token, until the token file contains it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Box<Next>>,
    /// When the token was last verified, in seconds since 1970, and by whom: the endpoint of a Meshery Server, or the
    /// id of a provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_by: Option<String>,
}

/// A renewed token that is about to replace the one of the record that contains it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Next {
    pub provider: String,
    pub token: Token,
    pub record: TokenRecord,
}

impl Next {
    pub fn auth_file(&self) -> AuthFile {
        AuthFile { provider: self.provider.clone(), token: self.token.clone() }
    }
}

/// Where a token is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A sign-in issued it to this program.
    Login,
    /// The person or a script had it: pasted, in a file, on standard input or in a variable.
    Brought,
    /// It was exchanged for the identity of a workload.
    Identity,
}

impl TokenRecord {
    pub fn of(provider_id: &str, sign_in: &SignIn) -> Self {
        Self {
            provider_id: provider_id.to_owned(),
            token_sha256: sha256(&sign_in.token),
            state: sign_in.stored_state.clone(),
            expires_at: sign_in.expires_at,
            account: sign_in.account.clone(),
            settings: None,
            plugin_sha256: None,
            origin: None,
            received_at: None,
            retry_at: None,
            next: None,
            verified_at: None,
            verified_by: None,
        }
    }

    /// The record of another token of this provider, of which nothing else is known.
    pub fn unknown_of(&self, token: &Token) -> Self {
        Self::of(&self.provider_id, &SignIn::from_claims(token.clone()))
    }

    pub fn with_origin(self, origin: Origin, settings: Option<Settings>) -> Self {
        Self { origin: Some(origin), settings, ..self }
    }

    /// What is recorded about this token: this record, or that of the renewed token that it contains.
    pub fn of_token(self, token: &Token) -> Option<Self> {
        match self.is_of(token) {
            true => Some(self),
            false => self.next.filter(|it| it.token == *token).map(|it| it.record),
        }
    }

    /// The renewed token of an interrupted renewal, if this token is the old or the renewed one. Another program may have
    /// stored a third one.
    pub fn pending(&self, stored: &Token) -> Option<&Next> {
        self.next.as_deref().filter(|it| self.is_of(stored) || it.token == *stored)
    }

    /// Whether this is the record of this token.
    pub fn is_of(&self, token: &Token) -> bool {
        self.token_sha256 == sha256(token)
    }

    /// The record of a renewed token: what the renewal does not state is as `old` says.
    pub fn in_place_of(self, old: Self) -> Self {
        Self {
            state: self.state.or(old.state),
            account: self.account.or(old.account),
            settings: old.settings,
            plugin_sha256: old.plugin_sha256,
            origin: old.origin,
            verified_at: old.verified_at,
            verified_by: old.verified_by,
            ..self
        }
    }

    /// The record of a token of the plugin with this SHA-256, if it is of one.
    pub fn by_plugin(self, sha256: Option<String>) -> Self {
        Self { plugin_sha256: sha256, ..self }
    }

    /// The record of a token that was issued just before this time. Its end is counted from now, because the clocks of this
    /// computer and of the issuer may differ; it is not known if the token states an end that has passed, and no beginning.
    pub fn received(self, at: u64, token: &Token) -> Self {
        let claims = token.claims();
        let is_of_token = self.expires_at.is_none() || self.expires_at == claims.expires_at;
        let life = claims.life().filter(|_| is_of_token);
        Self {
            received_at: Some(at),
            expires_at: match life {
                Some(life) => at.checked_add(life),
                None => self.expires_at.or(claims.ends_at()).filter(|it| *it > at),
            },
            ..self
        }
    }

    /// The record after the token was verified at this time.
    pub fn verified(self, at: u64, by: &str) -> Self {
        Self { verified_at: Some(at), verified_by: Some(by.to_owned()), ..self }
    }
}

fn sha256(token: &Token) -> String {
    Sha256::digest(token.expose()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::json;

    use super::*;

    fn token(claims: &serde_json::Value) -> Token {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let jwt = format!("{}.{}.c", part(r#"{"alg":"none"}"#), part(&claims.to_string()));
        Token::parse(&jwt).unwrap()
    }

    #[test]
    fn the_end_of_a_token_is_counted_from_its_receipt_whatever_the_clock_of_its_issuer() {
        for (claims, stated, expected) in [
            (json!({"iat": 100, "exp": 160}), Some(160), Some(5060)),
            (json!({"nbf": 90, "iat": 100, "exp": 160}), Some(160), Some(5060)),
            // The provider counted `expires_in` itself.
            (json!({"iat": 100, "exp": 160}), Some(5042), Some(5042)),
            (json!({"exp": 160}), Some(160), None),
            (json!({"exp": 6000}), Some(6000), Some(6000)),
            (json!({"iat": 1, "exp": u64::MAX}), None, None),
            (json!({"iat": 200, "exp": 160}), Some(160), None),
            (json!({"iat": 100}), None, None),
        ] {
            let token = token(&claims);
            let mut sign_in = SignIn::with_token(token.clone());
            sign_in.expires_at = stated;
            let record = TokenRecord::of("acme", &sign_in).received(5000, &token);
            assert_eq!((record.expires_at, record.received_at), (expected, Some(5000)), "{claims}");
        }
    }

    #[test]
    fn the_record_of_a_renewed_token_is_found_by_either_token() {
        let [old, new, other] = [1, 2, 3].map(|it| token(&json!({ "jti": it })));
        let record = |token: &Token| TokenRecord::of("acme", &SignIn::with_token(token.clone()));
        let next = Next { provider: "Acme".into(), token: new.clone(), record: record(&new) };
        let pending = TokenRecord { next: Some(Box::new(next)), ..record(&old) };
        assert!(pending.pending(&old).is_some() && pending.pending(&new).is_some());
        assert!(pending.pending(&other).is_none() && record(&old).pending(&old).is_none());
        assert_eq!(pending.clone().of_token(&new), Some(record(&new)));
        assert!(pending.clone().of_token(&old).is_some_and(|it| it.next.is_some()));
        assert_eq!(pending.of_token(&other), None);
    }
}
