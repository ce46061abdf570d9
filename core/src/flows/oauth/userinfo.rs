//! Userinfo: whose access token it is, asked of the identity provider (OpenID Connect Core 1.0, 5.3).

use serde::Deserialize;

use super::Client;
use super::id_token::Names;
use super::message;
use crate::failure::Failure;
use crate::secret::Secret;
use crate::session::{Fetch, Session};

#[derive(Deserialize)]
struct Answer {
    sub: String,
    #[serde(flatten)]
    names: Names,
}

/// The name that people know themselves by, such as an e-mail address; else the identity provider's own
/// name for them. `subject` is whom the ID token named, if there was one.
///
/// # Errors
/// Any failure of the fetch; `unsupported` where it cannot be asked; `denied` for a token that is worth
/// nothing; `invalid_answer`, also for somebody else's token.
pub fn account(
    client: &Client,
    access: &Secret,
    subject: Option<&str>,
    session: &mut dyn Session,
) -> Result<String, Failure> {
    let Some(endpoint) = client.metadata.userinfo_endpoint.as_deref() else {
        return Err(Failure::unsupported("Asking this identity provider whose token it is"));
    };
    let bearer = format!("Bearer {}", access.expose());
    let fetch = Fetch::get(endpoint).header("Authorization", bearer);
    let answer = session.fetch(&fetch.header("Accept", "application/json"))?;
    if matches!(answer.status, 401 | 403) {
        return Err(Failure::denied("The identity provider does not know this token any more."));
    }
    let answer: Answer = message::read(&answer, "userinfo")?;
    if subject.is_some_and(|it| it != answer.sub) {
        return Err(Failure::invalid_answer("The identity provider named somebody else."));
    }
    Ok(answer.names.best().unwrap_or(answer.sub))
}
