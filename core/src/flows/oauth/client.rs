//! [`Client`]: this program as it is registered at an identity provider, and its requests to the endpoints.

use form_urlencoded::Serializer;

use super::Metadata;
use super::response::{self, EndpointError};
use super::tokens::{TokenResponse, Tokens};
use crate::failure::Failure;
use crate::session::{HttpRequest, HttpResponse, Session};

/// A public client (RFC 6749, section 2.1): a program without a secret, registered at an identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The metadata of the identity provider.
    pub metadata: Metadata,
    /// The client identifier that the identity provider issued.
    pub id: String,
    /// The scopes to request, separated by spaces, such as `openid email offline_access`.
    pub scope: String,
}

impl Client {
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
        Ok(Tokens::from_response(response, self, nonce, session.now()?)?)
    }

    /// Posts a form with these fields and the client identifier. It has no client secret: a secret that is
    /// shipped in a program is not secret (RFC 8252, section 8.5).
    pub(super) fn post(
        &self,
        endpoint: &str,
        fields: &[(&str, &str)],
        session: &mut dyn Session,
    ) -> Result<HttpResponse, Failure> {
        let mut form = Serializer::new(String::new());
        form.extend_pairs(fields).append_pair("client_id", &self.id);
        session.fetch(&HttpRequest {
            method: "POST".into(),
            url: endpoint.to_owned(),
            headers: vec![
                ("Accept".into(), "application/json".into()),
                ("Content-Type".into(), "application/x-www-form-urlencoded".into()),
            ],
            body: Some(form.finish()),
        })
    }
}

/// Why the token endpoint returned no tokens.
#[derive(Debug)]
pub(super) enum GrantError {
    /// A session call failed, or the tokens are not valid.
    Failure(Failure),
    /// The endpoint did not return tokens.
    Endpoint(EndpointError),
}

impl From<Failure> for GrantError {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<GrantError> for Failure {
    fn from(error: GrantError) -> Self {
        match error {
            GrantError::Failure(failure) => failure,
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
        let request = HttpRequest {
            method: "POST".into(),
            url: "https://id.example/x".into(),
            headers: vec![
                ("Accept".into(), "application/json".into()),
                ("Content-Type".into(), "application/x-www-form-urlencoded".into()),
            ],
            body: Some("a=1+2&b=%26%3D%C3%BC&client_id=us".into()),
        };
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
