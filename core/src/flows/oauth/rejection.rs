//! [`ErrorResponse`]: what an identity provider answers instead of tokens, and the failure that it means.

use serde::Deserialize;

use crate::failure::{Failure, FailureKind};

/// The longest text of an identity provider in a message, in characters.
const MAX_TEXT: usize = 200;

/// The error response of RFC 6749, section 5.2.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct ErrorResponse {
    pub error: String,
    #[serde(default)]
    pub error_description: Option<String>,
}

impl ErrorResponse {
    /// The code and the description, each up to [`MAX_TEXT`] characters.
    pub fn text(&self) -> String {
        match self.description() {
            Some(why) => format!("{} ({why})", truncated(&self.error)),
            None => truncated(&self.error),
        }
    }

    fn description(&self) -> Option<String> {
        self.error_description.as_deref().filter(|it| !it.is_empty()).map(truncated)
    }

    /// Whether a person or a policy said no. The codes after the first are of OpenID Connect Core 1.0,
    /// section 3.1.2.6.
    pub fn is_denial(&self) -> bool {
        matches!(
            self.error.as_str(),
            "access_denied"
                | "consent_required"
                | "interaction_required"
                | "login_required"
                | "account_selection_required"
        )
    }
}

/// The codes are of RFC 6749, sections 4.1.2.1 and 5.2; Keycloak has two of its own.
impl From<ErrorResponse> for Failure {
    fn from(response: ErrorResponse) -> Self {
        let text = response.text();
        let sentence = |what: &str| format!("The identity provider {what}: {text}.");
        match response.error.as_str() {
            "access_denied" => Self::denied(match response.description() {
                Some(why) => format!("Sign-in was denied ({why})."),
                None => "Sign-in was denied.".to_owned(),
            }),
            _ if response.is_denial() => Self::denied(format!("Sign-in was denied: {text}.")),
            "invalid_grant" | "invalid_token" => Self::rejected(sentence("rejected the sign-in")),
            "invalid_client" | "unauthorized_client" => {
                Self::misconfigured(sentence("does not accept this client"), &["client_id"])
            }
            "invalid_scope" | "not_allowed" => {
                Self::misconfigured(sentence("does not accept the requested scopes"), &["scope"])
            }
            "invalid_request" => Self::misconfigured(
                sentence("does not accept the request"),
                &["issuer", "client_id", "scope"],
            ),
            "Realm does not exist" => {
                Self::misconfigured(sentence("does not know the issuer"), &["issuer"])
            }
            "unsupported_grant_type" | "unsupported_response_type" => {
                Self::new(FailureKind::Unsupported, sentence("does not support this flow"))
            }
            "server_error" | "temporarily_unavailable" => {
                Self::unreachable(sentence("is temporarily unavailable"))
            }
            _ => Self::invalid_answer(sentence("returned an error")),
        }
    }
}

fn truncated(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(error: &str, description: Option<&str>) -> Failure {
        let error_description = description.map(str::to_owned);
        ErrorResponse { error: error.into(), error_description }.into()
    }

    #[test]
    fn only_a_person_or_a_policy_denies() {
        for (error, description, message) in [
            ("access_denied", None, "Sign-in was denied."),
            ("access_denied", Some(""), "Sign-in was denied."),
            ("access_denied", Some("Realm not enabled"), "Sign-in was denied (Realm not enabled)."),
            ("consent_required", None, "Sign-in was denied: consent_required."),
            ("interaction_required", None, "Sign-in was denied: interaction_required."),
            ("login_required", Some("d"), "Sign-in was denied: login_required (d)."),
            ("account_selection_required", None, "Sign-in was denied: account_selection_required."),
        ] {
            assert_eq!(failure(error, description), Failure::denied(message), "{error}");
        }
    }

    #[test]
    fn a_code_or_token_that_is_not_accepted_is_reported_in_the_words_of_the_identity_provider() {
        for why in [
            "Code not valid",
            "Maximum allowed refresh token reuse exceeded",
            "Invalid refresh token",
            "Session not active",
            "Offline user session not found",
            "User disabled",
        ] {
            let message =
                format!("The identity provider rejected the sign-in: invalid_grant ({why}).");
            assert_eq!(failure("invalid_grant", Some(why)), Failure::rejected(message));
        }
    }

    #[test]
    fn a_wrong_setting_is_named() {
        let all = &["issuer", "client_id", "scope"][..];
        for (error, what, settings) in [
            ("invalid_client", "does not accept this client", &["client_id"][..]),
            ("unauthorized_client", "does not accept this client", &["client_id"]),
            ("invalid_scope", "does not accept the requested scopes", &["scope"]),
            ("not_allowed", "does not accept the requested scopes", &["scope"]),
            ("invalid_request", "does not accept the request", all),
            ("Realm does not exist", "does not know the issuer", &["issuer"]),
        ] {
            let message = format!("The identity provider {what}: {error} (d).");
            assert_eq!(failure(error, Some("d")), Failure::misconfigured(message, settings));
        }
    }

    #[test]
    fn every_other_error_is_neither_a_denial_nor_a_setting() {
        for (error, kind) in [
            ("server_error", FailureKind::Unreachable),
            ("temporarily_unavailable", FailureKind::Unreachable),
            ("unsupported_grant_type", FailureKind::Unsupported),
            ("unsupported_response_type", FailureKind::Unsupported),
            ("sideways", FailureKind::InvalidAnswer),
            ("", FailureKind::InvalidAnswer),
        ] {
            assert_eq!(failure(error, None).kind, kind, "{error}");
        }
    }

    #[test]
    fn the_text_of_an_identity_provider_is_truncated() {
        let long = "ü".repeat(5000);
        let part = "ü".repeat(200);
        let message = format!("The identity provider returned an error: {part} ({part}).");
        assert_eq!(failure(&long, Some(&long)).message, message);
    }
}
