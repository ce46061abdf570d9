//! The authorization code flow with PKCE: the browser returns from the identity provider with a code, which
//! only the program that sent the browser can exchange for tokens (RFC 6749, 7636, 8252, 9207, 9700).

use form_urlencoded::Serializer;

use super::pkce::{Pkce, RANDOM_BYTES, S256};
use super::rejection::ErrorResponse;
use super::response;
use super::{Client, Metadata, Tokens};
use crate::failure::Failure;
use crate::secret::Secret;
use crate::session::{CallbackKind, Query, Session};

/// Signs in with a browser.
///
/// ```
/// use mesheryctl_plugin_sdk::failure::Failure;
/// use mesheryctl_plugin_sdk::flows::oauth::{Client, Tokens, authorization_code};
/// use mesheryctl_plugin_sdk::session::Session;
///
/// fn login(client: &Client, session: &mut dyn Session) -> Result<Tokens, Failure> {
///     authorization_code::sign_in(client, session)
/// }
/// ```
///
/// # Errors
/// The failure of any session call; `unsupported` if the identity provider has no authorization endpoint;
/// `denied` if the person or a policy denies the sign-in; `rejected` if the code is not accepted;
/// `misconfigured` if the client or the scope is not; `invalid_answer` for an answer that is not valid or
/// belongs to another sign-in.
pub fn sign_in(client: &Client, session: &mut dyn Session) -> Result<Tokens, Failure> {
    let redirect = session.callback(CallbackKind::FixedPath)?;
    let proofs = Proofs::generate(session)?;
    let answer = session.visit(&authorization_url(client, &redirect, &proofs)?)?;
    let code = code_in(&answer, &client.metadata, &proofs)?;
    let grant = [
        ("grant_type", "authorization_code"),
        ("code", code.expose()),
        ("redirect_uri", &redirect),
        ("code_verifier", proofs.pkce.verifier.expose()),
    ];
    let nonce = client.requests_scope("openid").then(|| proofs.nonce.expose());
    Ok(client.request_tokens(&grant, nonce, session)?)
}

/// The random values of one sign-in: `state` binds the answer to it, `nonce` binds the ID token to it, and
/// `pkce` proves that this program requested the code.
struct Proofs {
    state: Secret,
    nonce: Secret,
    pkce: Pkce,
}

impl Proofs {
    fn generate(session: &mut dyn Session) -> Result<Self, Failure> {
        let mut random = || session.random(RANDOM_BYTES).map(Secret::new);
        let (state, nonce) = (random()?, random()?);
        Ok(Self { state, nonce, pkce: Pkce::generate(session)? })
    }
}

fn authorization_url(client: &Client, redirect: &str, proofs: &Proofs) -> Result<String, Failure> {
    let Some(endpoint) = client.metadata.authorization_endpoint.as_deref() else {
        return Err(Failure::unsupported("Signing in with a browser at this identity provider"));
    };
    // RFC 6749, section 3.1: the endpoint may have a query, which stays, and must not have a fragment.
    if endpoint.contains('#') {
        return Err(Failure::invalid_answer(
            "The identity provider's authorization endpoint has a fragment, which is not allowed.",
        ));
    }
    let mut query = Serializer::new(String::new());
    query
        .append_pair("response_type", "code")
        .append_pair("client_id", &client.id)
        .append_pair("redirect_uri", redirect)
        .append_pair("scope", &client.scope)
        .append_pair("state", proofs.state.expose())
        .append_pair("code_challenge", &proofs.pkce.challenge())
        .append_pair("code_challenge_method", S256);
    if client.requests_scope("openid") {
        query.append_pair("nonce", proofs.nonce.expose());
    }
    if client.requests_scope("offline_access") {
        // OpenID Connect Core 1.0, section 11: without it the identity provider must ignore the scope.
        query.append_pair("prompt", "consent");
    }
    let separator = if endpoint.contains('?') { '&' } else { '?' };
    Ok(format!("{endpoint}{separator}{}", query.finish()))
}

/// Checks `state` and issuer before anything else, so that a forged denial does not end the sign-in as
/// denied.
fn code_in(answer: &Query, metadata: &Metadata, proofs: &Proofs) -> Result<Secret, Failure> {
    if answer.get("state") != Some(proofs.state.expose()) {
        return Err(Failure::invalid_answer("The answer belongs to another sign-in."));
    }
    check_issuer(answer.get("iss"), metadata)?;
    if let Some(error) = answer.get("error") {
        let error_description = answer.get("error_description").map(str::to_owned);
        return Err(ErrorResponse { error: error.to_owned(), error_description }.into());
    }
    let code = answer.get("code").map(Secret::new).filter(response::is_sendable);
    code.ok_or_else(|| Failure::invalid_answer("The identity provider sent no valid code."))
}

/// RFC 9207: protects against an identity provider that answers in the name of another one.
fn check_issuer(stated: Option<&str>, metadata: &Metadata) -> Result<(), Failure> {
    match stated {
        Some(issuer) if issuer == metadata.issuer => Ok(()),
        None if !metadata.authorization_response_iss_parameter_supported => Ok(()),
        Some(_) => Err(Failure::invalid_answer("The answer is from another identity provider.")),
        None => Err(Failure::invalid_answer(
            "The answer does not name its issuer, although this identity provider always does.",
        )),
    }
}

#[cfg(test)]
mod tests;
