//! A provider for any OpenID provider: a code with PKCE by a browser, or a code on another device.

use mesheryctl_plugin_sdk::export_provider;
use mesheryctl_plugin_sdk::failure::Failure;
use mesheryctl_plugin_sdk::flows::oauth::tokens::Kept;
use mesheryctl_plugin_sdk::flows::oauth::{
    Client, Metadata, Tokens, authorization_code, device_code, refresh, revocation, userinfo,
};
use mesheryctl_plugin_sdk::provider::{Provider, Request, Settings, SignIn};
use mesheryctl_plugin_sdk::session::Session;
use mesheryctl_plugin_sdk::token::Token;

struct OpenId;

impl Provider for OpenId {
    fn login(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        let client = client(&request.settings, session)?;
        let tokens = match by_browser(request, &client.metadata)? {
            true => authorization_code::sign_in(&client, session)?,
            false => device_code::sign_in(&client, session)?,
        };
        signed_in(&request.settings, &client, &tokens, session)
    }

    fn refresh(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        let client = client(&request.settings, session)?;
        let tokens =
            refresh::renew(&client, &Kept::read(request.kept.as_ref(), &client)?, session)?;
        signed_in(&request.settings, &client, &tokens, session)
    }

    fn logout(&self, request: &Request, session: &mut dyn Session) -> Result<(), Failure> {
        let client = client(&request.settings, session)?;
        revocation::revoke(&client, &Kept::read(request.kept.as_ref(), &client)?, session)
    }

    fn whoami(&self, request: &Request, session: &mut dyn Session) -> Result<String, Failure> {
        let client = client(&request.settings, session)?;
        let kept = Kept::read(request.kept.as_ref(), &client)?;
        userinfo::account(&client, &kept.access, kept.subject.as_deref(), session)
    }
}

fn client(settings: &Settings, session: &mut dyn Session) -> Result<Client, Failure> {
    let metadata = Metadata::discover(settings.require("issuer")?, session)?;
    let (id, scope) = (settings.require("client_id")?, settings.require("scope")?);
    Ok(Client { metadata, id: id.to_owned(), scope: scope.to_owned() })
}

/// Where no browser comes back, and the OpenID provider has no codes for other devices, the address that
/// the browser ended on can be pasted.
fn by_browser(request: &Request, metadata: &Metadata) -> Result<bool, Failure> {
    match request.settings.require("flow")? {
        "auto" => Ok(request.browser || metadata.device_authorization_endpoint.is_none()),
        "browser" => Ok(true),
        "device" => Ok(false),
        other => Err(Failure::unsupported(&format!("The flow {other}"))),
    }
}

fn signed_in(
    settings: &Settings,
    client: &Client,
    tokens: &Tokens,
    session: &mut dyn Session,
) -> Result<SignIn, Failure> {
    let token = match (settings.require("token")?, &tokens.id) {
        ("access", _) => &tokens.access,
        ("id", Some(id)) => &id.text,
        ("id", None) => return Err(Failure::invalid_answer("No ID token came: ask for openid.")),
        (other, _) => return Err(Failure::unsupported(&format!("The token {other}"))),
    };
    Ok(SignIn {
        token: Token::parse(token.expose())?,
        kept: Some(tokens.kept()),
        expires_at: tokens.expires_at,
        account: account(client, tokens, session),
    })
}

/// Nice to know, never a reason to fail: the tokens were just handed out.
fn account(client: &Client, tokens: &Tokens, session: &mut dyn Session) -> Option<String> {
    let (subject, named) = match &tokens.id {
        Some(id) => (Some(id.subject.as_str()), id.account.clone()),
        None => (None, None),
    };
    named.or_else(|| userinfo::account(client, &tokens.access, subject, session).ok())
}

export_provider!(OpenId, include_str!("../provider.json"));
