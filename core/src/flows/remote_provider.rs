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
        sign_in(base(request)?, session)
    }

    fn whoami(&self, request: &Request, session: &mut dyn Session) -> Result<String, Failure> {
        let Some(token) = &request.token else {
            return Err(Failure::internal("There is no token whose account could be looked up."));
        };
        account(base(request)?, token, session)
    }
}

fn base(request: &Request) -> Result<&str, Failure> {
    Ok(request.settings.require(URL_SETTING)?.trim_end_matches('/'))
}

/// Signs in at the remote provider with this base URL, without a slash at the end. The account and the expiry are those
/// that the token states; [`account`] asks the provider.
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
    Ok(SignIn::from_claims(token_in(&answer)?))
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

/// Returns the account of the token from its profile at the remote provider with this base URL: the e-mail address, or
/// the provider's identifier if it states none.
///
/// # Errors
/// The failure of the request; `rejected` if the provider answers 401; `invalid_answer` for any other answer that is not a
/// profile.
pub fn account(base: &str, token: &Token, session: &mut dyn Session) -> Result<String, Failure> {
    let bearer = format!("Bearer {}", token.bearer().expose());
    let request = HttpRequest::get(format!("{base}{PROFILE_PATH}")).header("Authorization", bearer);
    let response = session.fetch(&request)?;
    match response.status {
        200 => account_in(&response.body).ok_or_else(|| {
            Failure::invalid_answer("The provider answered 200 without a profile of the account.")
        }),
        401 => Err(Failure::rejected("The provider did not accept the token (401).")),
        status => {
            let message = format!("The provider answered {status} instead of a profile.");
            Err(Failure::invalid_answer(message))
        }
    }
}

/// The member that names a user in a profile, the most readable one first.
fn account_in(profile: &str) -> Option<String> {
    let profile: Value = serde_json::from_str(profile).ok()?;
    let named = ["email", "id", "user_id"].map(|member| match profile.get(member) {
        Some(Value::String(text)) => Some(text.clone()).filter(|it| !it.is_empty()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    });
    named.into_iter().flatten().next()
}

#[cfg(test)]
mod tests;
