//! [`OpenIdProvider`]: a provider that is nothing but settings.

use super::{
    Client, Metadata, StoredTokens, Tokens, authorization_code, device_code, refresh, revocation,
    userinfo,
};
use crate::failure::Failure;
use crate::provider::{Provider, Request, Settings, SignIn};
use crate::session::Session;
use crate::token::Token;

/// Any OpenID provider: sign-in with a browser or with a code on another device, renewal, revocation, and the account.
///
/// A value and not a type with fields, so that a plugin for an OpenID provider needs no code of its own. It reads these
/// settings; the manifest declares the first three, and the others if a user may choose:
///
/// | setting | value | if the manifest does not declare it |
/// |---|---|---|
/// | `issuer` | the issuer's URL, such as `https://login.example.org/realms/acme` | `internal` |
/// | `client_id` | the identifier of a public client with the redirect URI `http://127.0.0.1/callback` | `internal` |
/// | `scope` | the scopes to request, separated by spaces | `internal` |
/// | `flow` | `browser`, `device`, or `auto`: the device flow if no browser can reach this computer | `auto` |
/// | `token` | the token to use for Meshery: `access` or `id` | `access` |
///
/// ```
/// use mesheryctl_plugin_sdk::export_provider;
/// use mesheryctl_plugin_sdk::flows::oauth::OpenIdProvider;
///
/// export_provider!(
///     OpenIdProvider,
///     r#"{
///         "id": "acme", "name": "Acme", "version": "1.0.0", "description": "Signs in at Acme.",
///         "publisher": "Acme Inc.", "support": "https://acme.example/support", "generation": 1,
///         "actions": ["login", "logout", "refresh", "whoami"],
///         "hosts": ["{setting:issuer}"],
///         "settings": [
///             { "key": "issuer", "description": "The issuer.", "default": "https://id.acme.example" },
///             { "key": "client_id", "description": "The client ID.", "default": "meshery" },
///             { "key": "scope", "description": "The scopes.", "default": "openid email offline_access" }
///         ]
///     }"#
/// );
/// # fn main() {}
/// ```
#[derive(Debug)]
pub struct OpenIdProvider;

impl Provider for OpenIdProvider {
    fn login(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        // Before the first request, so that a person does not sign in for tokens that a wrong setting makes useless.
        let flow = choice(&request.settings, "flow", FLOWS)?;
        let which = choice(&request.settings, "token", TOKENS)?;
        let client = client(&request.settings, session)?;
        // Without a browser on this computer the device flow is easier; if the OpenID provider does not support it, the
        // person can still paste the URL at which their browser ends.
        let uses_browser = match flow {
            "browser" => true,
            "device" => false,
            _ => request.browser || client.metadata.device_authorization_endpoint.is_none(),
        };
        let tokens = match uses_browser {
            true => authorization_code::sign_in(&client, session)?,
            false => device_code::sign_in(&client, session)?,
        };
        sign_in_with(which, &tokens)
    }

    fn refresh(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        let which = choice(&request.settings, "token", TOKENS)?;
        let (client, stored) = stored(request, session)?;
        sign_in_with(which, &refresh::refresh(&client, &stored, session)?)
    }

    fn logout(&self, request: &Request, session: &mut dyn Session) -> Result<(), Failure> {
        let (client, stored) = stored(request, session)?;
        revocation::revoke(&client, &stored, session)
    }

    fn whoami(&self, request: &Request, session: &mut dyn Session) -> Result<String, Failure> {
        if request.stored_state.is_none() {
            // The access token is not known, and Meshery's token may be the ID token.
            return Err(Failure::unsupported("Verifying a token of another sign-in"));
        }
        let (client, stored) = stored(request, session)?;
        userinfo::account(&client, &stored.access, stored.subject.as_deref(), session)
    }
}

/// The values of the setting `flow`, the default first.
const FLOWS: &[&str] = &["auto", "browser", "device"];

/// The values of the setting `token`, the default first.
const TOKENS: &[&str] = &["access", "id"];

/// The value of a setting that the manifest need not declare.
fn choice<'s>(settings: &'s Settings, key: &str, values: &[&'s str]) -> Result<&'s str, Failure> {
    match (settings.get(key), values) {
        (None, [default, ..]) => Ok(default),
        _ => settings.one_of(key, values),
    }
}

fn client(settings: &Settings, session: &mut dyn Session) -> Result<Client, Failure> {
    let metadata = Metadata::discover(settings.require("issuer")?, session)?;
    Ok(Client::new(metadata, settings.require("client_id")?, settings.require("scope")?))
}

/// The client, and what an earlier sign-in at it stored.
fn stored(request: &Request, session: &mut dyn Session) -> Result<(Client, StoredTokens), Failure> {
    let client = client(&request.settings, session)?;
    let stored = StoredTokens::read(request.stored_state.as_ref(), &client)?;
    Ok((client, stored))
}

fn sign_in_with(which: &str, tokens: &Tokens) -> Result<SignIn, Failure> {
    let token = match (which, &tokens.id) {
        ("id", Some(id)) => &id.text,
        ("id", None) => {
            let message = "The OpenID provider issued no ID token: scope must contain openid.";
            return Err(Failure::misconfigured(message, &["scope"]));
        }
        _ => &tokens.access,
    };
    let token = Token::parse(token.expose())?;
    let mut sign_in = SignIn::with_token(token).stored_state(tokens.stored_state());
    sign_in.expires_at = tokens.expires_at;
    // Without one the host asks with `whoami`.
    sign_in.account = tokens.id.as_ref().and_then(|it| it.account.clone());
    Ok(sign_in)
}

#[cfg(test)]
mod tests;
