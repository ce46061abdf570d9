//! The sign-in of a Meshery remote provider, such as Layer5: the browser opens its `/login`, and the token
//! arrives in the query of a request to a loopback address.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::failure::{Failure, FailureKind};
use crate::provider::{Provider, Request, SignIn};
use crate::session::{CallbackKind, HttpRequest, HttpResponse, Query, Session};
use crate::token::Token;

/// The key of the setting that holds the provider's base URL, such as `https://cloud.layer5.io`.
pub const URL_SETTING: &str = "url";

/// The version of the provider protocol that the Go CLI sends, a constant there too.
const PROVIDER_VERSION: &str = "v0.3.14";

/// The path at which a remote provider returns the profile of a token's account.
const PROFILE_PATH: &str = "/api/identity/users/profile";

/// Any Meshery remote provider; the setting [`URL_SETTING`] states which.
///
/// A value and not a type with fields, so that a plugin for a remote provider needs no code of its own:
///
/// ```
/// use mesheryctl_plugin_sdk::export_provider;
/// use mesheryctl_plugin_sdk::flows::remote_provider::RemoteProvider;
///
/// export_provider!(
///     RemoteProvider,
///     r#"{
///         "id": "acme", "name": "Acme", "version": "1.0.0", "description": "Signs in at Acme.",
///         "publisher": "Acme Inc.", "support": "https://acme.example/support", "generation": 1,
///         "actions": ["login", "logout", "refresh", "whoami"],
///         "hosts": ["{setting:url}"], "meshery_provider": "{setting:url}",
///         "settings": [{ "key": "url", "description": "The URL of Acme.", "required": true }]
///     }"#
/// );
/// # fn main() {}
/// ```
#[derive(Debug)]
pub struct RemoteProvider;

impl Provider for RemoteProvider {
    fn login(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        sign_in(base(request)?, session)
    }

    fn logout(&self, request: &Request, session: &mut dyn Session) -> Result<(), Failure> {
        revoke(base(request)?, request.require_token()?, session)
    }

    fn refresh(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        refresh(base(request)?, request.require_token()?, session)
    }

    fn whoami(&self, request: &Request, session: &mut dyn Session) -> Result<String, Failure> {
        account(base(request)?, request.require_token()?, session)
    }
}

fn base(request: &Request) -> Result<&str, Failure> {
    Ok(request.settings.require(URL_SETTING)?.trim_end_matches('/'))
}

/// Signs in at the remote provider with this base URL, without a slash at the end. The account and the expiry are those
/// that the token states; [`account`] asks the provider.
///
/// ```
/// use mesheryctl_plugin_sdk::failure::Failure;
/// use mesheryctl_plugin_sdk::flows::remote_provider;
/// use mesheryctl_plugin_sdk::provider::SignIn;
/// use mesheryctl_plugin_sdk::session::Session;
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
/// ```
/// use mesheryctl_plugin_sdk::failure::Failure;
/// use mesheryctl_plugin_sdk::flows::remote_provider;
/// use mesheryctl_plugin_sdk::session::Session;
/// use mesheryctl_plugin_sdk::token::Token;
///
/// fn whoami(token: &Token, session: &mut dyn Session) -> Result<String, Failure> {
///     remote_provider::account("https://meshery.acme.example", token, session)
/// }
/// ```
///
/// # Errors
/// The failure of the request; `rejected` if the provider answers 401; `invalid_answer` for any other answer that is not a
/// profile.
pub fn account(base: &str, token: &Token, session: &mut dyn Session) -> Result<String, Failure> {
    let response = profile(base, token, session)?;
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

fn profile(base: &str, token: &Token, session: &mut dyn Session) -> Result<HttpResponse, Failure> {
    session.fetch(&HttpRequest::get(format!("{base}{PROFILE_PATH}")).bearer(token))
}

/// Exchanges a token that contains a refresh token for a new one, as Meshery Server does.
///
/// The request is sent once, whatever its outcome: a refresh token may be valid once only.
///
/// ```
/// use mesheryctl_plugin_sdk::failure::Failure;
/// use mesheryctl_plugin_sdk::flows::remote_provider;
/// use mesheryctl_plugin_sdk::provider::SignIn;
/// use mesheryctl_plugin_sdk::session::Session;
/// use mesheryctl_plugin_sdk::token::Token;
///
/// fn refresh(token: &Token, session: &mut dyn Session) -> Result<SignIn, Failure> {
///     remote_provider::refresh("https://meshery.acme.example", token, session)
/// }
/// ```
///
/// # Errors
/// `unsupported` if the token contains no refresh token; the failure of the request; `rejected` if the provider answers 400
/// or 401; `unreachable` for 429 and 5xx; `invalid_answer` for any other answer without a new token, and for a token of
/// another account.
pub fn refresh(base: &str, token: &Token, session: &mut dyn Session) -> Result<SignIn, Failure> {
    if !token.claims().refreshable {
        return Err(Failure::unsupported("Renewing a token without a refresh token"));
    }
    let response = session.fetch(&with_token(format!("{base}/refresh"), token))?;
    match response.status {
        200 => {}
        400 | 401 => {
            return Err(Failure::rejected("The provider did not accept the refresh token."));
        }
        status => return Err(answered(status, "a new token")),
    }
    let text = serde_json::from_str::<Value>(&response.body).ok();
    let text = text.as_ref().and_then(|it| it.get("token")).and_then(Value::as_str);
    let renewed = text.filter(|it| !it.is_empty()).and_then(|it| Token::parse(it).ok());
    let renewed = renewed
        .ok_or_else(|| Failure::invalid_answer("The provider answered 200 without a new token."))?;
    if renewed.is_of_account_of(token) == Some(false) {
        return Err(Failure::invalid_answer("The provider returned the token of another account."));
    }
    Ok(SignIn::from_claims(renewed.with_refresh_token_of(token)))
}

/// Revokes a token. The answer to `/revoke` is no proof, because a remote provider may answer 200 to any request: the
/// token is revoked if its profile was returned before, and is refused afterwards.
///
/// ```
/// use mesheryctl_plugin_sdk::failure::Failure;
/// use mesheryctl_plugin_sdk::flows::remote_provider;
/// use mesheryctl_plugin_sdk::session::Session;
/// use mesheryctl_plugin_sdk::token::Token;
///
/// fn logout(token: &Token, session: &mut dyn Session) -> Result<(), Failure> {
///     remote_provider::revoke("https://meshery.acme.example", token, session)
/// }
/// ```
///
/// # Errors
/// `unsupported` if the provider answers 404 or 405; the failure of a request; `unreachable` for 429 and 5xx;
/// `invalid_answer` for any other answer, if the token is valid afterwards, and if it was not known to be valid before.
pub fn revoke(base: &str, token: &Token, session: &mut dyn Session) -> Result<(), Failure> {
    // Another failure here is no reason not to revoke it.
    let before = profile(base, token, session).map(|it| it.status);
    if let Err(failure) = &before {
        if failure.kind == FailureKind::Cancelled {
            return Err(failure.clone());
        }
    }
    let response = session.fetch(&with_token(format!("{base}/revoke"), token))?;
    match (response.status, before) {
        (200..300, Ok(200)) => {}
        (200..300, Ok(401)) => {
            let message = "The provider did not accept the token before either.";
            return Err(Failure::invalid_answer(message));
        }
        (200..300, _) => {
            let message = "The provider did not say before whether the token is valid.";
            return Err(Failure::invalid_answer(message));
        }
        (404 | 405, _) => return Err(Failure::unsupported("Revoking a token")),
        (status, _) => return Err(answered(status, "a confirmation")),
    }
    match profile(base, token, session)?.status {
        401 => Ok(()),
        200 => Err(Failure::invalid_answer("The provider accepts the token afterwards.")),
        status => Err(answered(status, "a confirmation")),
    }
}

fn with_token(url: String, token: &Token) -> HttpRequest {
    let body = serde_json::json!({ "token": token.expose() }).to_string();
    HttpRequest::post(url, body).header("Content-Type", "application/json")
}

fn answered(status: u16, instead_of: &str) -> Failure {
    let message = format!("The provider answered {status} instead of {instead_of}.");
    match status {
        429 | 500.. => Failure::unreachable(message),
        _ => Failure::invalid_answer(message),
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
