//! A provider for any OpenID provider: the authorization code flow with PKCE in a browser, or the device
//! flow.

use mesheryctl_plugin_sdk::export_provider;
use mesheryctl_plugin_sdk::failure::Failure;
use mesheryctl_plugin_sdk::flows::oauth::{
    Client, Metadata, StoredTokens, Tokens, authorization_code, device_code, refresh, revocation,
    userinfo,
};
use mesheryctl_plugin_sdk::provider::{Provider, Request, Settings, SignIn};
use mesheryctl_plugin_sdk::session::Session;
use mesheryctl_plugin_sdk::token::Token;

struct OpenId;

impl Provider for OpenId {
    fn login(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        let client = client(&request.settings, session)?;
        let tokens = match uses_browser(request, &client.metadata)? {
            true => authorization_code::sign_in(&client, session)?,
            false => device_code::sign_in(&client, session)?,
        };
        sign_in_with(&request.settings, &tokens)
    }

    fn refresh(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        let client = client(&request.settings, session)?;
        let tokens = refresh::refresh(
            &client,
            &StoredTokens::read(request.stored_state.as_ref(), &client)?,
            session,
        )?;
        sign_in_with(&request.settings, &tokens)
    }

    fn logout(&self, request: &Request, session: &mut dyn Session) -> Result<(), Failure> {
        let client = client(&request.settings, session)?;
        revocation::revoke(
            &client,
            &StoredTokens::read(request.stored_state.as_ref(), &client)?,
            session,
        )
    }

    fn whoami(&self, request: &Request, session: &mut dyn Session) -> Result<String, Failure> {
        if request.stored_state.is_none() {
            // The access token is not known, and Meshery's token may be the ID token.
            return Err(Failure::unsupported("Verifying a token of another sign-in"));
        }
        let client = client(&request.settings, session)?;
        let stored = StoredTokens::read(request.stored_state.as_ref(), &client)?;
        userinfo::account(&client, &stored.access, stored.subject.as_deref(), session)
    }
}

fn client(settings: &Settings, session: &mut dyn Session) -> Result<Client, Failure> {
    let metadata = Metadata::discover(settings.require("issuer")?, session)?;
    let (id, scope) = (settings.require("client_id")?, settings.require("scope")?);
    Ok(Client { metadata, id: id.to_owned(), scope: scope.to_owned() })
}

/// Whether to sign in with a browser. Without a browser on this computer the device flow is easier; if the
/// OpenID provider does not support it, the person can still paste the URL at which their browser ends.
fn uses_browser(request: &Request, metadata: &Metadata) -> Result<bool, Failure> {
    match request.settings.require("flow")? {
        "auto" => Ok(request.browser || metadata.device_authorization_endpoint.is_none()),
        "browser" => Ok(true),
        "device" => Ok(false),
        other => Err(Failure::unsupported(&format!("The flow {other}"))),
    }
}

fn sign_in_with(settings: &Settings, tokens: &Tokens) -> Result<SignIn, Failure> {
    let token = match (settings.require("token")?, &tokens.id) {
        ("access", _) => &tokens.access,
        ("id", Some(id)) => &id.text,
        ("id", None) => {
            return Err(Failure::invalid_answer(
                "The OpenID provider issued no ID token. The setting scope must contain openid.",
            ));
        }
        (other, _) => return Err(Failure::unsupported(&format!("The token {other}"))),
    };
    Ok(SignIn {
        token: Token::parse(token.expose())?,
        stored_state: Some(tokens.stored_state()),
        expires_at: tokens.expires_at,
        // Without one the host asks with `whoami`.
        account: tokens.id.as_ref().and_then(|it| it.account.clone()),
    })
}

export_provider!(OpenId, include_str!("../provider.json"));
