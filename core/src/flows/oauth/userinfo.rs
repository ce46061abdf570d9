//! Userinfo: the account that an access token belongs to (OpenID Connect Core 1.0, section 5.3).

use serde::Deserialize;

use super::Client;
use super::id_token::AccountClaims;
use super::response;
use crate::failure::Failure;
use crate::secret::Secret;
use crate::session::{HttpRequest, Session};

#[derive(Deserialize)]
struct Userinfo {
    sub: String,
    #[serde(flatten)]
    account: AccountClaims,
}

/// Returns the name of the account, such as an e-mail address, or the identity provider's identifier if it
/// has none. `subject` is the subject of the ID token, if there was one.
///
/// ```
/// use mesheryctl_plugin_sdk::failure::Failure;
/// use mesheryctl_plugin_sdk::flows::oauth::{Client, StoredTokens, userinfo};
/// use mesheryctl_plugin_sdk::session::Session;
///
/// fn whoami(client: &Client, stored: &StoredTokens, session: &mut dyn Session) -> Result<String, Failure> {
///     userinfo::account(client, &stored.access, stored.subject.as_deref(), session)
/// }
/// ```
///
/// # Errors
/// The failure of the request; `unsupported` if the identity provider has no userinfo endpoint; `rejected` if
/// the token is not valid; `invalid_answer`, also if the token belongs to another subject.
pub fn account(
    client: &Client,
    access: &Secret,
    subject: Option<&str>,
    session: &mut dyn Session,
) -> Result<String, Failure> {
    let Some(endpoint) = client.metadata.userinfo_endpoint.as_deref() else {
        return Err(Failure::unsupported("Looking up an account at this identity provider"));
    };
    let bearer = format!("Bearer {}", access.expose());
    let request = HttpRequest::get(endpoint).header("Authorization", bearer);
    let response = session.fetch(&request.header("Accept", "application/json"))?;
    if matches!(response.status, 401 | 403) {
        return Err(Failure::rejected("The identity provider no longer accepts this token."));
    }
    let userinfo: Userinfo =
        response::parse(&response, "The identity provider's userinfo endpoint")?;
    if subject.is_some_and(|it| it != userinfo.sub) {
        return Err(Failure::invalid_answer("The identity provider returned another account."));
    }
    Ok(userinfo.account.preferred().unwrap_or(userinfo.sub))
}

#[cfg(test)]
mod tests {
    use super::super::script::{Script, client, json};
    use super::*;
    use crate::failure::FailureKind;

    #[test]
    fn the_best_name_of_the_account_is_returned() {
        for (body, expected) in [
            (r#"{"sub":"1","email":"e","preferred_username":"p","name":"n"}"#, "e"),
            (r#"{"sub":"1","preferred_username":"p","name":"n"}"#, "p"),
            (r#"{"sub":"1","email":"","name":"n"}"#, "n"),
            (r#"{"sub":"1"}"#, "1"),
        ] {
            let mut session = Script::new(vec![json(200, body)]);
            let access = Secret::new("a");
            let account = account(&client("openid"), &access, Some("1"), &mut session);
            assert_eq!(account.as_deref(), Ok(expected), "{body}");
            let request = HttpRequest::get("https://id.example/userinfo")
                .header("Authorization", "Bearer a")
                .header("Accept", "application/json");
            assert_eq!(session.fetched, [request]);
        }
    }

    #[test]
    fn an_account_is_returned_only_for_a_valid_token_of_the_same_subject() {
        let body = r#"{"sub":"1","email":"e"}"#;
        for (subject, response, expected) in [
            (None, json(200, body), Ok("e".to_owned())),
            (Some("1"), json(200, body), Ok("e".to_owned())),
            (Some("2"), json(200, body), Err(FailureKind::InvalidAnswer)),
            (Some("1"), json(200, r#"{"email":"e"}"#), Err(FailureKind::InvalidAnswer)),
            (Some("1"), json(400, body), Err(FailureKind::InvalidAnswer)),
            (Some("1"), json(401, body), Err(FailureKind::Rejected)),
            (Some("1"), json(403, body), Err(FailureKind::Rejected)),
            (Some("1"), json(503, body), Err(FailureKind::Unreachable)),
        ] {
            let mut session = Script::new(vec![response.clone()]);
            let result = account(&client("openid"), &Secret::new("a"), subject, &mut session);
            assert_eq!(result.map_err(|it| it.kind), expected, "{subject:?} {response:?}");
        }
    }

    #[test]
    fn without_a_userinfo_endpoint_no_request_is_sent() {
        let mut client = client("openid");
        client.metadata.userinfo_endpoint = None;
        let result = account(&client, &Secret::new("a"), None, &mut Script::default());
        let what = "Looking up an account at this identity provider";
        assert_eq!(result, Err(Failure::unsupported(what)));
    }
}
