//! The sign-in of a Meshery remote provider, such as Layer5: the browser opens its `/login`, and the token
//! arrives in the query of a request to a loopback address.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::failure::Failure;
use crate::provider::{Provider, Request, SignIn};
use crate::session::{CallbackKind, HttpRequest, Query, Session};
use crate::token::Token;

/// The key of the setting that holds the provider's base URL, such as `https://cloud.layer5.io`.
pub const URL_SETTING: &str = "url";

/// The version of the provider protocol that the Go CLI sends, a constant there too.
const PROVIDER_VERSION: &str = "v0.3.14";

/// The path at which a remote provider returns the profile of a token's account.
const PROFILE_PATH: &str = "/api/identity/users/profile";

/// Any Meshery remote provider; the setting [`URL_SETTING`] states which.
#[derive(Debug)]
pub struct RemoteProvider;

impl Provider for RemoteProvider {
    fn login(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        sign_in(request.settings.require(URL_SETTING)?.trim_end_matches('/'), session)
    }
}

/// Signs in at the remote provider with this base URL, without a slash at the end.
///
/// ```
/// use mesheryctl_core::failure::Failure;
/// use mesheryctl_core::flows::remote_provider;
/// use mesheryctl_core::provider::SignIn;
/// use mesheryctl_core::session::Session;
///
/// fn login(session: &mut dyn Session) -> Result<SignIn, Failure> {
///     remote_provider::sign_in("https://meshery.acme.example", session)
/// }
/// ```
///
/// # Errors
/// The failure of any session call; `denied` if the provider denies the sign-in; `invalid_answer` if it
/// sends no valid token.
pub fn sign_in(base: &str, session: &mut dyn Session) -> Result<SignIn, Failure> {
    let callback = session.callback(CallbackKind::NoncePath)?;
    let source = URL_SAFE_NO_PAD.encode(callback);
    let answer = session
        .visit(&format!("{base}/login?source={source}&provider_version={PROVIDER_VERSION}"))?;
    let mut sign_in = SignIn::from_claims(token_in(&answer)?);
    if sign_in.account.is_none() {
        sign_in.account = account(base, &sign_in.token, session);
    }
    Ok(sign_in)
}

fn token_in(answer: &Query) -> Result<Token, Failure> {
    if answer.get("error").is_some() {
        return Err(Failure::denied("Sign-in was denied."));
    }
    match answer.get("token") {
        None | Some("") => Err(Failure::invalid_answer("The provider sent no token.")),
        // No token contains a space: it is a plus sign that the provider did not escape.
        Some(text) => Token::parse(&text.replace(' ', "+")).map_err(|error| {
            Failure::invalid_answer(format!("The provider sent a token that {error}."))
        }),
    }
}

/// The account that the token belongs to. A failure is ignored, because the token is valid without it.
fn account(base: &str, token: &Token, session: &mut dyn Session) -> Option<String> {
    let bearer = format!("Bearer {}", token.bearer().expose());
    let request = HttpRequest::get(format!("{base}{PROFILE_PATH}")).header("Authorization", bearer);
    let response = session.fetch(&request).ok().filter(|it| it.status == 200)?;
    let profile: Value = serde_json::from_str(&response.body).ok()?;
    profile.get("email")?.as_str().filter(|email| !email.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests;
