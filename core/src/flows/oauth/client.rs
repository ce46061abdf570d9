//! [`Client`]: this program as it is registered at an identity provider, and its requests to the endpoints.

use super::Metadata;
use super::response::{self, EndpointError};
use super::tokens::{TokenResponse, Tokens};
use crate::failure::Failure;
use crate::session::{HttpRequest, HttpResponse, Session};

/// A public client (RFC 6749, section 2.1): a program without a secret, registered at an identity provider.
///
/// ```
/// use mesheryctl_plugin_sdk::flows::oauth::{Client, Metadata};
///
/// let metadata = Metadata::new("https://id.example.org", "https://id.example.org/token");
/// let client = Client::new(metadata, "meshery", "openid email offline_access");
/// assert_eq!(client.id, "meshery");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Client {
    /// The metadata of the identity provider.
    pub metadata: Metadata,
    /// The client identifier that the identity provider issued.
    pub id: String,
    /// The scopes to request, separated by spaces, such as `openid email offline_access`.
    pub scope: String,
}

impl Client {
    /// The client that the identity provider with this metadata knows by this identifier. `scope` are the scopes to
    /// request, separated by spaces.
    pub fn new(metadata: Metadata, id: impl Into<String>, scope: impl Into<String>) -> Self {
        Self { metadata, id: id.into(), scope: scope.into() }
    }

    pub(super) fn requests_scope(&self, scope: &str) -> bool {
        self.scope.split(' ').any(|it| it == scope)
    }

    /// Sends one request to the token endpoint. `nonce` is what an ID token must repeat, if one was sent.
    pub(super) fn request_tokens(
        &self,
        grant: &[(&str, &str)],
        nonce: Option<&str>,
        session: &mut dyn Session,
    ) -> Result<Tokens, GrantError> {
        let response = self.post(&self.metadata.token_endpoint, grant, session)?;
        let response: TokenResponse =
            response::parse(&response, "The identity provider's token endpoint")
                .map_err(GrantError::Endpoint)?;
        let now = session.now().map_err(GrantError::Clock)?;
        Ok(Tokens::from_response(response, self, nonce, now)?)
    }

    /// Posts a form with these fields and the client identifier. It has no client secret: a secret that is
    /// shipped in a program is not secret (RFC 8252, section 8.5).
    pub(super) fn post(
        &self,
        endpoint: &str,
        fields: &[(&str, &str)],
        session: &mut dyn Session,
    ) -> Result<HttpResponse, Failure> {
        let fields = [fields, &[("client_id", &self.id)]].concat();
        let request = HttpRequest::post_form(endpoint, &fields);
        session.fetch(&request.header("Accept", "application/json"))
    }
}

/// Why the token endpoint returned no tokens.
#[derive(Debug)]
pub(super) enum GrantError {
    /// A session call failed, or the tokens are not valid.
    Failure(Failure),
    /// The endpoint did not return tokens.
    Endpoint(EndpointError),
    /// The tokens arrived, and the session did not say when: the code must not be sent again.
    Clock(Failure),
}

impl From<Failure> for GrantError {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<GrantError> for Failure {
    fn from(error: GrantError) -> Self {
        match error {
            GrantError::Failure(failure) | GrantError::Clock(failure) => failure,
            GrantError::Endpoint(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::script::{Script, client, json};
    use super::*;
    use crate::failure::FailureKind;

    #[test]
    fn a_scope_is_requested_if_it_is_one_of_the_words() {
        let client = client("openid_like email");
        for (scope, expected) in
            [("email", true), ("openid_like", true), ("openid", false), ("", false)]
        {
            assert_eq!(client.requests_scope(scope), expected, "{scope}");
        }
    }

    #[test]
    fn a_form_is_posted_with_the_client_identifier() {
        let mut session = Script::new(vec![json(200, "{}")]);
        let fields = [("a", "1 2"), ("b", "&=ü")];
        let response = client("email").post("https://id.example/x", &fields, &mut session);
        assert_eq!(response, json(200, "{}"));
        let body = "a=1+2&b=%26%3D%C3%BC&client_id=us";
        let request = HttpRequest::post("https://id.example/x", body)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Accept", "application/json");
        assert_eq!(session.fetched, [request]);
    }

    #[test]
    fn a_grant_is_sent_once_and_its_outcome_is_told_apart() {
        let unreachable = Failure::new(FailureKind::Unreachable, "down");
        for (response, kind) in [
            (json(400, r#"{"error":"invalid_grant"}"#), FailureKind::Rejected),
            (json(503, ""), FailureKind::Unreachable),
            (json(200, r#"{"access_token":"a","token_type":"mac"}"#), FailureKind::InvalidAnswer),
            (Err(unreachable), FailureKind::Unreachable),
        ] {
            let mut session = Script::new(vec![response]);
            let result = client("email").request_tokens(&[("code", "c")], None, &mut session);
            assert_eq!(Failure::from(result.unwrap_err()).kind, kind);
            assert_eq!(session.requests(), [("https://id.example/token", "code=c&client_id=us")]);
        }
    }
}
