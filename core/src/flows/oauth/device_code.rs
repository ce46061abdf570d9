//! The device flow: the person enters a code on any device, while this program polls for the tokens (RFC
//! 8628).
//!
//! PKCE is sent although RFC 8628 does not name it: Keycloak requires it of a client that must use PKCE, and
//! other identity providers ignore parameters that they do not know (RFC 6749, section 3.2).

use serde::Deserialize;

use super::pkce::{Pkce, S256};
use super::poll_interval::{PollInterval, expired};
use super::response;
use super::{Client, Tokens};
use crate::failure::Failure;
use crate::secret::Secret;
use crate::session::Session;

/// The response of RFC 8628, section 3.2. `verification_uri_complete` is not used: a person who types the
/// code compares it, and one who opens a link with the code in it does not.
#[derive(Deserialize)]
struct DeviceAuthorization {
    device_code: Secret,
    user_code: String,
    #[serde(default)]
    verification_uri: Option<String>,
    /// The name in drafts before RFC 8628, which some identity providers use instead or as well.
    #[serde(default)]
    verification_url: Option<String>,
    expires_in: u64,
    #[serde(default)]
    interval: Option<u64>,
}

/// Signs in without a browser on this computer.
///
/// ```
/// use mesheryctl_plugin_sdk::failure::Failure;
/// use mesheryctl_plugin_sdk::flows::oauth::{Client, Tokens, device_code};
/// use mesheryctl_plugin_sdk::session::Session;
///
/// fn login(client: &Client, session: &mut dyn Session) -> Result<Tokens, Failure> {
///     device_code::sign_in(client, session)
/// }
/// ```
///
/// # Errors
/// The failure of any session call; `unsupported` if the identity provider has no device flow; `denied` if
/// the person or a policy denies the sign-in; `misconfigured` if the client or the scope is not accepted;
/// `timed_out` if the code expires; `rejected`; `invalid_answer`.
pub fn sign_in(client: &Client, session: &mut dyn Session) -> Result<Tokens, Failure> {
    let pkce = Pkce::generate(session)?;
    let authorization = request_code(client, &pkce, session)?;
    let end = session.now()?.saturating_add(authorization.expires_in);
    let url = authorization.verification_uri.as_ref().or(authorization.verification_url.as_ref());
    let Some(url) = url else {
        return Err(Failure::invalid_answer(
            "The identity provider does not state where to enter the code.",
        ));
    };
    session.show_code(url, &authorization.user_code, authorization.expires_in)?;
    let grant = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", authorization.device_code.expose()),
        ("code_verifier", pkce.verifier.expose()),
    ];
    let mut interval = PollInterval::new(authorization.interval);
    loop {
        session.sleep(interval.pause())?;
        if session.now()? >= end {
            return Err(expired());
        }
        // Every other outcome ends the loop: an identity provider revokes the tokens if the code is sent
        // again after it was exchanged.
        match client.request_tokens(&grant, None, session) {
            Ok(tokens) => return Ok(tokens),
            Err(error) => interval.update(error)?,
        }
    }
}

fn request_code(
    client: &Client,
    pkce: &Pkce,
    session: &mut dyn Session,
) -> Result<DeviceAuthorization, Failure> {
    let Some(endpoint) = client.metadata.device_authorization_endpoint.as_deref() else {
        return Err(Failure::unsupported("Device sign-in with this identity provider"));
    };
    let fields = [
        ("scope", client.scope.as_str()),
        ("code_challenge", &pkce.challenge()),
        ("code_challenge_method", S256),
    ];
    let response = client.post(endpoint, &fields, session)?;
    let subject = "The identity provider's device authorization endpoint";
    let authorization: DeviceAuthorization = response::parse(&response, subject)?;
    if !response::is_sendable(&authorization.device_code) || authorization.user_code.is_empty() {
        return Err(Failure::invalid_answer("The identity provider sent no valid code."));
    }
    Ok(authorization)
}

#[cfg(test)]
mod tests;
