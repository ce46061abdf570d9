//! Refresh: new tokens for a refresh token, which may be valid once only (RFC 6749, section 6; RFC 9700,
//! section 4.14).

use super::{Client, StoredTokens, Tokens};
use crate::failure::Failure;
use crate::session::Session;

/// Exchanges the refresh token for new tokens. The caller must store [`Tokens::stored_state`] of the result
/// at once, because the old refresh token may no longer be valid.
///
/// The request is sent once, whatever its outcome: an identity provider takes a refresh token that it sees
/// twice for stolen, and ends the whole sign-in.
///
/// ```
/// use mesheryctl_plugin_sdk::failure::Failure;
/// use mesheryctl_plugin_sdk::flows::oauth::{Client, StoredTokens, Tokens, refresh};
/// use mesheryctl_plugin_sdk::secret::Secret;
/// use mesheryctl_plugin_sdk::session::Session;
///
/// fn renewed(client: &Client, state: &Secret, session: &mut dyn Session) -> Result<Tokens, Failure> {
///     refresh::refresh(client, &StoredTokens::read(Some(state), client)?, session)
/// }
/// ```
///
/// # Errors
/// `unsupported` if there is no refresh token; the failure of the request; `rejected` if it is not valid; `invalid_answer`,
/// also if the new tokens belong to another account.
pub fn refresh(
    client: &Client,
    stored: &StoredTokens,
    session: &mut dyn Session,
) -> Result<Tokens, Failure> {
    let Some(old) = &stored.refresh else {
        return Err(Failure::unsupported("Renewing a token without a refresh token"));
    };
    let grant = [("grant_type", "refresh_token"), ("refresh_token", old.expose())];
    let mut tokens = client.request_tokens(&grant, None, session)?;
    let (before, after) = (stored.subject.as_ref(), tokens.id.as_ref().map(|it| &it.subject));
    if before.zip(after).is_some_and(|(before, after)| before != after) {
        return Err(Failure::invalid_answer(
            "The identity provider returned the tokens of another account.",
        ));
    }
    // A refresh token that is not replaced stays valid.
    tokens.refresh = tokens.refresh.or_else(|| Some(old.clone()));
    Ok(tokens)
}

#[cfg(test)]
mod tests {
    use super::super::id_token::tests::id_token;
    use super::super::script::{Script, client, json};
    use super::*;
    use crate::failure::FailureKind;
    use crate::secret::Secret;

    fn stored(refresh: Option<&str>, subject: Option<&str>) -> StoredTokens {
        StoredTokens {
            issuer: "https://id.example".into(),
            access: Secret::new("old-access"),
            refresh: refresh.map(Secret::new),
            subject: subject.map(str::to_owned),
        }
    }

    #[test]
    fn a_new_refresh_token_replaces_the_old_one_and_a_missing_one_does_not() {
        for (member, expected) in [(r#","refresh_token":"new""#, "new"), ("", "old")] {
            let body = format!(r#"{{"access_token":"a","token_type":"Bearer"{member}}}"#);
            let mut session = Script::new(vec![json(200, &body)]);
            let tokens = refresh(&client("openid"), &stored(Some("old"), None), &mut session);
            let tokens = tokens.unwrap();
            assert_eq!(tokens.refresh, Some(Secret::new(expected)));
            assert_eq!(tokens.access, Secret::new("a"));
            let body = "grant_type=refresh_token&refresh_token=old&client_id=us";
            assert_eq!(session.requests(), [("https://id.example/token", body)]);
        }
    }

    #[test]
    fn new_tokens_must_belong_to_the_same_account() {
        let id_token = id_token(&serde_json::json!({"sub": "ada"}));
        let with_id =
            format!(r#"{{"access_token":"a","token_type":"Bearer","id_token":"{id_token}"}}"#);
        let without = r#"{"access_token":"a","token_type":"Bearer"}"#;
        for (subject, body, is_accepted) in [
            (Some("ada"), with_id.as_str(), true),
            (Some("eve"), with_id.as_str(), false),
            (None, with_id.as_str(), true),
            (Some("eve"), without, true),
        ] {
            let mut session = Script::new(vec![json(200, body)]);
            let result = refresh(&client("openid"), &stored(Some("old"), subject), &mut session);
            let message = "The identity provider returned the tokens of another account.";
            let expected = (!is_accepted).then(|| Failure::invalid_answer(message));
            assert_eq!(result.err(), expected, "{subject:?} {body}");
        }
    }

    #[test]
    fn without_a_refresh_token_no_request_is_sent() {
        let mut session = Script::default();
        let failure = refresh(&client("openid"), &stored(None, None), &mut session).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unsupported);
        assert!(session.fetched.is_empty());
    }

    #[test]
    fn a_failed_request_is_not_repeated() {
        for (response, kind) in [
            (json(400, r#"{"error":"invalid_grant"}"#), FailureKind::Rejected),
            (json(503, ""), FailureKind::Unreachable),
            (Err(Failure::new(FailureKind::TimedOut, "slow")), FailureKind::TimedOut),
        ] {
            let mut session = Script::new(vec![response]);
            let result = refresh(&client("openid"), &stored(Some("old"), None), &mut session);
            assert_eq!(result.unwrap_err().kind, kind);
            assert_eq!(session.fetched.len(), 1);
        }
    }
}
