//! [`Metadata`]: what an identity provider publishes about itself (OpenID Connect Discovery 1.0, RFC 8414).

use serde::Deserialize;

use super::pkce::S256;
use super::response::{self, EndpointError};
use crate::failure::Failure;
use crate::session::{HttpRequest, Session};

/// The path below an issuer (OpenID Connect Discovery 1.0, section 4).
const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// The metadata of an identity provider, as far as a sign-in needs it.
///
/// [`discover`](Self::discover) fetches it. For an identity provider that publishes none, it is written down:
///
/// ```
/// use mesheryctl_plugin_sdk::flows::oauth::Metadata;
///
/// let metadata = Metadata::new("https://id.example.org", "https://id.example.org/oauth/token")
///     .with_authorization_endpoint("https://id.example.org/oauth/authorize")
///     .with_device_authorization_endpoint("https://id.example.org/oauth/device");
/// assert_eq!(metadata.revocation_endpoint, None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Metadata {
    /// The identity provider's identifier, a URL. Every later message must repeat it byte for byte.
    pub issuer: String,
    /// Where the browser goes for an authorization code (RFC 6749, section 3.1).
    #[serde(default)]
    pub authorization_endpoint: Option<String>,
    /// Where codes and refresh tokens are exchanged for tokens (RFC 6749, section 3.2).
    pub token_endpoint: String,
    /// Where a device flow begins (RFC 8628, section 3.1).
    #[serde(default)]
    pub device_authorization_endpoint: Option<String>,
    /// Where tokens are revoked (RFC 7009).
    #[serde(default)]
    pub revocation_endpoint: Option<String>,
    /// Where the account of an access token is returned (OpenID Connect Core 1.0, section 5.3).
    #[serde(default)]
    pub userinfo_endpoint: Option<String>,
    /// The PKCE methods (RFC 7636) that the identity provider lists; `None` if it lists none.
    #[serde(default)]
    pub code_challenge_methods_supported: Option<Vec<String>>,
    /// Whether every authorization response names its issuer (RFC 9207).
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

impl Metadata {
    /// Metadata with this issuer and this token endpoint, and nothing else.
    pub fn new(issuer: impl Into<String>, token_endpoint: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            authorization_endpoint: None,
            token_endpoint: token_endpoint.into(),
            device_authorization_endpoint: None,
            revocation_endpoint: None,
            userinfo_endpoint: None,
            code_challenge_methods_supported: None,
            authorization_response_iss_parameter_supported: false,
        }
    }

    /// With this authorization endpoint, for the flow with a browser.
    pub fn with_authorization_endpoint(mut self, url: impl Into<String>) -> Self {
        self.authorization_endpoint = Some(url.into());
        self
    }

    /// With this device authorization endpoint, for the device flow.
    pub fn with_device_authorization_endpoint(mut self, url: impl Into<String>) -> Self {
        self.device_authorization_endpoint = Some(url.into());
        self
    }

    /// With this revocation endpoint, for a logout.
    pub fn with_revocation_endpoint(mut self, url: impl Into<String>) -> Self {
        self.revocation_endpoint = Some(url.into());
        self
    }

    /// With this userinfo endpoint, for the account of a token.
    pub fn with_userinfo_endpoint(mut self, url: impl Into<String>) -> Self {
        self.userinfo_endpoint = Some(url.into());
        self
    }

    /// Fetches the metadata of this issuer, and checks that it is the metadata of this issuer.
    ///
    /// A slash at the end makes no difference here: both spellings lead to the same URL, so the same server
    /// answers. From here on the issuer is what the metadata states, byte for byte.
    ///
    /// # Errors
    /// The failure of the request; `misconfigured`, with the setting `issuer`, if the address has no metadata
    /// of this issuer; `denied` if a policy denies access to it; `invalid_answer` for metadata without PKCE.
    pub fn discover(issuer: &str, session: &mut dyn Session) -> Result<Self, Failure> {
        let wanted = issuer.trim_end_matches('/');
        let url = format!("{wanted}{WELL_KNOWN}");
        let request = HttpRequest::get(&url).header("Accept", "application/json");
        let response = session.fetch(&request)?;
        let metadata: Self =
            response::parse(&response, &url).map_err(|error| not_found(error, &url))?;
        if metadata.issuer.strip_suffix('/').unwrap_or(&metadata.issuer) != wanted {
            let message = format!(
                "The identity provider at {wanted} returned the metadata of {}, which is another one.",
                metadata.issuer
            );
            return Err(wrong_issuer(message));
        }
        metadata.require_pkce()?;
        Ok(metadata)
    }

    /// Refuses an identity provider that lists its methods without S256, because a stolen code could be
    /// exchanged there. One that lists none passes, because many that implement S256 list none.
    fn require_pkce(&self) -> Result<(), Failure> {
        match &self.code_challenge_methods_supported {
            Some(methods) if !methods.iter().any(|it| it == S256) => Err(Failure::invalid_answer(
                "The identity provider does not support PKCE with S256, which this program requires.",
            )),
            _ => Ok(()),
        }
    }
}

/// Anything but metadata means that the issuer is wrong, unless a policy denies access to it.
fn not_found(error: EndpointError, url: &str) -> Failure {
    let what = match error {
        EndpointError::Rejected(response) if !response.is_denial() => {
            format!("{url} returned an error: {}.", response.text())
        }
        EndpointError::Invalid(what) => what,
        error => return error.into(),
    };
    wrong_issuer(format!("The issuer is not an OpenID provider: {what}"))
}

fn wrong_issuer(message: String) -> Failure {
    Failure::misconfigured(message, &["issuer"])
}

#[cfg(test)]
mod tests {
    use super::super::script::{Script, json};
    use super::*;
    use crate::failure::FailureKind;

    fn discover(issuer: &str, metadata: &str) -> (Result<Metadata, Failure>, Script) {
        discover_at(issuer, 200, metadata)
    }

    fn discover_at(issuer: &str, status: u16, body: &str) -> (Result<Metadata, Failure>, Script) {
        let mut session = Script::new(vec![json(status, body)]);
        (Metadata::discover(issuer, &mut session), session)
    }

    #[test]
    fn metadata_is_fetched_below_the_issuer_with_or_without_a_slash() {
        for (wanted, stated) in [
            ("https://id.example", "https://id.example"),
            ("https://id.example/", "https://id.example"),
            ("https://id.example", "https://id.example/"),
            ("https://id.example/", "https://id.example/"),
        ] {
            let metadata = format!(r#"{{"issuer":"{stated}","token_endpoint":"t"}}"#);
            let (result, session) = discover(wanted, &metadata);
            assert_eq!(result.unwrap().issuer, stated, "{wanted}");
            let url = "https://id.example/.well-known/openid-configuration";
            let request = HttpRequest::get(url).header("Accept", "application/json");
            assert_eq!(session.fetched, [request]);
        }
    }

    #[test]
    fn metadata_of_another_issuer_is_refused() {
        for stated in [
            "https://evil.example",
            "https://id.example.evil",
            "https://id.example/tenant",
            "https://id.example//",
            "http://id.example",
            "https://ID.example",
            "",
        ] {
            let metadata = format!(r#"{{"issuer":"{stated}","token_endpoint":"t"}}"#);
            let failure = discover("https://id.example", &metadata).0.unwrap_err();
            let message = format!(
                "The identity provider at https://id.example returned the metadata of {stated}, which is another one."
            );
            assert_eq!(failure, wrong_issuer(message), "{stated}");
        }
    }

    #[test]
    fn an_address_without_metadata_is_a_wrong_issuer_and_is_named() {
        let url = "https://i/.well-known/openid-configuration";
        for (status, body, what) in [
            (
                404,
                r#"{"error":"Realm does not exist"}"#,
                "returned an error: Realm does not exist.",
            ),
            (
                404,
                r#"{"error":"HTTP 404 Not Found","error_description":"d"}"#,
                "returned an error: HTTP 404 Not Found (d).",
            ),
            (404, "Not Found", "returned status 404 without a reason."),
            (302, "", "returned a redirect, which is not followed."),
            (200, "", "returned JSON with a missing or invalid member."),
            (200, "[]", "returned JSON with a missing or invalid member."),
            (200, r#"{"issuer":"https://i"}"#, "returned JSON with a missing or invalid member."),
            (200, r#"{"token_endpoint":"t"}"#, "returned JSON with a missing or invalid member."),
        ] {
            let message = format!("The issuer is not an OpenID provider: {url} {what}");
            let failure = discover_at("https://i", status, body).0.unwrap_err();
            assert_eq!(failure, wrong_issuer(message), "{status} {body}");
        }
    }

    #[test]
    fn an_issuer_that_is_disabled_or_unavailable_is_not_wrong() {
        for (status, body, kind, message) in [
            (
                403,
                r#"{"error":"access_denied","error_description":"Realm not enabled"}"#,
                FailureKind::Denied,
                "Sign-in was denied (Realm not enabled).",
            ),
            (
                503,
                "",
                FailureKind::Unreachable,
                "https://i/.well-known/openid-configuration is temporarily unavailable (status 503).",
            ),
        ] {
            let failure = discover_at("https://i", status, body).0.unwrap_err();
            assert_eq!(failure, Failure::new(kind, message));
        }
    }

    #[test]
    fn an_identity_provider_that_lists_pkce_methods_must_list_s256() {
        for (methods, is_accepted) in [
            ("", true),
            (r#","code_challenge_methods_supported":null"#, true),
            (r#","code_challenge_methods_supported":["plain","S256"]"#, true),
            (r#","code_challenge_methods_supported":["plain"]"#, false),
            (r#","code_challenge_methods_supported":["s256"]"#, false),
            (r#","code_challenge_methods_supported":[]"#, false),
        ] {
            let metadata = format!(r#"{{"issuer":"https://i","token_endpoint":"t"{methods}}}"#);
            let failure = discover("https://i", &metadata).0.err();
            let message = "The identity provider does not support PKCE with S256, which this program requires.";
            let expected = (!is_accepted).then(|| Failure::invalid_answer(message));
            assert_eq!(failure, expected, "{methods}");
        }
    }
}
