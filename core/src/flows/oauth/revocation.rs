//! Revocation: the identity provider invalidates tokens (RFC 7009).

use super::response::{self, EndpointError};
use super::{Client, StoredTokens};
use crate::failure::{Failure, FailureKind};
use crate::session::Session;

/// Revokes the stored tokens of a sign-in: first the refresh token, which revokes the access tokens issued
/// for it too. A grant with the scope `offline_access` outlives the session of the person and ends only so:
/// keep the stored state until this succeeds.
///
/// ```
/// use mesheryctl_plugin_sdk::failure::Failure;
/// use mesheryctl_plugin_sdk::flows::oauth::{Client, StoredTokens, revocation};
/// use mesheryctl_plugin_sdk::secret::Secret;
/// use mesheryctl_plugin_sdk::session::Session;
///
/// fn logout(client: &Client, state: &Secret, session: &mut dyn Session) -> Result<(), Failure> {
///     revocation::revoke(client, &StoredTokens::read(Some(state), client)?, session)
/// }
/// ```
///
/// # Errors
/// The failure of any request; `unsupported` if the identity provider has no revocation endpoint;
/// `misconfigured` if it does not accept the client; `unreachable` if it is temporarily unavailable.
pub fn revoke(
    client: &Client,
    stored: &StoredTokens,
    session: &mut dyn Session,
) -> Result<(), Failure> {
    let Some(endpoint) = client.metadata.revocation_endpoint.as_deref() else {
        return Err(no_endpoint());
    };
    let refresh = stored.refresh.as_ref().map(|it| ("refresh_token", it));
    for (hint, token) in refresh.into_iter().chain([("access_token", &stored.access)]) {
        let fields = [("token", token.expose()), ("token_type_hint", hint)];
        let response = client.post(endpoint, &fields, session)?;
        let subject = "The identity provider's revocation endpoint";
        // RFC 7009, section 2.2: the status is 200 also for a token that is already invalid, and the body is ignored. Some
        // identity providers put an error into it all the same.
        let result = match response.status {
            200 => response::error_in(&response).map_or(Ok(()), Err),
            _ => response::parse::<serde_json::Value>(&response, subject).map(|_| ()),
        };
        match result {
            // Not of RFC 7009, which has status 200 for a token that is already invalid.
            Err(EndpointError::Rejected(error)) if error.error == "invalid_token" => {}
            // An identity provider may revoke refresh tokens only; an access token expires soon.
            Err(EndpointError::Rejected(error))
                if error.error == "unsupported_token_type" && hint == "access_token" => {}
            Err(error) => return Err(error.into()),
            Ok(()) => {}
        }
    }
    Ok(())
}

fn no_endpoint() -> Failure {
    let message =
        "The token could not be revoked: this identity provider has no revocation endpoint.";
    Failure::new(FailureKind::Unsupported, message)
}

#[cfg(test)]
mod tests {
    use super::super::script::{Script, client, json};
    use super::*;
    use crate::secret::Secret;
    use crate::session::HttpResponse;

    const REFRESH: (&str, &str) =
        ("https://id.example/revoke", "token=r&token_type_hint=refresh_token&client_id=us");
    const ACCESS: (&str, &str) =
        ("https://id.example/revoke", "token=a&token_type_hint=access_token&client_id=us");

    fn stored(refresh: Option<&str>) -> StoredTokens {
        let issuer = "https://id.example".into();
        let refresh = refresh.map(Secret::new);
        StoredTokens { issuer, access: Secret::new("a"), refresh, subject: None }
    }

    fn html(status: u16) -> Result<HttpResponse, Failure> {
        Ok(HttpResponse::new(status, "<html>"))
    }

    #[test]
    fn the_refresh_token_is_revoked_before_the_access_token() {
        let mut session = Script::new(vec![html(200), json(200, "")]);
        assert_eq!(revoke(&client("email"), &stored(Some("r")), &mut session), Ok(()));
        assert_eq!(session.requests(), [REFRESH, ACCESS]);
        let mut session = Script::new(vec![json(200, "{}")]);
        assert_eq!(revoke(&client("email"), &stored(None), &mut session), Ok(()));
        assert_eq!(session.requests(), [ACCESS]);
    }

    #[test]
    fn a_token_that_is_already_invalid_counts_as_revoked() {
        let invalid = r#"{"error":"invalid_token","error_description":"Invalid token"}"#;
        for status in [200, 400] {
            let mut session = Script::new(vec![json(status, invalid), json(status, invalid)]);
            assert_eq!(revoke(&client("email"), &stored(Some("r")), &mut session), Ok(()));
            assert_eq!(session.requests(), [REFRESH, ACCESS], "{status}");
        }
    }

    #[test]
    fn only_the_access_token_may_be_of_an_unsupported_type() {
        let unsupported = || json(400, r#"{"error":"unsupported_token_type"}"#);
        let mut session = Script::new(vec![json(200, ""), unsupported()]);
        assert_eq!(revoke(&client("email"), &stored(Some("r")), &mut session), Ok(()));
        let mut session = Script::new(vec![unsupported()]);
        let failure = revoke(&client("email"), &stored(Some("r")), &mut session).unwrap_err();
        assert_eq!(failure.kind, FailureKind::InvalidAnswer);
        assert_eq!(session.requests(), [REFRESH]);
    }

    #[test]
    fn a_request_that_fails_ends_the_revocation() {
        for (response, kind) in [
            (json(400, r#"{"error":"invalid_client"}"#), FailureKind::Misconfigured),
            (json(503, ""), FailureKind::Unreachable),
            (html(404), FailureKind::InvalidAnswer),
            (html(302), FailureKind::InvalidAnswer),
            (Err(Failure::new(FailureKind::TimedOut, "slow")), FailureKind::TimedOut),
        ] {
            let mut session = Script::new(vec![json(200, ""), response]);
            let failure = revoke(&client("email"), &stored(Some("r")), &mut session).unwrap_err();
            assert_eq!(failure.kind, kind);
        }
    }

    #[test]
    fn without_a_revocation_endpoint_no_request_is_sent() {
        let mut client = client("email");
        client.metadata.revocation_endpoint = None;
        let failure = revoke(&client, &stored(None), &mut Script::default()).unwrap_err();
        assert_eq!(failure, no_endpoint());
    }
}
